import Foundation
import PeriluneTestSupport

/// The compiler with the macro, as it runs for a user's file.
enum Compiler {
    struct Outcome {
        var status: Int32
        /// What was written to standard error.
        var output: String
    }

    /// Type-checks one of the files in `Resources`.
    ///
    /// - Parameter options: For the compiler's front end.
    static func check(_ name: String, _ options: String...) async throws -> Outcome {
        try await Blocking.run { try check(name, options) }
    }

    private static func check(_ name: String, _ options: [String]) throws -> Outcome {
        guard let file = Bundle.module.url(forResource: "Resources/\(name)", withExtension: "swift") else {
            throw CocoaError(.fileNoSuchFile)
        }
        let products = try products()
        // Not a pipe, whose reading end would have to be read meanwhile.
        let folder = try TemporaryFolder()
        let output = URL(fileURLWithPath: folder.path + "/output")
        try Data().write(to: output)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            [
                "swiftc", "-frontend", "-typecheck", "-swift-version", "6", "-module-name", "App",
                "-I", products.appendingPathComponent("Modules").path,
                // The build's own, since there may be no home to write to.
                "-module-cache-path", products.appendingPathComponent("ModuleCache").path,
                "-load-plugin-executable",
                products.appendingPathComponent("PeriluneMacros-tool").path + "#PeriluneMacros",
            ] + (try systemLibraries().flatMap { ["-I", $0.path] }) + options + [file.path]
        process.standardError = try FileHandle(forWritingTo: output)
        try process.run()
        process.waitUntilExit()
        return Outcome(
            status: process.terminationStatus, output: String(decoding: try Data(contentsOf: output), as: UTF8.self))
    }

    /// The folders of the C libraries that the modules are made with.
    private static func systemLibraries() throws -> [URL] {
        let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Sources")
        return try FileManager.default.contentsOfDirectory(at: sources, includingPropertiesForKeys: nil).filter {
            FileManager.default.fileExists(atPath: $0.appendingPathComponent("module.modulemap").path)
        }
    }

    /// Where the macro and the modules are: beside the test bundle.
    private static func products() throws -> URL {
        var folder = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
            .deletingLastPathComponent()
        for _ in 0..<4 {
            let macro = folder.appendingPathComponent("PeriluneMacros-tool")
            if FileManager.default.isExecutableFile(atPath: macro.path) { return folder }
            folder.deleteLastPathComponent()
        }
        throw CocoaError(.fileNoSuchFile)
    }
}
