public import PeriluneCore

#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

/// JSON documents at keys: `Codable` values that can be read and changed as a whole or in part.
///
/// ```swift
/// let documents = JSONDocuments(engine: redis)
/// try await documents.set(user, at: "user:7", expiring: .seconds(3600))
/// let city = try await documents.get(String.self, at: "user:7", path: ["addresses", 0, "city"])
/// try await documents.increment(at: "user:7", path: ["visits"])
/// ```
///
/// On a server with RedisJSON 2.0 or later a document is a value of its type, and other clients may use its commands.
/// Everywhere else, the embedded engine included, a document is a string with JSON text, and one script changes a part of
/// it in place. Every call is atomic, and its result is the same both ways, with these limits:
/// - RedisJSON keeps numbers as 64-bit integers or doubles. Text keeps any number as it was encoded.
/// - A string is overwritten whatever the key held; RedisJSON refuses to overwrite a key of another type.
/// - Text that others have put at the key is searched as it is. Of members with the same name the first one counts.
/// - Names in paths may not have a backslash, nor quotation marks of both kinds.
public struct JSONDocuments: Sendable {
    /// How often arrays and objects may lie in one another, counted from the root of the document: as in RedisJSON.
    public static let deepestNesting = 128

    /// How documents are kept.
    public enum Storage: Sendable, Hashable {
        /// As values of RedisJSON.
        case module
        /// As strings with JSON text.
        case string
    }

    let engine: any ScriptEngine
    private let encoder: JSONEncoder
    private let decoder: JSONDecoder
    private let storage: Locked<Storage?>

    /// Creates the access to an engine's documents.
    ///
    /// - Parameters:
    ///   - engine: Where the documents are.
    ///   - storage: How they are kept. When `nil` the engine is asked once, with the first call, whether it has
    ///     RedisJSON; a user who may not ask counts as without. Documents of one kind are not found as the other.
    ///   - encoder: Makes JSON of values. Must not be changed any more.
    ///   - decoder: Makes values of JSON. Must not be changed any more.
    public init(
        engine: any ScriptEngine, storage: Storage? = nil, encoder: JSONEncoder = JSONEncoder(),
        decoder: JSONDecoder = JSONDecoder()
    ) {
        self.engine = engine
        self.encoder = encoder
        self.decoder = decoder
        self.storage = Locked(storage)
    }

    /// How documents are kept.
    ///
    /// - Throws: ``JSONDocumentError/engine(_:)``.
    /// - Complexity: One round trip the first time, when it was not given; then none.
    public func currentStorage() async throws(JSONDocumentError) -> Storage {
        if let known = storage.withLock({ $0 }) { return known }
        let found: Storage
        do {
            let reply = try await engine.send(
                RedisCommand("COMMAND", ["INFO", "JSON.SET"], isRepeatable: true))
            found = reply.array?.first?.array == nil ? .string : .module
        } catch {
            // An engine that has no such command, or does not let this user ask.
            guard let code = error.serverError?.code, code == "ERR" || code == "NOPERM" else { throw .engine(error) }
            found = .string
        }
        storage.withLock { $0 = found }
        return found
    }

    // MARK: JSON

    /// A value as JSON text.
    ///
    /// - Parameter depth: How deep it is to lie in a document.
    func encode(_ value: some Encodable, depth: Int) throws(JSONDocumentError) -> [UInt8] {
        let text: [UInt8]
        do { text = Array(try encoder.encode(value)) } catch { throw .notEncodable(CodingFailure.text(error)) }
        guard JSONNesting.depth(of: text) + depth <= Self.deepestNesting else { throw .tooDeep }
        return text
    }

    func decode<Value: Decodable>(_ text: some Sequence<UInt8>, as type: Value.Type) throws(JSONDocumentError) -> Value
    {
        do { return try decoder.decode(type, from: Data(text)) } catch {
            throw .notDecodable(CodingFailure.text(error))
        }
    }
}

/// How arrays and objects lie in one another.
enum JSONNesting {
    /// How often they do in a text that is valid JSON. O(length of the text).
    static func depth(of text: [UInt8]) -> Int {
        var depth = 0
        var deepest = 0
        var isString = false
        var isEscaped = false
        for byte in text {
            switch byte {
            case _ where isEscaped: isEscaped = false
            case UInt8(ascii: "\\") where isString: isEscaped = true
            case UInt8(ascii: "\""): isString.toggle()
            case _ where isString: break
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                depth += 1
                deepest = max(deepest, depth)
            case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
            default: break
            }
        }
        return deepest
    }
}
