#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// An open file, which is closed with the last reference to it.
final class FileDescriptor {
    private let number: Int32

    /// Opens a file for reading.
    init(opening path: String) throws(SnapshotError) {
        number = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard number < 0 else { return }
        let error = SnapshotError.system(path, "open it")
        guard errno == ENOENT else { throw error }
        // A link to what is not there is not nothing: a disk may not be mounted.
        var status = stat()
        throw lstat(path, &status) == 0 ? error : SnapshotError(path, .missing)
    }

    /// Makes a file that must not be there, for its owner alone, and keeps it locked until it is closed.
    init(creating path: String) throws(SnapshotError) {
        number = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        if number < 0 { throw .system(path, "create it") }
        try Self.lock(number, path)
    }

    /// Locks a file that no other process must have.
    private static func lock(_ number: CInt, _ path: String) throws(SnapshotError) {
        guard flock(number, LOCK_EX | LOCK_NB) != 0 else { return }
        throw errno == EWOULDBLOCK ? SnapshotError(path, .inProgress) : .system(path, "lock it")
    }

    /// Removes a file, unless another process has it locked.
    static func removeUnlocked(_ path: String) throws(SnapshotError) {
        let number = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard number >= 0 else { return }  // whoever wants to make it will be told why not
        defer { close(number) }
        try lock(number, path)
        unlink(path)
    }

    /// Opens a folder.
    init(folder path: String) throws(SnapshotError) {
        number = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if number < 0 { throw .system(path, "open the folder") }
    }

    deinit {
        close(number)
    }

    /// The size of a file, in bytes.
    func size(of path: String) throws(SnapshotError) -> Int {
        var status = stat()
        guard fstat(number, &status) == 0 else { throw .system(path, "find its size") }
        guard status.st_mode & S_IFMT == S_IFREG else { throw SnapshotError(path, .notASnapshot) }
        return Int(status.st_size)
    }

    /// Reads on until a buffer is full, from a position in it on.
    func read(into buffer: inout [UInt8], from start: Int, of path: String) throws(SnapshotError) {
        var position = start
        while position < buffer.count {
            let count = buffer.withUnsafeMutableBytes { bytes in
                let rest = UnsafeMutableRawBufferPointer(rebasing: bytes[position...])
                return readBytes(number, rest.baseAddress, rest.count)
            }
            if count == 0 { throw SnapshotError(path, .truncated) }  // somebody has cut the file off
            if count < 0, errno != EINTR { throw .system(path, "read it") }
            position += max(count, 0)
        }
    }

    /// Writes all bytes.
    func write(_ bytes: UnsafeRawBufferPointer, to path: String) throws(SnapshotError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = writeBytes(number, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                throw .system(path, "write to it")
            }
        }
    }

    /// Waits until the disk has what was written.
    func synchronize(_ path: String) throws(SnapshotError) {
        guard fsync(number) == 0 else { throw .system(path, "write it to the disk") }
    }
}

extension SnapshotError {
    /// What the system has just said.
    static func system(_ path: String, _ operation: String) -> SnapshotError {
        SnapshotError(path, .system(operation: operation, message: String(cString: strerror(errno))))
    }
}

// The names are those of methods, too.
private func readBytes(_ file: Int32, _ bytes: UnsafeMutableRawPointer?, _ count: Int) -> Int {
    read(file, bytes, count)
}

private func writeBytes(_ file: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    write(file, bytes, count)
}
