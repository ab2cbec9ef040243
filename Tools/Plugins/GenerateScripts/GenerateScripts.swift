import Foundation
import PackagePlugin

/// `swift package generate-scripts`: `perilune generate`, in the package's folder.
@main
struct GenerateScripts: CommandPlugin {
    func performCommand(context: PluginContext, arguments: [String]) throws {
        let process = Process()
        process.executableURL = try context.tool(named: "PeriluneGenerate").url
        process.arguments = arguments
        process.currentDirectoryURL = context.package.directoryURL
        try process.run()
        process.waitUntilExit()
        guard process.terminationReason == .exit, process.terminationStatus == 0 else {
            throw Failure(status: process.terminationStatus)
        }
    }

    struct Failure: Error, CustomStringConvertible {
        let status: Int32
        var description: String { "generate-scripts ended with status \(status)" }
    }
}
