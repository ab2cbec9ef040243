public import PeriluneLua

/// A script with what its annotations say.
public struct AnnotatedScript: Sendable, Hashable {
    public let file: ScriptFile
    public let header: ScriptHeader
    /// The lower-case hexadecimal SHA-1 of the file's bytes, by which Redis knows the script.
    public let sha: String

    private init?(_ file: ScriptFile) throws(BindingError) {
        do {
            guard let header = try ScriptHeader.parse(file.bytes) else { return nil }
            self.header = header
        } catch {
            throw BindingError(file, line: error.line, column: error.column, error.message)
        }
        // Redis is sent this file's text alone, and its SHA-1 is that of nothing else.
        if let include = ScriptInclude.all(in: file.bytes).first {
            throw BindingError(
                file, line: include.range.start.line, column: include.range.start.column,
                "the text of '\(include.name)' would not be in what is made of this script; write both into one file")
        }
        self.file = file
        sha = SHA1.hexadecimal(of: file.bytes)
    }

    /// Reads the annotations of some scripts.
    ///
    /// - Parameters:
    ///   - files: The files.
    ///   - leavingOutOthers: Whether scripts without annotations are left out. They are errors otherwise.
    /// - Returns: The scripts in the order of their files' names.
    /// - Throws: ``BindingErrors``: of each file the first, and two scripts of one name.
    /// - Complexity: O(bytes).
    public static func scripts(
        in files: [ScriptFile], leavingOutOthers: Bool = false
    ) throws(BindingErrors) -> [AnnotatedScript] {
        var scripts: [AnnotatedScript] = []
        var errors: [BindingError] = []
        var holders: [String: ScriptFile] = [:]
        for file in files.sorted(by: { $0.name < $1.name }) {
            do throws(BindingError) {
                if let script = try AnnotatedScript(file) {
                    if let other = holders.updateValue(file, forKey: script.header.name) {
                        throw script.error("\(script.header.name) is also the name of \(other.name)")
                    }
                    scripts.append(script)
                } else if !leavingOutOthers {
                    throw BindingError(
                        file, line: 1, column: 1, "no annotations; begin the script with '---@script area.name'")
                }
            } catch {
                errors.append(error)
            }
        }
        guard errors.isEmpty else { throw BindingErrors(errors: errors) }
        return scripts
    }

    /// An error at the script's name.
    func error(_ message: String) -> BindingError {
        BindingError(file, line: header.line, column: header.column, message)
    }
}
