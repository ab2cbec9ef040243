#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Lines for people, written at once: what C buffers for a pipe would not be there when a script waits for it.
enum Output {
    /// Whether a person sees what is written to standard output.
    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Whether that person wants colours: https://no-color.org.
    static var isColoured: Bool { isTerminal && getenv("NO_COLOR").map { $0.pointee == 0 } ?? true }

    /// Writes a line to standard output.
    ///
    /// - Returns: Whether it could be written; who reads no more of a pipe has what was wanted.
    @discardableResult static func line(_ text: String) -> Bool {
        write(Array((text + "\n").utf8), to: STDOUT_FILENO)
    }

    /// Writes bytes to standard output as they are.
    ///
    /// - Returns: As ``line(_:)``.
    @discardableResult static func bytes(_ bytes: [UInt8]) -> Bool {
        write(bytes, to: STDOUT_FILENO)
    }

    /// Writes text to standard output as it is.
    static func text(_ text: String) {
        write(Array(text.utf8), to: STDOUT_FILENO)
    }

    /// Writes a line to standard error, with the program's name before it.
    static func error(_ text: String) {
        errorLine("perilune: " + text)
    }

    /// Writes a line to standard error as it is.
    static func errorLine(_ text: String) {
        write(Array((text + "\n").utf8), to: STDERR_FILENO)
    }

    @discardableResult private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var bytes = bytes[...]
        while !bytes.isEmpty {
            let written = bytes.withUnsafeBytes { writeBytes(descriptor, $0) }
            // Nobody is left to be told that nobody reads.
            if written < 0 && errno != EINTR { return errno == EPIPE }
            bytes = bytes.dropFirst(max(written, 0))
        }
        return true
    }
}

/// `write(2)`, under a name that the function above does not hide.
private func writeBytes(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
    write(descriptor, bytes.baseAddress, bytes.count)
}
