#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Reads the small text files that configurations are made of.
enum TextFile {
    /// No configuration is longer, in bytes: a path such as `/dev/zero` ends in an error and not in full memory.
    static let longest = 1 << 20

    /// The content of a file.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - name: What to call it in messages.
    ///   - ignoresDirectory: Whether a directory of that name counts as no file.
    /// - Returns: `nil` when there is no such file.
    static func read(
        _ path: String, name: String, ignoresDirectory: Bool = false
    ) throws(ConfigurationError) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw unreadable(name)
        }
        defer { close(descriptor) }
        var content: [UInt8] = []
        while true {
            let count = withUnsafeTemporaryAllocation(byteCount: 16_384, alignment: 1) { buffer in
                let count = readBytes(descriptor, buffer)
                if count > 0 { content += buffer[..<count] }
                return count
            }
            if count < 0 && errno == EINTR { continue }
            if count < 0 && errno == EISDIR && ignoresDirectory { return nil }
            guard count >= 0 else { throw unreadable(name) }
            if count == 0 { break }
            guard content.count <= longest else { throw ConfigurationError(name, "longer than a mebibyte") }
        }
        guard let text = String(validating: content, as: UTF8.self) else {
            throw ConfigurationError(name, "not UTF-8 text")
        }
        return text
    }

    private static func unreadable(_ name: String) -> ConfigurationError {
        ConfigurationError(name, "cannot be read: \(systemMessage(errno))")
    }
}

/// What the system calls an error number: `Permission denied`.
func systemMessage(_ number: Int32) -> String {
    String(cString: strerror(number))
}

/// `read(2)`, under a name that the function above does not hide.
private func readBytes(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
    read(descriptor, buffer.baseAddress, buffer.count)
}
