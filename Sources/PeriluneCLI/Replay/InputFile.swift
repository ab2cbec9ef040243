#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Bytes that come one buffer after another.
protocol ByteSource: AnyObject {
    /// Fills the front of a buffer.
    ///
    /// - Parameter buffer: Not empty.
    /// - Returns: How many bytes were written; 0 only at the end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ReplayError) -> Int
}

/// A file, a pipe or standard input.
final class InputFile: ByteSource {
    /// The name for messages.
    let name: String
    /// The size in bytes if it is known beforehand: that of a regular file.
    let size: Int?
    /// How many bytes have been read.
    private(set) var position = 0

    private let descriptor: CInt
    /// The first bytes of the file, already read to see what it is.
    private var head: [UInt8] = []
    private var isAtEnd = false

    /// Opens a file.
    ///
    /// - Parameter path: The path; `-` is standard input.
    init(path: String) throws(ReplayError) {
        let isStandardInput = path == "-"
        let name = isStandardInput ? "standard input" : path
        if isStandardInput, Self.isClosed(STDIN_FILENO) { throw .cannotRead(name, reason: "it is closed") }
        let descriptor = isStandardInput ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .cannotRead(name, reason: reasonOfLastFailure()) }
        var status = stat()
        let isKnown = fstat(descriptor, &status) == 0
        let kind = status.st_mode & S_IFMT
        guard !isKnown || kind != S_IFDIR else {
            if !isStandardInput { close(descriptor) }
            throw .cannotRead(name, reason: "is a directory")
        }
        self.name = name
        self.descriptor = descriptor
        self.size = isKnown && kind == S_IFREG ? Int(status.st_size) : nil
    }

    deinit {
        if descriptor != STDIN_FILENO { close(descriptor) }
    }

    /// Whether a descriptor was closed when the program began.
    ///
    /// Its number is free then, and the next descriptor gets it: in this program an event queue of the runtime's, open
    /// before any code of ours runs. What is inherited never closes on exec; what the runtime opens does.
    private static func isClosed(_ descriptor: CInt) -> Bool {
        let flags = fcntl(descriptor, F_GETFD)
        return flags < 0 || flags & FD_CLOEXEC != 0
    }

    /// The bytes of the log: those of the file, decompressed if it begins as a gzip file does.
    func contents() throws(ReplayError) -> any ByteSource {
        // A pipe may hand over a single byte at first.
        while head.count < GzipReader.magic.count {
            var bytes: [UInt8] = [0, 0]
            let count = try readFromDescriptor(&bytes, atMost: GzipReader.magic.count - head.count)
            guard count > 0 else { break }
            head += bytes.prefix(count)
        }
        guard head == GzipReader.magic else { return self }
        return try GzipReader(self)
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ReplayError) -> Int {
        guard head.isEmpty else {
            let count = min(head.count, buffer.count)
            buffer.copyBytes(from: head.prefix(count))
            head.removeFirst(count)
            return count
        }
        return try readFromDescriptor(buffer.baseAddress, atMost: buffer.count)
    }

    private func readFromDescriptor(
        _ bytes: UnsafeMutableRawPointer?, atMost length: Int
    ) throws(ReplayError) -> Int {
        // A terminal that has signalled the end would wait for more.
        guard !isAtEnd, let bytes else { return 0 }
        while true {
            #if canImport(Glibc)
                let count = Glibc.read(descriptor, bytes, length)
            #elseif canImport(Musl)
                let count = Musl.read(descriptor, bytes, length)
            #elseif canImport(Darwin)
                let count = Darwin.read(descriptor, bytes, length)
            #endif
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .cannotRead(name, reason: reasonOfLastFailure()) }
            isAtEnd = count == 0
            position += count
            return count
        }
    }
}

/// Why a replay cannot be carried out: a failure, not a mistake in the command line.
enum ReplayError: Error, Hashable {
    /// A file cannot be opened or read.
    case cannotRead(String, reason: String)
    /// A compressed file is damaged at a byte of it.
    case damaged(String, offset: Int, reason: String)
    /// No line could be replayed.
    case noRequests(String, malformed: Int, first: String?)
    /// The engine did not answer.
    case engine(String)
    /// The report cannot be written.
    case cannotWrite(String)
}

extension ReplayError: CustomStringConvertible {
    var description: String {
        switch self {
        case .cannotRead(let name, let reason): "cannot read \(name): \(reason)"
        case .damaged(let name, let offset, let reason): "\(name) is damaged at byte \(offset): \(reason)"
        case .noRequests(let name, 0, _): "\(name) is empty: there is nothing to replay"
        case .noRequests(let name, let malformed, let first):
            "\(name) is not an access log: none of its \(malformed) lines can be read"
                + (first.map { " (\($0))" } ?? "")
        case .engine(let message): "the engine failed: \(message)"
        case .cannotWrite(let reason): "cannot write the report: \(reason)"
        }
    }
}

/// What `errno` says, beginning with a small letter as it goes on a sentence.
func reasonOfLastFailure() -> String {
    systemReason(errno)
}

/// What the system says of an error number, beginning with a small letter.
func systemReason(_ code: CInt) -> String {
    guard let text = strerror(code) else { return "error \(code)" }
    let reason = String(cString: text)
    return reason.prefix(1).lowercased() + reason.dropFirst()
}
