import Foundation

extension CacheArea {
    /// What an invalidation costs the server, by how many entries have the tag, and how long others wait meanwhile.
    func invalidating() throws -> [Figure] {
        let few = try server(entries: 10)
        defer { few.0.stop() }
        let many = try server(entries: quick ? 100_000 : 1_000_000)
        defer { many.0.stop() }
        return try cost(few, many) + pauses(many)
    }

    private typealias Shard = (server: BenchmarkServer, calls: CacheCalls)

    private typealias Kind = (name: String, call: (CacheCalls, Int) -> ExchangeCost.Trip)

    private static var kinds: [Kind] {
        [
            ("1 tag", { calls, _ in calls.invalidate(CacheCalls.tags(1, of: 0)) }),
            ("3 tags", { calls, _ in calls.invalidate(CacheCalls.tags(3, of: 0)) }),
            ("all of 2 tags", { calls, _ in calls.invalidate(allOf: CacheCalls.tags(2, of: 0)) }),
            ("everything", { calls, _ in calls.clear() }),
        ]
    }

    /// A server with so many entries that all have the same three tags, those that are invalidated.
    private func server(entries: Int) throws -> Shard {
        let server = try BenchmarkServer()
        let calls = try CacheCalls(server: server, scripts: scripts)
        let client = try RawClient(port: server.port)
        let entry = CacheCalls.entry(
            Self.value(200), tags: CacheCalls.tags(3, of: 0), sequence: try calls.sequence(client))
        // Built on the server: that many commands take long to make.
        let script = """
            for number = ARGV[1], ARGV[2] do
              redis.call('SET', ARGV[3] .. string.format('%010.0f', number), ARGV[4], 'PX', 3600000)
            end
            """
        for start in stride(from: 0, to: entries, by: 100_000) {
            let words = ["\(start)", "\(min(start + 100_000, entries) - 1)", calls.prefix + "e:user:"]
            let call = CacheCalls.command(
                ["EVAL".utf8, script.utf8, "0".utf8] + words.map { $0.utf8 } + [entry] as [any Sequence<UInt8>])
            try client.exchange(call)
        }
        guard try Int(client.send("DBSIZE")) ?? 0 >= entries else { throw BenchmarkError("the entries are not there") }
        return (server, calls)
    }

    private func cost(_ few: Shard, _ many: Shard) throws -> [Figure] {
        let calls = quick ? 1_600 : 16_000
        let cases = Self.kinds.flatMap { kind in
            [few, many].map { shard in
                ExchangeCost.Case(server: shard.server, calls: calls, commands: ["evalsha"]) {
                    [kind.call(shard.calls, $0)]
                }
            }
        }
        let costs = try ExchangeCost(rounds: quick ? 1 : 9, connections: 4, pipeline: 16).measure(cases)
        var figures: [Figure] = []
        for (index, kind) in Self.kinds.enumerated() {
            let (few, many) = (costs[2 * index], costs[2 * index + 1])
            let most = quick ? "100000" : "1000000"
            let (bound, target): (Figure.Bound?, Double?) = index == 0 ? (.atMost, 6) : (nil, nil)
            figures += [
                Figure("invalidate \(kind.name), 10 entries", few.commands, "us commands", bound, target),
                Figure("invalidate \(kind.name), \(most) entries", many.commands, "us commands", bound, target),
                Figure("invalidate \(kind.name), \(most) entries, processor", many.processor, "us CPU"),
                Figure(
                    "invalidate \(kind.name), \(most) against 10", many.processor / few.processor, "x", .atMost, 1.5),
            ]
        }
        return figures
    }

    /// How long another client's GET takes at most, in a round of many invalidations.
    private func pauses(_ shard: Shard) throws -> [Figure] {
        let reader = try RawClient(port: shard.server.port)
        var longest = [[Double]](repeating: [], count: Self.kinds.count + 1)
        for _ in 0..<(quick ? 3 : 25) {
            for index in 0...Self.kinds.count {
                let trips = (0..<300).map { number in
                    index == 0
                        ? CacheCalls.get(shard.calls.entry(number))
                        : Self.kinds[index - 1].call(shard.calls, number)
                }
                let port = shard.server.port
                let pause = try Self.longestGet(reader, shard.calls.entry(1)) {
                    let writer = try RawClient(port: port)
                    for trip in trips { try writer.exchange(trip) }
                }
                longest[index].append(pause)
            }
        }
        let names = [""] + Self.kinds.map(\.name)
        return zip(names, longest).enumerated().map { index, pair in
            Figure(
                index == 0 ? "longest GET of a round, others only get" : "longest GET of a round, \(pair.0)",
                median(pair.1), "ms",
                index == 0 ? nil : .atMost,
                index == 0 ? nil : 1)
        }
    }

    /// The longest GET while something else is done on another thread, in milliseconds.
    private static func longestGet(
        _ client: RawClient, _ key: String, while body: @escaping @Sendable () throws -> Void
    ) throws -> Double {
        let get = CacheCalls.get(key)
        let work = BackgroundWork(body)
        var longest = Duration.zero
        while !work.isDone {
            let start = ContinuousClock.now
            try client.exchange(get)
            longest = max(longest, ContinuousClock.now - start)
        }
        try work.result()
        return longest / .milliseconds(1)
    }
}
