import PeriluneCheck
import PeriluneLua

extension ScriptSource {
    init(_ path: String = "script.lua", _ text: String) { self.init(path: path, bytes: Array(text.utf8)) }
}

extension Validator {
    /// The findings of a script as `line:column rule`.
    func places(in text: String) -> [String] { findings(in: ScriptSource("script.lua", text)).map(\.place) }
}

extension Finding {
    /// Where it stands and by which rule.
    var place: String { "\(range.start) \(rule)" }
}
