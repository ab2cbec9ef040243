/// What a script answers with, as the type that it is in Swift.
///
/// Generated bindings run scripts so:
///
/// ```swift
/// let left = try await engine.call(script, keys: ["stock:tea"], arguments: [], expecting: .optional(.integer))
/// ```
public struct ScriptReply<Value>: Sendable {
    let decoder: ReplyDecoder<Value>

    init(_ decoder: ReplyDecoder<Value>) { self.decoder = decoder }
}

extension ScriptReply<Int> {
    /// An integer.
    public static let integer = Self(.integer)
}

extension ScriptReply<String> {
    /// A string of bytes that is UTF-8.
    public static let text = Self(.value())

    /// A status, such as `OK`.
    public static let status = Self(ReplyDecoder("a status") { if case .status(let text) = $0 { text } else { nil } })
}

extension ScriptReply<[UInt8]> {
    /// A string of bytes.
    public static let bytes = Self(ReplyDecoder("a string") { $0.bytes })
}

extension ScriptReply {
    /// What another one says, or null.
    public static func optional<Wrapped>(_ wrapped: ScriptReply<Wrapped>) -> Self where Value == Wrapped? {
        let wrapped = wrapped.decoder
        return Self(
            ReplyDecoder("\(wrapped.expectation) or null") { reply in
                reply.isNull ? .some(nil) : wrapped.read(reply).map { .some($0) }
            })
    }

    /// An array, each of whose elements is what another one says.
    public static func array<Element>(_ element: ScriptReply<Element>) -> Self where Value == [Element] {
        let element = element.decoder
        return Self(
            ReplyDecoder("an array, each element \(element.expectation)") { $0.elements(element.read) })
    }
}

extension ScriptEngine {
    /// Runs a script whose answers are of one type.
    ///
    /// - Parameter expected: What the script answers with.
    /// - Throws: ``EngineError``; ``EngineError/Code/unexpectedReply`` when the reply is of another type.
    /// - Complexity: One round trip, and one more the first time a server sees the script.
    public func call<Value>(
        _ script: LuaScript, keys: [RedisKey], arguments: [RedisArgument], expecting expected: ScriptReply<Value>
    ) async throws(EngineError) -> Value {
        try expected.decoder.decode(try await call(script, keys: keys, arguments: arguments), of: script.name)
    }
}
