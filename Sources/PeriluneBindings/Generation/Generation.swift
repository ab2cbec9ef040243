/// What `perilune generate` does: reads annotated scripts, and writes what is made of them or holds it against what is
/// there.
public struct Generation: Sendable {
    /// What is made of the scripts.
    public enum Format: String, Sendable, CaseIterable {
        /// Typed functions.
        case swift
        /// A reference for people.
        case markdown
        /// `manifest.json`, for other languages; see ``ScriptManifest``.
        case manifest
    }

    /// The scripts: files, and folders with `.lua` files at any depth.
    public var scripts: [String] = []
    /// The file to write, or the folder: of Swift when it does not end in `.swift`, with a file for each script. `nil`
    /// for standard output.
    public var output: String?
    public var format = Format.swift
    /// The name of the outermost enum.
    public var root = "Scripts"
    /// Who can see the bindings.
    public var access = BindingGenerator.Access.internal
    /// Whether scripts without annotations are left out. They are errors otherwise.
    public var leavesOutOthers = false
    /// Whether nothing is written, and what is there must be what would be written.
    public var checksOnly = false

    public init() {}

    /// Does it.
    ///
    /// Files that are current are not touched. Swift files in the output folder that an earlier run wrote, and that no
    /// script stands behind any more, are removed.
    ///
    /// - Returns: Lines for standard output: the files that were written to a folder, or, without an output, the text.
    /// - Throws: ``GenerationError``.
    public func run() throws(GenerationError) -> [String] {
        guard let generator = BindingGenerator(root: root, access: access) else {
            throw .usage("--root: \"\(root)\" cannot name an enum; write for example Scripts")
        }
        guard output != nil || !checksOnly else { throw .usage("--check needs --output") }
        guard output != "" else { throw .usage("--output is empty; write a file or a folder") }
        let scripts = try annotatedScripts()
        guard let output else { return [String(try text(of: scripts, by: generator).dropLast())] }
        let isFolder = format == .swift && !output.hasSuffix(".swift")
        let destination = isFolder ? GeneratedOutput.folder(output) : .file(output)
        let files =
            isFolder
            ? try Self.naming { () throws(BindingError) in try generator.files(for: scripts) }
            : [GeneratedFile(name: "", contents: try text(of: scripts, by: generator))]
        let stale: [String]
        do {
            guard checksOnly else {
                let written = try destination.write(files)
                // Whoever named the one file knows its name.
                return isFolder ? written : []
            }
            stale = try destination.stale(files)
        } catch {
            throw .files(error)
        }
        guard stale.isEmpty else { throw .stale(stale) }
        return []
    }

    private func annotatedScripts() throws(GenerationError) -> [AnnotatedScript] {
        let files: [ScriptFile]
        do {
            files = try ScriptFile.all(in: scripts)
        } catch {
            throw .files(error)
        }
        guard !files.isEmpty else {
            throw .usage("no .lua files in \(scripts.joined(separator: ", "))")
        }
        do {
            return try AnnotatedScript.scripts(in: files, leavingOutOthers: leavesOutOthers)
        } catch {
            throw .scripts(error.errors)
        }
    }

    /// Everything in one text.
    private func text(of scripts: [AnnotatedScript], by generator: BindingGenerator) throws(GenerationError) -> String {
        switch format {
        case .swift: return try Self.naming { () throws(BindingError) in try generator.text(for: scripts) }
        case .markdown: return MarkdownReference.text(for: scripts)
        case .manifest:
            do {
                return try FileFailure.naming("cannot encode the manifest") { try ScriptManifest(of: scripts).text() }
            } catch {
                throw .files(error)
            }
        }
    }

    private static func naming<Result>(_ body: () throws(BindingError) -> Result) throws(GenerationError) -> Result {
        do {
            return try body()
        } catch {
            throw .scripts([error])
        }
    }
}
