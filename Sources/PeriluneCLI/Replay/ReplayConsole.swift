#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Where a replay writes to: the process' own output and errors, or a test's.
struct ReplayConsole {
    /// Writes the report.
    var write: (String) throws(ReplayError) -> Void
    /// Writes to the error output.
    var writeError: (String) -> Void
    /// The width of the terminal the report goes to; `nil` if it goes elsewhere.
    var outputWidth: Int?
    /// The width of the terminal errors go to; `nil` if they go elsewhere.
    var errorWidth: Int?
    /// Whether colours may be used.
    var hasColour = false

    /// The process' standard output and error output.
    ///
    /// A reader that goes away early, such as `head`, is no failure: the report ends there, and the exit status is the
    /// one of the whole. For that, SIGPIPE is ignored from here on.
    static func standard() -> ReplayConsole {
        signal(SIGPIPE, SIG_IGN)
        let isTerminal = isatty(STDOUT_FILENO) == 1
        return ReplayConsole(
            write: { text throws(ReplayError) in
                guard let code = writeAll(text, to: STDOUT_FILENO), code != EPIPE else { return }
                errno = code
                throw .cannotWrite(reasonOfLastFailure())
            },
            writeError: { _ = writeAll($0, to: STDERR_FILENO) },
            outputWidth: isTerminal ? width(of: STDOUT_FILENO) : nil,
            errorWidth: isatty(STDERR_FILENO) == 1 ? width(of: STDERR_FILENO) : nil,
            hasColour: isTerminal && !isSet("NO_COLOR") && environment("TERM") != "dumb")
    }

    /// Writes all of a text.
    ///
    /// - Returns: What `errno` says if that fails.
    private static func writeAll(_ text: String, to descriptor: CInt) -> CInt? {
        var text = text
        return text.withUTF8 { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let part = UnsafeBufferPointer(rebasing: rest)
                #if canImport(Glibc)
                    let count = Glibc.write(descriptor, part.baseAddress, part.count)
                #elseif canImport(Musl)
                    let count = Musl.write(descriptor, part.baseAddress, part.count)
                #elseif canImport(Darwin)
                    let count = Darwin.write(descriptor, part.baseAddress, part.count)
                #endif
                if count < 0, errno == EINTR { continue }
                guard count >= 0 else { return errno }
                rest = rest.dropFirst(count)
            }
            return nil
        }
    }

    private static func width(of descriptor: CInt) -> Int {
        var size = winsize()
        let isKnown = ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        return isKnown ? Int(size.ws_col) : 80
    }

    /// https://no-color.org: any value but an empty one turns colours off.
    private static func isSet(_ name: String) -> Bool {
        environment(name).map { !$0.isEmpty } ?? false
    }

    private static func environment(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }
}
