import PeriluneCore

/// The keys of one shard of sessions. All of them have one hash tag.
struct SessionShard: Sendable {
    let index: Int
    let sessions: RedisKey
    let users: RedisKey
    let wheel: RedisKey
    let counters: RedisKey
    let events: RedisKey
    let lease: RedisKey

    init(_ index: Int, name: String, keySpace: KeySpace) {
        self.index = index
        let prefix = "\(keySpace.namespace):{\(name).\(index)}:"
        sessions = RedisKey(prefix + "s:")
        users = RedisKey(prefix + "u:")
        wheel = RedisKey(prefix + "w")
        counters = RedisKey(prefix + "c")
        events = RedisKey(prefix + "e")
        lease = RedisKey(prefix + "l")
    }

    func session(_ id: SessionID) -> RedisKey { RedisKey(sessions.name + id.hash) }

    /// The index of a user's sessions; a key that is never used for nobody's.
    func user(_ id: String?) -> RedisKey { RedisKey(users.name + (id ?? "")) }
}
