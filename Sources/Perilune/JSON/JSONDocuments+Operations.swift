public import PeriluneCore

extension JSONDocuments {
    /// Reads a document or a part of it.
    ///
    /// - Parameters:
    ///   - type: What to read.
    ///   - key: The document's key.
    ///   - path: The part; the whole document when it is left out.
    /// - Returns: The value; `nil` when there is no such key or part.
    /// - Throws: ``JSONDocumentError``. A part of a document that a string holds is read by the script that also changes
    ///   documents, which is not run again when a connection breaks.
    /// - Complexity: One round trip; O(length of the document's text), of which only the part is sent.
    public func get<Value: Decodable>(
        _ type: Value.Type, at key: RedisKey, path: JSONPath = .root
    ) async throws(JSONDocumentError) -> Value? {
        try path.validate()
        switch try await currentStorage() {
        case .module:
            let text = try await reply { engine throws(EngineError) in
                try await engine.run(
                    TypedCommand<[UInt8]?>.json(
                        RedisCommand("JSON.GET", [key.argument, .string(path.expression)], isRepeatable: true)))
            }
            // An array of all matches, of which there is one at most.
            guard let matches = text?.dropFirst().dropLast(), !matches.isEmpty else { return nil }
            return try decode(matches, as: type)
        case .string where path == .root:
            let text = try await reply { engine throws(EngineError) in try await engine.get(key, as: [UInt8].self) }
            return try text.map { text throws(JSONDocumentError) in try decode(text, as: type) }
        case .string:
            let text = try await edit(.get, at: key, path: path)
            return try text.map { text throws(JSONDocumentError) in try decode(text, as: type) }
        }
    }

    /// Writes a whole document.
    ///
    /// - Parameters:
    ///   - value: The document.
    ///   - key: Its key.
    ///   - condition: When to write. One that is not met changes nothing, the expiry neither.
    ///   - expiry: What becomes of the key's expiry, in the same step.
    /// - Returns: Whether it was written: `false` when the condition did not hold.
    /// - Throws: ``JSONDocumentError``.
    /// - Complexity: One round trip; O(length of the text).
    @discardableResult
    public func set(
        _ value: some Encodable, at key: RedisKey, if condition: SetCondition = .always,
        expiring expiry: Expiry = .never
    ) async throws(JSONDocumentError) -> Bool {
        let text = try encode(value, depth: 0)
        switch try await currentStorage() {
        case .module:
            return try await change(.set, at: key, path: .root, [text], expiry, condition) != nil
        case .string:
            return try await reply { engine throws(EngineError) in
                try await engine.set(key, text, if: condition, expiring: expiry)
            }
        }
    }

    /// Writes a part of a document: replaces what is there, or adds a member to an object.
    ///
    /// - Parameters:
    ///   - value: The part.
    ///   - key: The document's key.
    ///   - path: Where the part is. All steps but the last must lead somewhere, and an element must be there.
    ///   - expiry: What becomes of the expiry of the whole document, in the same step.
    /// - Returns: Whether it was written: `false` when there is no such document or no such place, and nothing is changed.
    /// - Throws: ``JSONDocumentError``.
    /// - Complexity: One round trip; O(length of the document's text).
    @discardableResult
    public func set(
        _ value: some Encodable, at key: RedisKey, path: JSONPath, expiring expiry: Expiry = .unchanged
    ) async throws(JSONDocumentError) -> Bool {
        try path.validate()
        let text = try encode(value, depth: path.steps.count)
        switch try await currentStorage() {
        case .module:
            let condition: SetCondition = path == .root ? .ifPresent : .always
            return try await change(.set, at: key, path: path, [text], expiry, condition) != nil
        case .string:
            return try await edit(.set, at: key, path: path, text, expiry) != nil
        }
    }

