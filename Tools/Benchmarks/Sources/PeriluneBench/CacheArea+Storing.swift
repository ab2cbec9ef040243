import Foundation

extension CacheArea {
    /// What storing costs the server, by size, through Lua and staged: the value set beside the script, which renames it.
    func storing(_ server: BenchmarkServer) throws -> [Figure] {
        let calls = try CacheCalls(server: server, scripts: scripts, prefix: "{r4}:")
        let client = try RawClient(port: server.port)
        let sequence = try calls.sequence(client)
        let tags = CacheCalls.tags(3, of: 0)
        let lease = ExchangeCost.Case(server: server, calls: Self.most, commands: ["evalsha"]) {
            [calls.lease($0 + 1_000_000, time: 1)]
        }
        let kinds: [(name: String, call: (Int, [UInt8], Bool) -> [ExchangeCost.Trip])] = [
            (
                "lease and set",
                { number, entry, isStaged in
                    [calls.lease(number, seen: entry)]
                        + calls.set(number, entry, tags: tags, sequence: sequence, isStaged: isStaged)
                }
            ),
            ("put", { calls.put($0, $1, isStaged: $2) }),
        ]
        // All entries begin alike, and the lease is had by who has seen the one that is there.
        let first = CacheCalls.entry(Self.value(200), tags: tags, sequence: sequence)
        try fill(client, (0..<Self.most).map { CacheCalls.set(calls.entry($0), first) })
        for (index, kind) in kinds.enumerated() {
            for isStaged in [false, true] {
                let entry = CacheCalls.entry(
                    Self.value(201 + 2 * index + (isStaged ? 1 : 0)), tags: tags, sequence: sequence)
                for trip in kind.call(0, entry, isStaged) { try client.exchange(trip) }
                guard try Int(client.send("STRLEN", calls.entry(0))) == entry.count else {
                    throw BenchmarkError("\(kind.name) does not store")
                }
            }
        }
        var figures: [Figure] = []
        // Many at a time, as when they share connections, and each on its own, when another round trip costs the most.
        for (connections, pipeline) in [(4, 8), (32, 1)] {
            var cases = [lease]
            for kind in kinds {
                for size in Self.sizes {
                    let entry = CacheCalls.entry(Self.value(size), tags: tags, sequence: sequence)
                    let count = max(min((quick ? 2 << 20 : 8 << 20) / size, Self.most), 32)
                    for isStaged in [false, true] {
                        cases.append(
                            .init(server: server, calls: count, commands: ["set", "evalsha"]) {
                                kind.call($0, entry, isStaged)
                            })
                    }
                }
            }
            let costs = try ExchangeCost(rounds: quick ? 1 : 7, connections: connections, pipeline: pipeline)
                .measure(cases).map(\.processor)
            let way = "-c \(connections) -P \(pipeline)"
            figures.append(Figure("lease, \(way)", costs[0], "us CPU"))
            for (index, kind) in kinds.enumerated() {
                let own = costs[(1 + 2 * Self.sizes.count * index)...].prefix(2 * Self.sizes.count).map { $0 }
                let through = Self.sizes.indices.map { own[2 * $0] }
                let staged = Self.sizes.indices.map { own[2 * $0 + 1] }
                for (size, (through, staged)) in zip(Self.sizes, zip(through, staged)) where pipeline > 1 {
                    figures.append(Figure("\(kind.name), \(size) bytes, \(way)", through, "us CPU"))
                    figures.append(Figure("\(kind.name), \(size) bytes, staged, \(way)", staged, "us CPU"))
                }
                let even = Self.breakEven(through, staged)
                figures.append(Figure("\(kind.name), \(way): staging costs less from", even, "bytes"))
            }
        }
        return figures
    }

    /// How many calls are made at most in a round.
    private static let most = 3_200
    private static let sizes = [200, 2_000, 4_096, 8_192, 10_000, 16_384, 32_768, 102_400, 1_048_576]

    /// From which size on the second way costs less, for good; between the sizes that were measured on a straight line.
    private static func breakEven(_ through: [Double], _ beside: [Double]) -> Double {
        let gains = zip(through, beside).map { $0 - $1 }
        guard let last = gains.lastIndex(where: { $0 <= 0 }) else { return Double(sizes[0]) }
        guard last + 1 < sizes.count else { return .infinity }
        let part = -gains[last] / (gains[last + 1] - gains[last])
        return Double(sizes[last]) + part * Double(sizes[last + 1] - sizes[last])
    }
}
