import HTTPTypes
import Perilune

/// The fields in which responses name their tags.
struct ResponseTags: Sendable {
    private let fields: [(name: HTTPField.Name, separator: Character)]

    /// - Parameter names: What no field can be called is left out.
    init(_ names: [String]) {
        fields = names.compactMap { HTTPField.Name($0) }.map { name in
            (name, name == .cacheTag ? "," : " ")
        }
    }

    /// The tags that some fields name, each once.
    func tags(in headers: HTTPFields) -> [CacheTag] {
        var tags: [CacheTag] = []
        var known: Set<CacheTag> = []
        for (name, separator) in fields {
            for value in headers[values: name] {
                for part in value.split(separator: separator) {
                    let text = part.drop(while: Self.isSpace).reversed().drop(while: Self.isSpace).reversed()
                    let tag = CacheTag(String(text))
                    if !text.isEmpty, known.insert(tag).inserted { tags.append(tag) }
                }
            }
        }
        return tags
    }

    /// Removes the fields.
    func remove(from headers: inout HTTPFields) {
        for (name, _) in fields { headers[name] = nil }
    }

    private static func isSpace(_ character: Character) -> Bool { character == " " || character == "\t" }
}
