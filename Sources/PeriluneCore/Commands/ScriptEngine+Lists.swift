// Lists: elements in the order in which they were put at the ends.

extension ScriptEngine {
    /// Puts elements at the head of a list, one after the other: the last one becomes the first.
    ///
    /// - Parameters:
    ///   - key: The list.
    ///   - elements: At least one.
    /// - Returns: The length now.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(number of elements).
    @discardableResult
    public func lpush(_ key: RedisKey, _ elements: [some RedisArgumentConvertible]) async throws(EngineError) -> Int {
        try await run(.lpush(key, elements))
    }

    /// Puts elements at the tail of a list.
    ///
    /// - Parameters:
    ///   - key: The list.
    ///   - elements: At least one.
    /// - Returns: The length now.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(number of elements).
    @discardableResult
    public func rpush(_ key: RedisKey, _ elements: [some RedisArgumentConvertible]) async throws(EngineError) -> Int {
        try await run(.rpush(key, elements))
    }

    /// Takes the first element of a list.
    ///
    /// - Returns: The element; `nil` when there is none.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(1).
    public func lpop<V: RedisValue>(_ key: RedisKey, as type: V.Type = String.self) async throws(EngineError) -> V? {
        try await run(.lpop(key, as: type))
    }

    /// Takes the last element of a list.
    ///
    /// - Returns: The element; `nil` when there is none.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(1).
    public func rpop<V: RedisValue>(_ key: RedisKey, as type: V.Type = String.self) async throws(EngineError) -> V? {
        try await run(.rpop(key, as: type))
    }

    /// Takes elements from the head of a list.
    ///
    /// - Returns: At most `count` elements, the first one in front.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(number of elements taken).
    public func lpop<V: RedisValue>(_ key: RedisKey, count: Int, as type: V.Type = String.self)
        async throws(EngineError) -> [V]
    {
        try await run(.lpop(key, count: count, as: type))
    }

    /// Takes elements from the tail of a list.
    ///
    /// - Returns: At most `count` elements, the last one in front.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(number of elements taken).
    public func rpop<V: RedisValue>(_ key: RedisKey, count: Int, as type: V.Type = String.self)
        async throws(EngineError) -> [V]
    {
        try await run(.rpop(key, count: count, as: type))
    }

    /// The length of a list; 0 when there is no such key.
    ///
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(1).
    public func llen(_ key: RedisKey) async throws(EngineError) -> Int {
        try await run(.llen(key))
    }

    /// A part of a list.
    ///
    /// - Returns: The elements from `start` to `end`, both included; negative indices count from the end, -1 being the last.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(distance to the nearer end, and elements).
    public func lrange<V: RedisValue>(
        _ key: RedisKey, from start: Int = 0, to end: Int = -1, as type: V.Type = String.self
    ) async throws(EngineError) -> [V] {
        try await run(.lrange(key, from: start, to: end, as: type))
    }

    /// An element of a list by its index; negative ones count from the end.
    ///
    /// - Returns: The element; `nil` when there is none.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(distance to the nearer end).
    public func lindex<V: RedisValue>(_ key: RedisKey, _ index: Int, as type: V.Type = String.self)
        async throws(EngineError) -> V?
    {
        try await run(.lindex(key, index, as: type))
    }

    /// Overwrites an element of a list. An index out of range is an error.
    ///
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(distance to the nearer end).
    public func lset(_ key: RedisKey, _ index: Int, _ element: some RedisArgumentConvertible) async throws(EngineError)
    {
        try await run(.lset(key, index, element))
    }

    /// Puts an element before or after the first one that equals another.
    ///
    /// ```swift
    /// try await redis.linsert("steps", "wait", .before, "send")
    /// ```
    ///
    /// - Returns: The length now; `nil` when the other element is not there.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(distance of the other from the head).
    @discardableResult
    public func linsert(
        _ key: RedisKey, _ element: some RedisArgumentConvertible, _ place: ListPlace,
        _ pivot: some RedisArgumentConvertible
    ) async throws(EngineError) -> Int? {
        try await run(.linsert(key, element, place, pivot))
    }

    /// Removes elements that equal one.
    ///
    /// - Parameters:
    ///   - key: The list.
    ///   - element: What to remove.
    ///   - count: How many at most: from the head when positive, from the tail when negative; 0 for all.
    /// - Returns: How many were removed.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(length of the list).
    @discardableResult
    public func lrem(_ key: RedisKey, _ element: some RedisArgumentConvertible, count: Int = 0)
        async throws(EngineError) -> Int
    {
        try await run(.lrem(key, element, count: count))
    }

    /// Keeps only a part of a list: from `start` to `end`, both included; negative indices count from the end.
    ///
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(number of elements removed).
    public func ltrim(_ key: RedisKey, from start: Int, to end: Int) async throws(EngineError) {
        try await run(.ltrim(key, from: start, to: end))
    }

    /// Takes an element from an end of a list and puts it at an end of another, or of the same.
    ///
    /// ```swift
    /// let job = try await redis.lmove("waiting", .right, to: "working", .left)
    /// ```
    ///
    /// - Returns: The element; `nil` when there is none.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(1).
    public func lmove<V: RedisValue>(
        _ key: RedisKey, _ from: ListEnd, to destination: RedisKey, _ end: ListEnd, as type: V.Type = String.self
    ) async throws(EngineError) -> V? {
        try await run(.lmove(key, from, to: destination, end, as: type))
    }

    /// The index of the first element that equals one.
    ///
    /// - Returns: The index; `nil` when there is none.
    /// - Throws: ``EngineError``.
    /// - Complexity: One round trip; O(length of the list).
    public func lpos(_ key: RedisKey, _ element: some RedisArgumentConvertible) async throws(EngineError) -> Int? {
        try await run(.lpos(key, element))
    }
}
