import Foundation
import PeriluneCheck

/// Finds and reads scripts.
enum ScriptFiles {
    /// No script is larger, in bytes: a path such as `/dev/zero` ends in an error and not in full memory.
    static let largest = 8 << 20

    /// The scripts that a path leads to: itself, or all `.lua` files below a folder but for hidden ones, in order.
    ///
    /// - Parameter isExcluded: Whether a file of a folder is left out.
    static func paths(of path: String, isExcluded: (String) -> Bool) throws(CommandFailure) -> [String] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw CommandFailure("\(path): no such file or folder")
        }
        guard isFolder.boolValue else { return [path] }
        let scripts = try files(below: path).filter { $0.hasSuffix(".lua") }
        // A folder without any is a mistake in a path, and not something that is right.
        guard !scripts.isEmpty else { throw CommandFailure("\(path): no .lua files in it") }
        return scripts.filter { !isExcluded($0) && !isSpecial($0) }
    }

    /// All that lies below a folder but for what is hidden, in order: `.build` and `.git` are not the user's own. The
    /// folder may be a link; links to folders in it are not followed, so that no folder is gone through twice.
    static func files(below folder: String) throws(CommandFailure) -> [String] {
        let names: [String]
        do {
            names = try FileManager.default.subpathsOfDirectory(atPath: identity(of: folder)).sorted()
        } catch {
            throw CommandFailure("\(folder): cannot be read")
        }
        let prefix = folder == "." ? "" : folder.hasSuffix("/") ? folder : folder + "/"
        return names.filter { !$0.hasPrefix(".") && !$0.contains("/.") }.map { prefix + $0 }
    }

    /// Whether a path leads to something other than a file, such as a pipe, which would be waited for.
    static func isSpecial(_ path: String) -> Bool {
        let type = try? FileManager.default.attributesOfItem(atPath: identity(of: path))[.type] as? FileAttributeType
        // What is not there is found when it is read.
        return type.map { $0 != .typeRegular && $0 != .typeSymbolicLink } ?? false
    }

    /// The same for all paths of a file.
    static func identity(of path: String) -> String {
        path == "-" ? path : URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    }

    static func content(of path: String) throws(CommandFailure) -> [UInt8] {
        guard let handle = FileHandle(forReadingAtPath: path) else { throw CommandFailure("\(path): cannot be read") }
        defer { try? handle.close() }
        return try content(of: handle, name: path)
    }

    static func standardInput() throws(CommandFailure) -> [UInt8] {
        try content(of: .standardInput, name: "standard input")
    }

    private static func content(of handle: FileHandle, name: String) throws(CommandFailure) -> [UInt8] {
        let data: Data?
        do {
            data = try handle.read(upToCount: largest + 1)
        } catch {
            throw CommandFailure("\(name): cannot be read")
        }
        guard let data else { return [] }
        guard data.count <= largest else { throw CommandFailure("\(name): larger than \(largest >> 20) MiB") }
        return Array(data)
    }

    /// Replaces a file at once: whoever reads it sees what it was, or what it is now. Its permissions stay, and a link
    /// still leads to it.
    static func write(_ bytes: [UInt8], to path: String) throws(CommandFailure) {
        let file = URL(fileURLWithPath: path).resolvingSymlinksInPath()
        let draft = file.deletingLastPathComponent().appendingPathComponent(".\(UUID().uuidString).lua")
        do {
            let permissions = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions]
            // Before anything is in it, so that at no time others can read what they may not.
            guard FileManager.default.createFile(atPath: draft.path, contents: nil) else {
                throw CocoaError(.fileWriteUnknown)
            }
            try FileManager.default.setAttributes([.posixPermissions: permissions ?? 0o644], ofItemAtPath: draft.path)
            let handle = try FileHandle(forWritingTo: draft)
            try handle.write(contentsOf: Data(bytes))
            try handle.synchronize()
            try handle.close()
            guard rename(draft.path, file.path) == 0 else { throw CocoaError(.fileWriteUnknown) }
        } catch {
            try? FileManager.default.removeItem(at: draft)
            throw CommandFailure("\(path): cannot be written")
        }
    }
}
