public import PeriluneCore

/// Why a document could not be read or written.
public enum JSONDocumentError: Error, Sendable, Hashable {
    /// The value is none that JSON can hold; the text tells why.
    case notEncodable(String)
    /// What is stored is not a value of the type that was asked for; the text tells why.
    case notDecodable(String)
    /// Arrays and objects lie in one another more than ``JSONDocuments/deepestNesting`` times.
    case tooDeep
    /// A name in a path has a backslash, or quotation marks of both kinds.
    case unsupportedMember(String)
    /// The engine gave no answer, or refused: with the code `WRONGTYPE` when a key or a part holds something else than
    /// the call needs.
    case engine(EngineError)
}

extension JSONDocumentError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notEncodable(let reason): "the value cannot be JSON: \(reason)"
        case .notDecodable(let reason): "the stored JSON is not the type asked for: \(reason)"
        case .tooDeep: "arrays and objects lie in one another more than \(JSONDocuments.deepestNesting) times"
        case .unsupportedMember(let name):
            "\"\(name.prefix(80))\" cannot stand in a path: it has a backslash, or quotation marks of both kinds"
        case .engine(let error): "\(error)"
        }
    }
}
