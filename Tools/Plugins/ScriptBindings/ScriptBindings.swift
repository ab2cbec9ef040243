import Foundation
import PackagePlugin

/// Makes the bindings of the annotated `.lua` files in a target's folder, at every build in which one of them changed.
///
/// A `bindings.json` in the folder says what is not to be as it is by itself: `root`, `access` and `annotatedOnly`.
@main
struct ScriptBindings: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        guard let module = target.sourceModule else { return [] }
        let scripts = module.sourceFiles.map(\.url).filter { $0.pathExtension == "lua" }.sorted { $0.path < $1.path }
        guard !scripts.isEmpty else {
            Diagnostics.warning("\(target.name) has no .lua files to make bindings of")
            return []
        }
        let options = module.sourceFiles.map(\.url).filter { $0.lastPathComponent == "bindings.json" }
        guard options.count <= 1 else {
            Diagnostics.error("\(target.name) has more than one bindings.json")
            return []
        }
        let output = context.pluginWorkDirectoryURL.appending(component: "Scripts.generated.swift")
        return [
            .buildCommand(
                displayName: "Generating bindings of the scripts of \(target.name)",
                executable: try context.tool(named: "PeriluneGenerate").url,
                arguments: options.flatMap { ["--options", $0.path(percentEncoded: false)] }
                    + ["--output", output.path(percentEncoded: false), "--"]
                    + scripts.map { $0.path(percentEncoded: false) },
                inputFiles: options + scripts, outputFiles: [output])
        ]
    }
}
