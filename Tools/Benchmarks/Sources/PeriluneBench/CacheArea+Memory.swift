import Foundation

extension CacheArea {
    /// What entries and invalidated tags take, and what is left of entries that have expired.
    func memory(_ server: BenchmarkServer) throws -> [Figure] {
        let calls = try CacheCalls(server: server, scripts: scripts)
        let count = quick ? 10_000 : 100_000
        /// What each of so many entries takes. Without tags: of plain strings.
        func bytes(_ tags: Int?, size: @escaping (Int) -> Int) throws -> Double {
            try taken(server, calls, count) { number in
                let value = Self.value(size(number))
                guard let tags else { return CacheCalls.set(calls.entry(number), value) }
                let names = CacheCalls.tags(tags, of: number)
                return calls.put(number, CacheCalls.entry(value, tags: names), isStaged: false).first ?? .init()
            }
        }
        var figures: [Figure] = []
        for (name, size, targets) in [
            ("200 bytes", { _ in 200 }, [nil, 32, 96]), ("100 to 400 bytes", { 100 + $0 % 301 }, [nil, nil, nil]),
        ] as [(String, (Int) -> Int, [Double?])] {
            let plain = try bytes(nil, size: size)
            for (tags, target) in zip([0, 1, 3], targets) {
                figures.append(
                    Figure(
                        "\(name), \(tags) tags: above a plain SET", try bytes(tags, size: size) - plain, "bytes",
                        target.map { _ in .atMost }, target))
            }
        }
        let tags = try taken(server, calls, 100) { group in
            calls.invalidate((group * 1_000..<(group + 1) * 1_000).map(CacheCalls.tag))
        }
        figures.append(Figure("a tag that was invalidated", tags / 1_000, "bytes"))
        return figures + (try leftovers(server, calls))
    }

    /// What commands that are given by number take, each, when the shard has its head.
    private func taken(
        _ server: BenchmarkServer, _ calls: CacheCalls, _ count: Int, _ command: (Int) -> ExchangeCost.Trip
    ) throws -> Double {
        let client = try RawClient(port: server.port)
        _ = try emptyShard(client, calls)
        let before = try client.usedMemory()
        // A connection of its own, whose buffers are gone when memory is read.
        try fill(RawClient(port: server.port), (0..<count).map(command))
        // Tags are fields of one hash; of all else there is a key each.
        let keys = Int(try client.send("DBSIZE")) ?? 0
        let fields = Int(try client.send("HLEN", calls.control)) ?? 0
        guard keys > count || fields > count else { throw BenchmarkError("what is to be measured is not there") }
        return Self.each(try client.usedMemory() - before, count)
    }

    /// Bytes of each, to a tenth: buffers of the connection that asks are a kilobyte larger or smaller.
    private static func each(_ bytes: Double, _ count: Int) -> Double {
        (bytes / Double(count) * 10).rounded() / 10
    }

    /// A server with nothing but the head of a shard.
    ///
    /// - Returns: The shard's sequence.
    private func emptyShard(_ client: RawClient, _ calls: CacheCalls) throws -> String {
        try client.send("FLUSHALL")
        let sequence = try calls.sequence(client)
        // A lease that lasts a millisecond has made it.
        while try client.send("DBSIZE") != "1" { usleep(1_000) }
        return sequence
    }

    /// What is left once all entries have expired that a shard has had.
    private func leftovers(_ server: BenchmarkServer, _ calls: CacheCalls) throws -> [Figure] {
        let client = try RawClient(port: server.port)
        let sequence = try emptyShard(client, calls)
        let count = 20_000
        let tags = CacheCalls.tags(3, of: 0)
        let entry = CacheCalls.entry(Self.value(200), tags: tags, sequence: sequence)
        let stored = (0..<count).map { number in
            calls.set(number, entry, tags: tags, sequence: sequence, isStaged: number % 2 == 1, lifetime: 1_500)
                .reduce(calls.lease(number), +)
        }
        var keys = 0
        var memory: [Double] = []
        // The first time the server takes memory that it uses again.
        for _ in 0..<2 {
            try fill(RawClient(port: server.port), stored)
            guard let most = Int(try client.send("DBSIZE")), most > count / 2 else {
                throw BenchmarkError("the entries are not there")
            }
            for _ in 0..<1_000 where try client.send("DBSIZE") != "1" { usleep(10_000) }
            keys = (Int(try client.send("DBSIZE")) ?? 0) - 1
            memory.append(try client.usedMemory())
        }
        return [
            Figure("expired entries: keys left", Double(keys), "keys", .atMost, 0),
            Figure("expired entries: left of each", Self.each(memory[1] - memory[0], count), "bytes", .atMost, 0),
        ]
    }
}
