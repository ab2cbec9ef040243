import Foundation
import PackagePlugin

/// Makes the bindings of the annotated `.lua` files in a target's folder, at every build in which one of them changed.
@main
struct ScriptBindings: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        guard let module = target.sourceModule else { return [] }
        let scripts = module.sourceFiles.map(\.url).filter { $0.pathExtension == "lua" }.sorted { $0.path < $1.path }
        guard !scripts.isEmpty else {
            Diagnostics.warning("\(target.name) has no .lua files to make bindings of")
            return []
        }
        let output = context.pluginWorkDirectoryURL.appending(component: "Scripts.generated.swift")
        return [
            .buildCommand(
                displayName: "Generating bindings of the scripts of \(target.name)",
                executable: try context.tool(named: "PeriluneGenerate").url,
                arguments: ["--output", output.path(percentEncoded: false), "--"]
                    + scripts.map { $0.path(percentEncoded: false) },
                inputFiles: scripts, outputFiles: [output])
        ]
    }
}
