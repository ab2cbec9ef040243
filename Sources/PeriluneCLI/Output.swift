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

    /// Writes a line to standard output.
    static func line(_ text: String) {
        write(text, to: STDOUT_FILENO)
    }

    /// Writes a line to standard error, with the program's name before it.
    static func error(_ text: String) {
        write("perilune: " + text, to: STDERR_FILENO)
    }

    private static func write(_ text: String, to descriptor: Int32) {
        var bytes = Array((text + "\n").utf8)[...]
        while !bytes.isEmpty {
            let written = bytes.withUnsafeBytes { writeBytes(descriptor, $0) }
            // Nobody is left to be told that nobody reads.
            if written < 0 && errno != EINTR { return }
            bytes = bytes.dropFirst(max(written, 0))
        }
    }
}

/// `write(2)`, under a name that the function above does not hide.
private func writeBytes(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
    write(descriptor, bytes.baseAddress, bytes.count)
}