    /// Removes a document or a part of it. Elements behind one that is removed move up.
    ///
    /// - Parameters:
    ///   - key: The document's key.
    ///   - path: The part; the whole document, and with it the key, when it is left out.
    /// - Returns: Whether it was there.
    /// - Throws: ``JSONDocumentError``.
    /// - Complexity: One round trip; O(length of the document's text).
    @discardableResult
    public func delete(at key: RedisKey, path: JSONPath = .root) async throws(JSONDocumentError) -> Bool {
        try path.validate()
        return switch try await currentStorage() {
        case .module: try await change(.delete, at: key, path: path) != nil
        case .string: try await edit(.delete, at: key, path: path) != nil
        }
    }

    /// Adds to an integer in a document.
    ///
    /// - Parameters:
    ///   - key: The document's key.
    ///   - path: Where the integer is.
    ///   - amount: What to add.
    /// - Returns: The sum; `nil` when there is no such document or part.
    /// - Throws: ``JSONDocumentError``; the engine refuses what is no integer, and numbers and sums of more than
    ///   2^53 - 1 in magnitude. Nothing is changed then.
    /// - Complexity: One round trip; O(length of the document's text).
    @discardableResult
    public func increment(
        at key: RedisKey, path: JSONPath, by amount: Int = 1
    ) async throws(JSONDocumentError) -> Int? {
        guard let text = try await add("\(amount)", at: key, path: path) else { return nil }
        return try decode(text, as: Int.self)
    }

    /// Adds to a number in a document, which is then one with a fraction or an exponent.
    ///
    /// - Parameters:
    ///   - key: The document's key.
    ///   - path: Where the number is.
    ///   - amount: What to add.
    /// - Returns: The sum; `nil` when there is no such document or part.
    /// - Throws: ``JSONDocumentError``; the engine refuses what is no number, and sums that are none. Nothing is changed
    ///   then.
    /// - Complexity: One round trip; O(length of the document's text).
    @discardableResult
    public func increment(
        at key: RedisKey, path: JSONPath, by amount: Double
    ) async throws(JSONDocumentError) -> Double? {
        guard amount.isFinite else { throw .notEncodable("\(amount) is no number in JSON") }
        guard let text = try await add(amount.description, at: key, path: path) else { return nil }
        return try decode(text, as: Double.self)
    }

    /// Appends elements to an array in a document.
    ///
    /// - Parameters:
    ///   - values: The elements; at most 1,000.
    ///   - key: The document's key.
    ///   - path: Where the array is.
    ///   - expiry: What becomes of the expiry of the whole document, in the same step.
    /// - Returns: How many elements the array has now; `nil` when there is no such document or part.
    /// - Throws: ``JSONDocumentError``; the engine refuses what is no array.
    /// - Complexity: One round trip; O(length of the document's text).
    @discardableResult
    public func append(
        _ values: [some Encodable], at key: RedisKey, path: JSONPath, expiring expiry: Expiry = .unchanged
    ) async throws(JSONDocumentError) -> Int? {
        try path.validate()
        guard (1...1_000).contains(values.count) else {
            throw .notEncodable("\(values.count) elements are to be appended, not 1 to 1000")
        }
        var texts: [[UInt8]] = []
        for value in values { texts.append(try encode(value, depth: path.steps.count + 1)) }
        let before =
            switch try await currentStorage() {
            case .module: try await change(.append, at: key, path: path, texts, expiry)
            case .string:
                try await edit(
                    .append, at: key, path: path, Array(texts.joined(separator: CollectionOfOne(UInt8(ascii: ",")))),
                    expiry)
            }
        guard let before else { return nil }
        return try decode(before, as: Int.self) + values.count
    }

    private func add(
        _ amount: String, at key: RedisKey, path: JSONPath
    ) async throws(JSONDocumentError) -> [UInt8]? {
        try path.validate()
        let amount = Array(amount.utf8)
        return switch try await currentStorage() {
        case .module: try await change(.increment, at: key, path: path, [amount])
        case .string: try await edit(.increment, at: key, path: path, amount)
        }
    }
}
