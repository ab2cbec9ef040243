import Foundation
import PeriluneCheck
import PeriluneGolden

/// The files of tests that paths on the command line lead to.
struct TestPaths {
    /// The files of tests, in order, each once.
    private(set) var tests: [String] = []
    /// The scripts that were named themselves or lie in a folder that was.
    private(set) var scripts: [String] = []

    /// - Parameter paths: Files of tests, scripts with a file of tests beside them, or folders of such.
    /// - Throws: ``CommandFailure`` for a path that leads nowhere.
    init(_ paths: [String]) throws(CommandFailure) {
        for path in paths {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
                throw CommandFailure("\(path): no such file or folder")
            }
            if isFolder.boolValue {
                try addFolder(path)
            } else {
                try addFile(path)
            }
        }
        tests = Self.once(tests.map(ScriptPath.normalized))
        scripts = Self.once(scripts.map(ScriptPath.normalized))
    }

    private mutating func addFolder(_ path: String) throws(CommandFailure) {
        for file in try ScriptFiles.files(below: path) where !ScriptFiles.isSpecial(file) {
            if file.hasSuffix(ScriptTestFile.suffix) { tests.append(file) }
            if file.hasSuffix(".lua") { scripts.append(file) }
        }
    }

    private mutating func addFile(_ path: String) throws(CommandFailure) {
        if path.hasSuffix(".lua") {
            scripts.append(path)
            let beside = path.dropLast(4) + ScriptTestFile.suffix
            if FileManager.default.fileExists(atPath: String(beside)) { tests.append(String(beside)) }
        } else if path.hasSuffix(".yaml") || path.hasSuffix(".yml") {
            tests.append(path)
        } else {
            throw CommandFailure("\(path): neither a script, .lua, nor a file of tests, \(ScriptTestFile.suffix)")
        }
    }

    private static func once(_ paths: [String]) -> [String] {
        var seen: Set<String> = []
        return paths.filter { seen.insert($0).inserted }
    }
}
