import ArgumentParser
import Foundation
import PeriluneCheck

/// `perilune generate`: typed Swift functions of annotated scripts.
struct GenerateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Write typed Swift bindings of annotated Lua scripts.",
        discussion: """
            Reads the annotations at the top of every .lua file below a folder and writes one Swift file a script, \
            with its text, its SHA-1 in the documentation, and a function that lays out KEYS and ARGV. Scripts \
            without annotations are left out. What an earlier run wrote and no script stands behind any more is \
            removed.

            Exit status: 0; 1 if files cannot be read or written, or with --check if any is not current; 2 for wrong \
            use or a script whose annotations are wrong.
            """)

    @Argument(help: "The folder of the scripts.", completion: .directory)
    var scripts: String

    @Option(help: "The folder to write to.", completion: .directory)
    var output: String

    @Option(help: "The name of the outermost enum.")
    var root = "Scripts"

    @Option(help: "Who can see the bindings: internal, package or public.")
    var access = "internal"

    @Flag(help: "Write nothing; fail if what is there is not what would be written.")
    var check = false

    func run() throws {
        guard let access = BindingGenerator.Access(rawValue: access) else {
            throw ValidationError("--access is internal, package or public, not \(printable(access, atMost: 80))")
        }
        guard let generator = BindingGenerator(root: root, access: access) else {
            throw ValidationError(
                "--root: \"\(printable(root, atMost: 80))\" cannot name an enum; write for example Scripts")
        }
        do {
            let files = try generator.files(for: sources())
            try check ? verify(files) : write(files)
        } catch let error as BindingError {
            Output.error(printable(error.description, atMost: 1_000))
            throw ExitCode(2)
        } catch let error as FileFailure {
            Output.error("generate: \(printable(error.description, atMost: 1_000))")
            throw ExitCode(1)
        }
    }

    /// All scripts below the folder, named by paths that begin with it.
    private func sources() throws -> [BindingGenerator.Source] {
        let folder = URL(fileURLWithPath: scripts, isDirectory: true)
        let paths = try FileFailure.naming("cannot read the folder \(scripts)") {
            // A file would have no files in it, and everything generated before would be removed.
            _ = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            return try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".lua") }
        }
        return try paths.sorted().map { path in
            let data = try FileFailure.naming("cannot read \(scripts)/\(path)") {
                try Data(contentsOf: folder.appendingPathComponent(path))
            }
            return BindingGenerator.Source(path: "\(folder.lastPathComponent)/\(path)", bytes: Array(data))
        }
    }

    private func verify(_ files: [BindingGenerator.File]) throws {
        var stale = try orphans(of: files).map { "\($0) has no script any more" }
        for file in files where (try? String(contentsOf: url(of: file.name), encoding: .utf8)) != file.contents {
            stale.append("\(file.name) is not current")
        }
        guard !stale.isEmpty else { return }
        for line in stale.sorted() { Output.error("generate: \(printable(line, atMost: 1_000))") }
        throw ExitCode(1)
    }

    private func write(_ files: [BindingGenerator.File]) throws {
        try FileFailure.naming("cannot make the folder \(output)") {
            try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
        }
        for name in try orphans(of: files) {
            try FileFailure.naming("cannot remove \(output)/\(name)") {
                try FileManager.default.removeItem(at: url(of: name))
            }
        }
        for file in files where (try? String(contentsOf: url(of: file.name), encoding: .utf8)) != file.contents {
            try FileFailure.naming("cannot write \(output)/\(file.name)") {
                try file.contents.write(to: url(of: file.name), atomically: true, encoding: .utf8)
            }
            Output.line(file.name)
        }
    }

    /// Generated files in the output folder that these do not replace.
    private func orphans(of files: [BindingGenerator.File]) throws -> [String] {
        guard FileManager.default.fileExists(atPath: output) else { return [] }
        let names = Set(files.map(\.name))
        let found = try FileFailure.naming("cannot read the folder \(output)") {
            try FileManager.default.contentsOfDirectory(atPath: output)
        }
        return found.filter { name in
            name.hasSuffix(".swift") && !names.contains(name)
                && (try? String(contentsOf: url(of: name), encoding: .utf8))?.hasPrefix(BindingGenerator.marker) == true
        }
    }

    private func url(of name: String) -> URL {
        URL(fileURLWithPath: output, isDirectory: true).appendingPathComponent(name)
    }
}

/// What could not be done with a file or folder, and why.
private struct FileFailure: Error, CustomStringConvertible {
    let description: String

    /// Does something with files; if it fails, the error says what it was, which Foundation's does not.
    static func naming<Result>(_ what: String, _ body: () throws -> Result) throws(FileFailure) -> Result {
        do {
            return try body()
        } catch {
            throw FileFailure(description: "\(what): \(reason(for: error))")
        }
    }

    /// The system's reason where there is one, else Foundation's.
    private static func reason(for error: any Error) -> String {
        let error = error as NSError
        let cause = (error.userInfo[NSUnderlyingErrorKey] as? any Error).map { $0 as NSError } ?? error
        guard cause.domain == NSPOSIXErrorDomain else { return error.localizedDescription }
        return systemReason(CInt(cause.code))
    }
}
