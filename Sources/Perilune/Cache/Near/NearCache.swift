/// Values of a cache region in this process, so that a hit costs no round trip and no decoding.
///
/// A value is given only as long as it is fresh, and its shard's mirror knows of no invalidation that concerns it and is
/// trusted; see ``NearMirror``. ``NearCacheListener`` keeps the mirrors. Without it there is never a hit.
///
/// A hit takes the lock of one stripe of the keys for a moment and copies nothing. What is kept when there is not room for
/// all is the policy of ``NearStripe``.
struct NearCache<Value: Sendable>: Sendable {
    /// The entries without their type, and the mirrors. Nobody else adds to it.
    let table: NearTable

    /// The value of an entry that the region's table has given, and which is not negative.
    ///
    /// - Complexity: O(1). Nothing here depends on the type but the copying of the value.
    static func value(of record: NearRecord) -> Value {
        // Only insert(_:ticket:epoch:sequence:tags:cost:freshUntil:life:) adds to this table.
        unsafeDowncast(record, to: NearValue<Value>.self).value
    }

    /// Notes that an entry is asked for. To be called before the engine is asked.
    ///
    /// - Returns: `nil` when nothing can be kept now.
    func ticket(for key: CacheKey, shard: Int, now: Int64) -> NearTicket? {
        table.ticket(for: key, shard: shard, now: now)
    }

    /// Keeps a value that was asked for, or stored, with a ticket.
    ///
    /// - Parameters:
    ///   - value: `nil` to know that there is none.
    ///   - epoch: The entry's epoch.
    ///   - sequence: The highest sequence of which it is known that the entry is valid in it: its own, or that of a head
    ///     with which it was read and found valid.
    ///   - tags: All tags of the entry.
    ///   - cost: Bytes, as stored.
    ///   - freshUntil: Until when to give it, in microseconds of the region's clock.
    /// - Returns: Whether it is kept: not when the key was changed since the ticket, when messages may have been missed
    ///   since, when something was invalidated that voids it, or when it is too large.
    @discardableResult
    func insert(
        _ value: Value?, ticket: NearTicket, epoch: UInt64, sequence: UInt64, tags: [[UInt8]], cost: Int,
        freshUntil: Int64, life: NearLife
    ) -> Bool {
        let tags = tags.map(NearTag.init)
        let record =
            if let value {
                NearValue(
                    value, key: ticket.key, cost: cost, shard: ticket.shard, sequence: sequence, tags: tags,
                    freshUntil: freshUntil, life: life)
            } else {
                NearRecord(
                    key: ticket.key, cost: cost, shard: ticket.shard, sequence: sequence, tags: tags,
                    freshUntil: freshUntil, life: life, isNegative: true)
            }
        return table.insert(record, epoch: epoch, ticket: ticket)
    }
}
