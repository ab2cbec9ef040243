import Foundation

extension ScriptFile {
    /// Reads scripts.
    ///
    /// - Parameter paths: Files, and folders with `.lua` files at any depth; folders whose names begin with a dot are left
    ///   out. A file's name begins with the last part of the path that led to it, or, where another file has that name,
    ///   with as many parts before it as tell them apart.
    static func all(in paths: [String]) throws(FileFailure) -> [ScriptFile] {
        var files: [ScriptFile] = []
        for path in paths {
            let url = URL(fileURLWithPath: path).standardizedFileURL
            let base = url.lastPathComponent
            guard try isFolder(path) else {
                files.append(ScriptFile(path: path, name: base, bytes: try bytes(of: path)))
                continue
            }
            // A link to a folder leads to what is in it.
            let folder = url.resolvingSymlinksInPath().path
            let found = try FileFailure.naming("cannot read the folder \(path)") {
                try FileManager.default.subpathsOfDirectory(atPath: folder)
            }
            for part in found.sorted()
            where part.hasSuffix(".lua") && !part.split(separator: "/").contains(where: isHidden) {
                let file = path.hasSuffix("/") ? path + part : "\(path)/\(part)"
                files.append(ScriptFile(path: file, name: "\(base)/\(part)", bytes: try bytes(of: file)))
            }
        }
        return toldApart(files)
    }

    private static func toldApart(_ files: [ScriptFile]) -> [ScriptFile] {
        let alike = Dictionary(grouping: files.indices) { files[$0].name }.values.filter { $0.count > 1 }
        var files = files
        for indices in alike {
            let parts = indices.map { URL(fileURLWithPath: files[$0].path).standardizedFileURL.pathComponents }
            var count = files[indices[0]].name.split(separator: "/").count
            // One file, named twice, stays so.
            let most = parts.map(\.count).max() ?? 0
            while count < most, Set(parts.map { $0.suffix(count) }).count < Set(parts).count { count += 1 }
            for (index, parts) in zip(indices, parts) {
                let name = parts.suffix(count).joined(separator: "/")
                files[index] = ScriptFile(path: files[index].path, name: name, bytes: files[index].bytes)
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
