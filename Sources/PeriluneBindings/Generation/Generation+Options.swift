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
        let decoder = JSONDecoder()
        guard let names = try? decoder.decode([String: AnyValue].self, from: text).keys.sorted() else {
            throw .usage("\(path): not an object in JSON; \(wanted)")
        }
        if let name = names.first(where: { OptionsFile.CodingKeys(rawValue: $0) == nil }) {
            throw .usage("\(path): \(name): not an option; \(wanted)")
        }
        guard let options = try? decoder.decode(OptionsFile.self, from: text) else {
            throw .usage("\(path): not such values; \(wanted)")
        }
        if let root = options.root { self.root = root }
        if let leavesOutOthers = options.annotatedOnly { self.leavesOutOthers = leavesOutOthers }
        guard let text = options.access else { return }
        guard let access = BindingGenerator.Access(rawValue: text) else {
            throw .usage("\(path): access: \"\(text)\" is none of internal, package, public")
        }
        self.access = access
    }

    private struct OptionsFile: Decodable {
        enum CodingKeys: String, CodingKey {
            case root, access, annotatedOnly
        }

        let root: String?
        let access: String?
        let annotatedOnly: Bool?
    }

    private struct AnyValue: Decodable {
        init(from decoder: any Decoder) {}
    }
}
