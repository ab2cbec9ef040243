/// The elements of a keyspace or of a large collection, read piece by piece with `SCAN` and its family.
///
/// ```swift
/// for try await key in redis.scan(matching: "session:*") { print(key) }
/// ```
///
/// What is there from the beginning to the end of the loop is given at least once. What is added or removed meanwhile
/// may be given or not, and an element may be given more than once. The loop may end at any time: an engine keeps nothing
/// for it. It throws ``EngineError/Code/cancelled`` when its task is cancelled.
public struct ScanSequence<Element: Sendable>: AsyncSequence, Sendable {
    public typealias Failure = EngineError

    let engine: any ScriptEngine
    let name: String
    /// What stands before the cursor, and what behind it.
    let key: RedisKey?
    let options: [RedisArgument]
    let decoder: ReplyDecoder<[Element]>

    public func makeAsyncIterator() -> Iterator { Iterator(sequence: self) }

    /// Reads one piece after the other.
    public struct Iterator: AsyncIteratorProtocol, Sendable {
        let sequence: ScanSequence
        private var piece: ArraySlice<Element> = []
        /// Where to go on; `nil` at the end.
        private var cursor: [UInt8]? = Array("0".utf8)

        init(sequence: ScanSequence) { self.sequence = sequence }

        /// The next element.
        ///
        /// - Throws: ``EngineError``; ``EngineError/Code/unexpectedReply`` for an element that cannot be read as the
        ///   type that was asked for.
        /// - Complexity: A round trip for every piece, of which some may be empty.
        public mutating func next(
            isolation actor: isolated (any Actor)? = #isolation
        ) async throws(EngineError) -> Element? {
            while piece.isEmpty {
                guard let next = try await nextPiece() else { return nil }
                piece = next
            }
            return piece.popFirst()
        }

        /// What one round trip brings, which may be nothing; `nil` at the end.
        ///
        /// For who counts the steps. Not to be mixed with ``next(isolation:)``.
        package mutating func nextPiece() async throws(EngineError) -> ArraySlice<Element>? {
            guard let cursor else { return nil }
            if Task.isCancelled { throw EngineError(.cancelled, "cancelled between two pieces") }
            let next: ArraySlice<Element>
            (self.cursor, next) = try await sequence.piece(at: cursor)
            return next
        }
    }

    private func piece(at cursor: [UInt8]) async throws(EngineError) -> ([UInt8]?, ArraySlice<Element>) {
        let arguments = (key.map { [$0.argument] } ?? []) + [.bytes(cursor)] + options
        let reply = try await engine.send(RedisCommand(name, arguments, isRepeatable: true))
        guard let parts = reply.array, parts.count == 2, let next = parts[0].bytes,
            let elements = decoder.read(parts[1])
        else { throw EngineError.unexpected(reply, of: name, expected: "a cursor and \(decoder.expectation)") }
        return (next == Array("0".utf8) ? nil : next, elements[...])
    }
}

extension ScriptEngine {
    /// Goes over all keys.
    ///
    /// - Parameters:
    ///   - pattern: What keys have to match, such as `user:*`; all when `nil`.
    ///   - type: What keys have to hold; anything when `nil`.
    ///   - count: About how many keys are looked at for a piece. More make fewer round trips, and longer ones for others.
    ///   - valueType: What to read keys as. Keys that are not text in UTF-8 can be read as bytes.
    /// - Complexity: O(number of all keys), whatever the pattern; a round trip for every `count` of them.
    public func scan<V: RedisValue>(
        matching pattern: String? = nil, type: RedisType? = nil, count: Int? = nil, as valueType: V.Type = String.self
    ) -> ScanSequence<V> {
        let type = type.map { ["TYPE", .string($0.name)] as [RedisArgument] } ?? []
        return ScanSequence(
            engine: self, name: "SCAN", key: nil, options: Self.options(pattern, count) + type, decoder: .values())
    }

    /// Goes over the fields and values of a hash.
    ///
    /// - Parameters:
    ///   - key: The hash.
    ///   - pattern: What fields have to match; all when `nil`.
    ///   - count: About how many fields are looked at for a piece. Small hashes come in one.
    ///   - valueType: What to read values as.
    /// - Complexity: O(number of fields); a round trip for every `count` of them.
    public func hscan<V: RedisValue>(
        _ key: RedisKey, matching pattern: String? = nil, count: Int? = nil, as valueType: V.Type = String.self
    ) -> ScanSequence<(field: String, value: V)> {
        let decoder = ReplyDecoder<[(field: String, value: V)]>("fields and values, which are \(V.redisDescription)") {
            $0.pairs(String.self, V.self)?.map { (field: $0, value: $1) }
        }
        return ScanSequence(
            engine: self, name: "HSCAN", key: key, options: Self.options(pattern, count), decoder: decoder)
    }

    /// Goes over the members of a set.
    ///
    /// - Parameters:
    ///   - key: The set.
    ///   - pattern: What members have to match; all when `nil`.
    ///   - count: About how many members are looked at for a piece. Small sets come in one.
    ///   - valueType: What to read members as.
    /// - Complexity: O(number of members); a round trip for every `count` of them.
    public func sscan<V: RedisValue>(
        _ key: RedisKey, matching pattern: String? = nil, count: Int? = nil, as valueType: V.Type = String.self
    ) -> ScanSequence<V> {
        ScanSequence(
            engine: self, name: "SSCAN", key: key, options: Self.options(pattern, count), decoder: .values())
    }

    /// Goes over the members of a sorted set and their scores, in no particular order.
    ///
    /// - Parameters:
    ///   - key: The sorted set.
    ///   - pattern: What members have to match; all when `nil`.
    ///   - count: About how many members are looked at for a piece. Small sorted sets come in one.
    ///   - valueType: What to read members as.
    /// - Complexity: O(number of members); a round trip for every `count` of them.
    public func zscan<V: RedisValue>(
        _ key: RedisKey, matching pattern: String? = nil, count: Int? = nil, as valueType: V.Type = String.self
    ) -> ScanSequence<ScoredMember<V>> {
        ScanSequence(
            engine: self, name: "ZSCAN", key: key, options: Self.options(pattern, count), decoder: .scored())
    }

    private static func options(_ pattern: String?, _ count: Int?) -> [RedisArgument] {
        (pattern.map { ["MATCH", .string($0)] } ?? []) + (count.map { ["COUNT", .integer($0)] } ?? [])
    }
}
