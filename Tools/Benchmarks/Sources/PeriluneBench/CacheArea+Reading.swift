import Foundation

extension CacheArea {
    /// What a hit costs the server, against a script that only gets the value.
    func reading(_ server: BenchmarkServer) throws -> [Figure] {
        let client = try RawClient(port: server.port)
        let script = try client.send("SCRIPT", "LOAD", "return redis.call('GET', KEYS[1])")
        // What one script that reads the same would cost, if it concluded nothing from it.
        let whole = try client.send(
            "SCRIPT", "LOAD",
            "return {redis.call('PTTL', KEYS[1]), redis.call('GET', KEYS[1]), redis.call('HMGET', KEYS[2], unpack(ARGV))}"
        )
        let quiet = try shard("{r1}:", on: server, invalidated: nil)
        let noisy = try shard("{r2}:", on: server, invalidated: 0)
        let full = try shard("{r3}:", on: server, invalidated: 100_000)
        let named = try shard("p:{outbreak_data.0}:", on: server, invalidated: nil)
        let keys = readKeys
        try fill(client, (0..<keys).map { CacheCalls.set(Self.plainKey($0), Self.value(200)) })

        func read(_ shard: CacheCalls, _ tags: Int) -> ExchangeCost.Case {
            .init(server: server, calls: keys, commands: ["pttl", "get", "hmget"]) { number in
                [shard.read(tags * 1_000_000 + number, tags: CacheCalls.tags(tags, of: number))]
            }
        }
        func evaluate(_ digest: String, _ keys: @escaping (Int) -> [String], _ tags: Int? = nil) -> ExchangeCost.Case {
            .init(server: server, calls: readKeys, commands: ["evalsha"]) { number in
                let fields = tags.map { ["h"] + CacheCalls.tags($0, of: number).map { "t" + $0 } } ?? []
                let words = ["EVALSHA", digest, "\(keys(number).count)"] + keys(number) + fields
                return [CacheCalls.command(words.map { $0.utf8 })]
            }
        }
        var names: [(name: String, target: Double?)] = [("EVALSHA GET", nil)]
        var cases = [evaluate(script) { [Self.plainKey($0)] }]
        for tags in [0, 1, 3, 5] {
            names.append(("hit, \(tags) tags, nothing invalidated", 1.6))
            cases.append(read(quiet, tags))
            names.append(("hit, \(tags) tags, each invalidated before", 3))
            cases.append(read(noisy, tags))
            names.append(("hit, \(tags) tags, of 100,000 invalidated", 3))
            cases.append(read(full, tags))
            if tags > 0 {
                names.append(("hit, \(tags) tags not named, two trips", nil))
                cases.append(
                    .init(server: server, calls: keys, commands: ["pttl", "get", "hmget"]) { number in
                        [
                            noisy.read(tags * 1_000_000 + number, tags: []),
                            noisy.head(CacheCalls.tags(tags, of: number)),
                        ]
                    })
            }
            names.append(("in one script, \(tags) tags", nil))
            cases.append(evaluate(whole, { [quiet.entry(tags * 1_000_000 + $0), quiet.control] }, tags))
        }
        names.append(("hit, 3 tags, the library's keys", 1.6))
        cases.append(read(named, 3))

        var figures: [Figure] = []
        for pipeline in [1, 16] {
            let cost = ExchangeCost(rounds: quick ? 1 : 7, connections: 50, pipeline: pipeline)
            let costs = try cost.measure(cases)
            figures.append(Figure("\(names[0].name), 200 bytes, -c 50 -P \(pipeline)", costs[0].processor, "us CPU"))
            for (name, cost) in zip(names, costs).dropFirst() {
                figures.append(
                    Figure(
                        "\(name.name), -P \(pipeline)", cost.processor / costs[0].processor, "x EVALSHA GET",
                        name.target.map { _ in .atMost }, name.target))
            }
        }
        return figures + [try large(quiet, server)]
    }

    private func large(_ shard: CacheCalls, _ server: BenchmarkServer) throws -> Figure {
        let client = try RawClient(port: server.port)
        let tags = CacheCalls.tags(3, of: 0)
        let first = 9_000_000
        let entry = CacheCalls.entry(Self.value(10_000), tags: tags, sequence: try shard.sequence(client))
        try fill(client, (0..<1_000).map { CacheCalls.set(shard.entry(first + $0), entry) })
        let cost = try ExchangeCost(rounds: quick ? 1 : 7, connections: 10, pipeline: 16).measure([
            .init(server: server, calls: 4_000, commands: ["pttl", "get", "hmget"]) {
                [shard.read(first + $0 % 1_000, tags: tags)]
            }
        ])
        return Figure("hit, 10 kB, 3 tags, -c 10 -P 16", cost[0].processor, "us CPU", .atMost, 13)
    }

    private var readKeys: Int { quick ? 1_600 : 12_800 }

    /// 22 bytes, as the entries' keys.
    private static func plainKey(_ number: Int) -> String { "{r0}:g:user:" + CacheCalls.digits(number, 10) }

    /// A shard with entries of 0, 1, 3 and 5 tags, numbered from 0, 1, 3 and 5 millions on.
    ///
    /// - Parameter invalidated: How many tags besides the entries' own were invalidated before the entries were stored; one
    ///   more is after. `nil`: nothing ever was.
    private func shard(_ prefix: String, on server: BenchmarkServer, invalidated: Int?) throws -> CacheCalls {
        let shard = try CacheCalls(server: server, scripts: scripts, prefix: prefix)
        let client = try RawClient(port: server.port)
        if let invalidated {
            for start in stride(from: 0, to: 1_000 + invalidated, by: 1_000) {
                try client.exchange(shard.invalidate((start..<start + 1_000).map(CacheCalls.tag)))
            }
        }
        let sequence = try shard.sequence(client)
        for tags in [0, 1, 3, 5] {
            try fill(
                client,
                (0..<readKeys).map { number in
                    let entry = CacheCalls.entry(
                        Self.value(200), tags: CacheCalls.tags(tags, of: number), sequence: sequence)
                    return CacheCalls.set(shard.entry(tags * 1_000_000 + number), entry)
                })
        }
        if invalidated != nil { try client.exchange(shard.invalidate(["another"])) }
        return shard
    }
}
