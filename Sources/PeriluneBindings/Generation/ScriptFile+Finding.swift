import Foundation

extension ScriptFile {
    /// Reads scripts.
    ///
    /// - Parameter paths: Files, and folders with `.lua` files at any depth; folders whose names begin with a dot are left
    ///   out. A file's name begins with the last part of the path that led to it.
    static func all(in paths: [String]) throws(FileFailure) -> [ScriptFile] {
        var files: [ScriptFile] = []
        for path in paths {
            let url = URL(fileURLWithPath: path).standardizedFileURL
            let base = url.lastPathComponent
            guard try isFolder(path) else {
                files.append(ScriptFile(path: path, name: base, bytes: try bytes(of: path)))
                continue
            }
            let found = try FileFailure.naming("cannot read the folder \(path)") {
                try FileManager.default.subpathsOfDirectory(atPath: path)
            }
            for part in found.sorted()
            where part.hasSuffix(".lua") && !part.split(separator: "/").contains(where: isHidden) {
                let file = path.hasSuffix("/") ? path + part : "\(path)/\(part)"
                files.append(ScriptFile(path: file, name: "\(base)/\(part)", bytes: try bytes(of: file)))
            }
        }
        return files
    }

    private static func isFolder(_ path: String) throws(FileFailure) -> Bool {
        try FileFailure.naming("cannot read \(path)") {
            try URL(fileURLWithPath: path).resolvingSymlinksInPath().resourceValues(forKeys: [.isDirectoryKey])
                .isDirectory == true
        }
    }

    private static func bytes(of path: String) throws(FileFailure) -> [UInt8] {
        try FileFailure.naming("cannot read \(path)") { Array(try Data(contentsOf: URL(fileURLWithPath: path))) }
    }

    private static func isHidden(_ name: Substring) -> Bool { name.hasPrefix(".") }
}
