import Foundation

/// The scripts of this package.
enum OwnScripts {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../lua").standardizedFileURL

    /// Their paths below their folder.
    static let paths: [String] = {
        let files = FileManager.default.enumerator(atPath: folder.path(percentEncoded: false))
        return (files?.compactMap { $0 as? String } ?? []).filter { $0.hasSuffix(".lua") }.sorted()
    }()

    static func source(of path: String) throws -> String {
        try String(contentsOf: folder.appending(path: path), encoding: .utf8)
    }
}
