#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A file that takes the place of another once it is complete, and is on the disk then.
struct SnapshotFile {
    private let path: String
    private let temporary: String
    private let file: FileDescriptor

    /// Where a snapshot is written until it is complete: in the same folder, so that it can be renamed.
    private static func temporaryPath(for path: String) -> String { path + ".tmp" }

    /// Removes what an earlier attempt has left.
    ///
    /// - Throws: When another process is at it.
    static func removeTemporary(of path: String) throws(SnapshotError) {
        try FileDescriptor.removeUnlocked(temporaryPath(for: path))
    }

    /// Begins a file. What an earlier attempt has left is removed.
    init(path: String) throws(SnapshotError) {
        self.path = path
        temporary = Self.temporaryPath(for: path)
        try Self.removeTemporary(of: path)
        file = try FileDescriptor(creating: temporary)
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(SnapshotError) {
        try file.write(bytes, to: temporary)
    }

    /// Puts the file in its place.
    func commit() throws(SnapshotError) {
        try file.synchronize(temporary)
        let name = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let folder = try FileDescriptor(folder: name)
        guard rename(temporary, path) == 0 else { throw .system(path, "put it in its place") }
        // Only now does a crash of the machine leave the new file in its place.
        try folder.synchronize(name)
    }

    /// Gives the file up.
    func discard() {
        unlink(temporary)
    }
}
