import Foundation

/// Where generated files go.
enum GeneratedOutput {
    case folder(String)
    /// One file of any name.
    case file(String)

    /// Writes files and removes those that an earlier run wrote and that these do not replace.
    ///
    /// - Returns: The paths of what was not current.
    func write(_ files: [GeneratedFile]) throws(FileFailure) -> [String] {
        try makeFolder()
        var written: [String] = []
        for file in files where !isCurrent(file) {
            let path = path(of: file)
            try FileFailure.naming("cannot write \(path)") {
                try file.contents.write(to: URL(fileURLWithPath: path), atomically: true, encoding: .utf8)
            }
            written.append(path)
        }
        // What is new is there before what is old goes.
        for path in try orphans(of: files) {
            try FileFailure.naming("cannot remove \(path)") { try FileManager.default.removeItem(atPath: path) }
        }
        return written
    }

    /// What is there and is not what would be written, in words, in the order of the paths.
    func stale(_ files: [GeneratedFile]) throws(FileFailure) -> [String] {
        var stale = try orphans(of: files).map { (path: $0, text: "\($0) has no script any more") }
        for file in files where !isCurrent(file) {
            stale.append((path(of: file), "\(path(of: file)) is not current"))
        }
        return stale.sorted { $0.path < $1.path }.map(\.text)
    }

    private func makeFolder() throws(FileFailure) {
        let folder =
            switch self {
            case .folder(let path): path
            case .file(let path): URL(fileURLWithPath: path).deletingLastPathComponent().path
            }
        try FileFailure.naming("cannot make the folder \(folder)") {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        }
    }

    private func path(of file: GeneratedFile) -> String {
        switch self {
        case .folder(let folder): folder.hasSuffix("/") ? folder + file.name : "\(folder)/\(file.name)"
        case .file(let path): path
        }
    }

    private func isCurrent(_ file: GeneratedFile) -> Bool {
        (try? Data(contentsOf: URL(fileURLWithPath: path(of: file)))) == Data(file.contents.utf8)
    }

    /// Generated Swift files in the folder that these do not replace. Those of another root are another run's.
    private func orphans(of files: [GeneratedFile]) throws(FileFailure) -> [String] {
        guard case .folder(let folder) = self, FileManager.default.fileExists(atPath: folder) else { return [] }
        let names = Set(files.map(\.name))
        // Every name begins with that of the root.
        let root = files.first.map { $0.name.prefix { $0 != "." } + "." } ?? ""
        let found = try FileFailure.naming("cannot read the folder \(folder)") {
            try FileManager.default.contentsOfDirectory(atPath: folder)
        }
        return found.filter { $0.hasSuffix(".swift") && !names.contains($0) && $0.hasPrefix(root) }
            .map { path(of: GeneratedFile(name: $0, contents: "")) }
            .filter {
                (try? String(contentsOf: URL(fileURLWithPath: $0), encoding: .utf8))?
                    .hasPrefix(GeneratedFile.marker) == true
            }
    }
}
