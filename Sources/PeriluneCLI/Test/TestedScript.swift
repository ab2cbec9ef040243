import PeriluneCheck
import PeriluneCore
import PeriluneGolden
import PeriluneLua

/// A script with what it includes, as tests run it.
struct TestedScript {
    let path: String
    let runner: ScriptTestRunner
    private let whole: WholeScript

    /// - Throws: ``CommandFailure`` for what cannot be read, and for an annotation that is wrong.
    init(_ path: String, comparedWith compared: ComparedEngine?) throws(CommandFailure) {
        self.path = path
        let source = ScriptSource(path: path, bytes: try ScriptFiles.content(of: path))
        do throws(WholeScript.Failure) {
            whole = try WholeScript(source) { try? ScriptFiles.content(of: $0) }
        } catch {
            throw CommandFailure(error.description)
        }
        guard let text = String(validating: whole.bytes, as: UTF8.self) else {
            throw CommandFailure("\(path): not UTF-8")
        }
        do throws(ScriptHeaderError) {
            runner = try ScriptTestRunner(source: text, name: path, comparedWith: compared)
        } catch {
            throw CommandFailure("\(path):\(error)")
        }
    }

    // MARK: Coverage

    /// The lines of the whole script, none of which was come to yet.
    func coverage() throws(CommandFailure) -> LineCoverage {
        do throws(EngineError) {
            return LineCoverage(path: path, activeLines: try runner.activeLines())
        } catch {
            throw CommandFailure(syntaxError ?? "\(path): \(error.serverError?.line ?? error.message)")
        }
    }

    /// What tests came to in each file: in the script, then in those that it includes.
    func parts(of coverage: LineCoverage) -> [LineCoverage] {
        let paths = whole.paths
        guard paths.count > 1 else { return [coverage] }
        var counts: [[Int: Int]] = Array(repeating: [:], count: paths.count)
        let origins = whole.lineOrigins()
        for (line, count) in coverage.counts where line <= origins.count {
            counts[origins[line - 1].file][origins[line - 1].line] = count
        }
        return zip(paths, counts).map { LineCoverage(path: $0, counts: $1) }
    }

    /// What is no Lua in the script, with its place.
    private var syntaxError: String? {
        do throws(LuaSyntaxError) {
            _ = try LuaParser.parse(whole.bytes.withoutShebang)
            return nil
        } catch {
            let (file, place) = whole.origin(of: error.position)
            return "\(whole.paths[file]):\(place): \(error.message)"
        }
    }
}
