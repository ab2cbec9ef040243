import PeriluneCore

/// What the scripts do, by the names they know.
enum JSONOperation: String {
    case get, set, delete, increment, append
}

extension JSONDocuments {
    /// Runs `json.document` on a document that a string holds.
    ///
    /// - Returns: The script's answer; `nil` when it found nothing.
    func edit(
        _ operation: JSONOperation, at key: RedisKey, path: JSONPath, _ value: [UInt8] = [],
        _ expiry: Expiry = .unchanged
    ) async throws(JSONDocumentError) -> [UInt8]? {
        try await reply { engine throws(EngineError) in
            let (mode, time) = expiry.words
            return try await Scripts.Json.Document.call(
                on: engine, document: key, operation: operation.rawValue, value: value, expiry: mode, time: time,
                path: path.scriptSteps)
        }
    }

    /// Runs `json.module` on a document of RedisJSON.
    ///
    /// - Returns: The script's answer; `nil` when it found nothing.
    func change(
        _ operation: JSONOperation, at key: RedisKey, path: JSONPath, _ values: [[UInt8]] = [],
        _ expiry: Expiry = .unchanged, _ condition: SetCondition = .always
    ) async throws(JSONDocumentError) -> [UInt8]? {
        try await reply { engine throws(EngineError) in
            let (mode, time) = expiry.words
            return try await Scripts.Json.Module.call(
                on: engine, document: key, operation: operation.rawValue, path: path.expression,
                parent: operation == .set ? path.parentOfMember?.expression ?? "" : "",
                condition: condition.rawValue, expiry: mode, time: time, values: values)
        }
    }

    /// Runs something on the engine, whose errors become errors of documents.
    func reply<Value>(
        _ run: (any ScriptEngine) async throws(EngineError) -> Value
    ) async throws(JSONDocumentError) -> Value {
        do { return try await run(engine) } catch { throw .engine(error) }
    }
}

extension TypedCommand<[UInt8]?> {
    /// A command of RedisJSON that answers with text or null.
    static func json(_ command: RedisCommand) -> Self {
        TypedCommand(command, expecting: "a string or null") { $0.isNull ? .some(nil) : $0.bytes.map { .some($0) } }
    }
}

extension Expiry {
    /// The expiry as the scripts take it: a word, and milliseconds.
    fileprivate var words: (mode: String, time: Int) {
        switch self {
        case .never: ("NEVER", 0)
        case .unchanged: ("KEEPTTL", 0)
        case .after(let time): ("PX", time.millisecondsRoundedUp)
        case .at(let milliseconds): ("PXAT", milliseconds)
        }
    }
}
