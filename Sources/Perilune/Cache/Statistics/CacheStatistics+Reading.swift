import PeriluneCore

extension CacheStatistics {
    /// Reads the statistics of a region.
    ///
    /// A region of which nothing was counted in the last 25 hours has done nothing.
    ///
    /// - Parameters:
    ///   - engine: Where the statistics are.
    ///   - key: The key of the region's statistics.
    ///   - window: How far back they reach.
    /// - Throws: ``EngineError``; ``EngineError/Code/unexpectedReply`` when the key holds something else.
    /// - Complexity: Two round trips, 241 bytes for each minute.
    static func read(
        from engine: any ScriptEngine, key: RedisKey, window: Window
    ) async throws(EngineError) -> CacheStatistics {
        // Of the node that has the key, whose clock the slots follow.
        let head = try await engine.together([RedisCommand("TIME"), RedisCommand("STRLEN", [key.argument])])
        let (microseconds, length) = try Self.head(head)
        let last = microseconds / 60_000_000
        let first = max(last - Int64(window.minutes), 0)
        var counts = Array(repeating: CacheCounts(), count: Int(last - first) + 1)
        if length > 0 {
            guard length == CacheSlot.allBytes else { throw .noStatistics }
            let ranges = Self.slots(from: first, through: last)
            let replies = try await engine.pipeline(
                ranges.map { slots in
                    RedisCommand(
                        "GETRANGE",
                        [
                            key.argument, .integer(slots.lowerBound * CacheSlot.bytes),
                            .integer(slots.upperBound * CacheSlot.bytes - 1),
                        ])
                })
            guard replies.count == ranges.count else { throw .noStatistics }
            var minute = first
            for (slots, reply) in zip(ranges, replies) {
                let bytes = try Self.bytes(of: reply, slots: slots.count)
                for slot in slots.indices {
                    let start = (slot - slots.lowerBound) * CacheSlot.bytes
                    if start < bytes.count {
                        counts[Int(minute - first)] = CacheCounts(slot: bytes[start...], of: minute)
                    }
                    minute += 1
                }
            }
        }
        return CacheStatistics(microseconds: microseconds, firstMinute: first, counts: counts)
    }

    /// The engine's time in microseconds since 1970, and the length of the string.
    private static func head(_ replies: [RedisReply]) throws(EngineError) -> (microseconds: Int64, length: Int) {
        for reply in replies { if case .error(let error) = reply { throw EngineError(error) } }
        // Far from where anything overflows.
        let seconds: Range<Int64> = 0..<1 << 40
        guard replies.count == 2, let time = replies[0].array, time.count == 2,
            let second = time[0].string.flatMap({ Int64($0) }), seconds.contains(second),
            let rest = time[1].string.flatMap({ Int64($0) }), (0..<1_000_000).contains(rest),
            let length = replies[1].integer
        else { throw .noStatistics }
        return (second * 1_000_000 + rest, length)
    }

    /// The slots of some minutes, fewer than there are slots: one range, or two where they go beyond the end.
    private static func slots(from first: Int64, through last: Int64) -> [Range<Int>] {
        let start = Int(first % Int64(CacheSlot.count))
        let end = start + Int(last - first) + 1
        guard end > CacheSlot.count else { return [start..<end] }
        return [start..<CacheSlot.count, 0..<end - CacheSlot.count]
    }

    /// The bytes of some slots; none when the string has expired meanwhile.
    private static func bytes(of reply: RedisReply, slots: Int) throws(EngineError) -> [UInt8] {
        if case .error(let error) = reply { throw EngineError(error) }
        guard let bytes = reply.bytes, bytes.isEmpty || bytes.count == slots * CacheSlot.bytes else {
            throw .noStatistics
        }
        return bytes
    }
}

extension CacheCounts {
    /// Reads a slot of a minute.
    ///
    /// - Parameters:
    ///   - slot: Bytes that begin with a whole slot.
    ///   - minute: The minute it is to be. One of another minute holds nothing of this one.
    init(slot: ArraySlice<UInt8>, of minute: Int64) {
        self.init()
        var at = slot.startIndex
        func integer(_ bytes: Int) -> Int {
            defer { at += bytes }
            return slot[at..<at + bytes].reversed().reduce(0) { $0 << 8 | Int($1) }
        }
        guard integer(4) == minute else { return }
        for counter in 0..<CacheSlot.counters { self[counter] = integer(counter < CacheSlot.firstSum ? 5 : 6) }
    }
}

extension EngineError {
    fileprivate static let noStatistics = EngineError(
        .unexpectedReply, "the key of a cache's statistics holds something else")
}
