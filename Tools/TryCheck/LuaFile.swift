import ArgumentParser
import Foundation

/// A file of Lua on the disk.
struct LuaFile {
    let path: String
    let bytes: [UInt8]

    /// All `.lua` files of folders, in the order of their paths; links in them are not followed.
    ///
    /// - Throws: `ValidationError` for a path that leads to no file: what is not there cannot be right.
    static func all(in folders: [String]) throws -> [LuaFile] {
        let paths = try folders.flatMap { folder -> [String] in
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder) else {
                throw ValidationError("\(folder): no such file or folder")
            }
            guard isFolder.boolValue else { return [folder] }
            var paths: [String] = []
            if let files = FileManager.default.enumerator(atPath: folder) {
                while let name = files.nextObject() as? String {
                    let type = files.fileAttributes?[.type] as? FileAttributeType
                    if name.hasSuffix(".lua"), type == .typeRegular { paths.append(folder + "/" + name) }
                }
            }
            guard !paths.isEmpty else { throw ValidationError("\(folder): no .lua files in it") }
            return paths.sorted()
        }
        return try paths.map { path in
            guard let content = FileManager.default.contents(atPath: path) else {
                throw ValidationError("\(path): cannot be read")
            }
            return LuaFile(path: path, bytes: Array(content))
        }
    }
}

/// Writes lines at once, wherever the output goes.
func show(_ line: String) {
    FileHandle.standardOutput.write(Data((line + "\n").utf8))
}
