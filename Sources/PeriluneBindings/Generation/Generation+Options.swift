public import Foundation

extension Generation {
    /// Takes over the options of a `bindings.json`, such as `{"root": "Stock", "access": "public", "annotatedOnly": true}`:
    /// a build-tool plugin has no command line that its user writes.
    ///
    /// - Parameters:
    ///   - text: The content; no more than these options.
    ///   - path: How errors name the file.
    /// - Throws: ``GenerationError``.
    public mutating func take(options text: Data, of path: String) throws(GenerationError) {
        let wanted = #"wanted is for example {"root": "Scripts", "access": "public", "annotatedOnly": true}"#
        guard let options = try? JSONSerialization.jsonObject(with: text) as? [String: Any] else {
            throw .usage("\(path): not an object in JSON; \(wanted)")
        }
        for (name, value) in options.sorted(by: { $0.key < $1.key }) {
            switch (name, value) {
            case ("root", let text as String): root = text
            case ("access", let text as String):
                guard let choice = BindingGenerator.Access(rawValue: text) else {
                    throw .usage("\(path): access: \"\(text)\" is none of internal, package, public")
                }
                access = choice
            // A number is a boolean, too, to Foundation.
            case ("annotatedOnly", let flag as Bool) where "\(value)" == "true" || "\(value)" == "false":
                leavesOutOthers = flag
            default: throw .usage("\(path): \(name): not such an option, or not such a value; \(wanted)")
            }
        }
    }
}
