import Foundation

/// The commands of a cache region's shard as bytes, with numbers for keys and tags.
struct CacheCalls {
    typealias Trip = ExchangeCost.Trip

    /// What all keys of the shard begin with.
    let prefix: String
    private let digests: [String: String]

    static let epoch = "epoch123"
    static let owner = "an owner, 16 B.."
    static let lifetime = 3_600_000

    /// - Parameter prefix: With a hash tag. The default makes keys of entries of 22 bytes.
    init(server: BenchmarkServer, scripts: URL, prefix: String = "{r1}:") throws {
        self.prefix = prefix
        let client = try RawClient(port: server.port)
        var digests: [String: String] = [:]
        for name in ["lease", "set", "put", "invalidate", "invalidate_all", "clear"] {
            let file = scripts.appendingPathComponent("cache/\(name).lua")
            digests[name] = try client.send("SCRIPT", "LOAD", String(contentsOf: file, encoding: .utf8))
        }
        self.digests = digests
    }

    // MARK: Names

    var control: String { prefix + "c" }
    private var messages: String { prefix + "m" }
    private var done: String { prefix + "d" }

    static func digits(_ number: Int, _ count: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(count - text.count, 0)) + text
    }

    private func name(_ number: Int) -> String { "user:" + Self.digits(number, 10) }
    func entry(_ number: Int) -> String { prefix + "e:" + name(number) }
    private func lease(_ number: Int) -> String { prefix + "l:" + name(number) }
    private func staging(_ number: Int) -> String { prefix + "w:" + Self.digits(number, 22) }

    /// A tag of 10 bytes.
    static func tag(_ number: Int) -> String { "tag:" + digits(number, 6) }
    /// So many of a thousand tags.
    static func tags(_ count: Int, of number: Int) -> [String] { (0..<count).map { tag((number * 7 + $0) % 1_000) } }

    // MARK: Entries

    /// An entry as `cache.set` describes it.
    static func entry(_ value: [UInt8], tags: [String], sequence: String = digits(0, 16)) -> [UInt8] {
        func number(_ number: Int, _ bytes: Int) -> [UInt8] {
            (0..<bytes).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
        }
        var entry: [UInt8] = [0x71, 0] + Array(epoch.utf8) + Array(sequence.utf8)
        entry += number(lifetime, 5) + number(lifetime, 5) + number(12, 3) + [0, UInt8(tags.count)]
        for tag in tags { entry += [UInt8(tag.utf8.count)] + Array(tag.utf8) }
        return entry + value
    }

    // MARK: Commands

    /// A command with words of text and of bytes.
    static func command(_ words: [any Sequence<UInt8>]) -> Trip {
        Trip(bytes: RawClient.encode(words.map { Array($0) }), replies: 1)
    }

    private func call(_ script: String, keys: [String], _ arguments: [any Sequence<UInt8>]) -> Trip {
        let words: [any Sequence<UInt8>] =
            ["EVALSHA".utf8, (digests[script] ?? "").utf8, "\(keys.count)".utf8] + keys.map { $0.utf8 } + arguments
        return Self.command(words)
    }

    static func set(_ key: String, _ value: [UInt8], lifetime: Int = lifetime) -> Trip {
        command(["SET".utf8, key.utf8, value, "PX".utf8, "\(lifetime)".utf8])
    }

    static func get(_ key: String) -> Trip { command(["GET".utf8, key.utf8]) }

    /// What a read sends.
    func read(_ number: Int, tags: [String]) -> Trip {
        let key = entry(number)
        return Self.command(["PTTL".utf8, key.utf8]) + Self.get(key) + head(tags)
    }

    func head(_ tags: [String]) -> Trip {
        let words = ["HMGET", control, "h"] + tags.map { "t" + $0 }
        return Self.command(words.map { $0.utf8 })
    }

    /// - Parameter seen: The entry that is there, if any.
    func lease(_ number: Int, seen: [UInt8] = [], time: Int = 30_000) -> Trip {
        call(
            "lease", keys: [control, entry(number), lease(number)],
            [Self.owner.utf8, "\(time)".utf8, Self.epoch.utf8, seen.prefix(41)])
    }

    /// Stores an entry under a lease; through Lua, or staged in a round trip of its own.
    func set(
        _ number: Int, _ entry: [UInt8], tags: [String], sequence: String, isStaged: Bool, lifetime: Int = lifetime
    )
        -> [Trip]
    {
        let set = call(
            "set", keys: [control, self.entry(number), lease(number), staging(number)],
            [
                Self.owner.utf8, (Self.epoch + sequence).utf8, "\(lifetime)".utf8, isStaged ? [] : entry, done.utf8,
                name(number).utf8,
            ] + tags.map { ("t" + $0).utf8 })
        return isStaged ? [Self.set(staging(number), entry, lifetime: lifetime), set] : [set]
    }

    /// Stores an entry whatever is being computed.
    func put(_ number: Int, _ entry: [UInt8], isStaged: Bool) -> [Trip] {
        let put = call(
            "put", keys: [control, self.entry(number), lease(number), staging(number)],
            [
                Self.epoch.utf8, "\(Self.lifetime)".utf8, isStaged ? [] : entry, messages.utf8, done.utf8,
                name(number).utf8,
            ])
        return isStaged ? [Self.set(staging(number), entry), put] : [put]
    }

    func invalidate(_ tags: [String]) -> Trip {
        call("invalidate", keys: [control], [Self.epoch.utf8, messages.utf8] + tags.map { ("t" + $0).utf8 })
    }

    func invalidate(allOf tags: [String]) -> Trip {
        call("invalidate_all", keys: [control], [Self.epoch.utf8, messages.utf8] + tags.map { ("t" + $0).utf8 })
    }

    func clear() -> Trip {
        call("clear", keys: [control], [Self.epoch.utf8, messages.utf8, "".utf8, "".utf8])
    }

    /// The shard's sequence; makes its head if there is none.
    func sequence(_ client: RawClient) throws -> String {
        try client.exchange(lease(9_999_999_999, time: 1))
        return String(try client.send("HGET", control, "h").dropFirst(32).prefix(16))
    }
}
