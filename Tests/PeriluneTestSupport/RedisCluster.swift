import PeriluneCore

/// A Redis Cluster of the test's own: three primaries with a replica each, on free loopback ports.
package final class RedisCluster: Sendable {
    /// The servers: three that begin as primaries of a third of the slots each, then a replica of each.
    package let nodes: [RedisServer]

    private static let common = Task { try await start() }

    /// The cluster that the tests of a process share, whose nodes are not to be killed. A test begins by flushing it.
    package static func shared() async throws -> RedisCluster { try await common.value }

    /// A URL that names the first primary alone.
    package var url: String { "redis+cluster://127.0.0.1:\(nodes[0].port)" }

    /// Starts the servers and waits until all agree that the cluster is well.
    ///
    /// - Parameters:
    ///   - nodeTimeout: The silence in milliseconds after which a node counts as failed. A short one makes failovers
    ///     quick, also unwanted ones on a busy machine: it is for tests that kill a node for another to take over.
    ///   - requiresFullCoverage: Whether nodes refuse everything while some slots are not served.
    package static func start(
        nodeTimeout: Int = 60_000, requiresFullCoverage: Bool = false
    ) async throws -> RedisCluster {
        try await Blocking.run {
            let cluster = try RedisCluster(nodeTimeout: nodeTimeout, requiresFullCoverage: requiresFullCoverage)
            try cluster.join()
            return cluster
        }
    }

    private init(nodeTimeout: Int, requiresFullCoverage: Bool) throws {
        nodes = try (0..<6).map { _ in
            try RedisServer.start(
                arguments: [
                    "--cluster-enabled", "yes", "--cluster-port", String(Loopback.freePort()),
                    "--cluster-node-timeout", String(nodeTimeout), "--cluster-replica-validity-factor", "0",
                    "--cluster-allow-replica-migration", "no", "--repl-diskless-sync-delay", "0",
                    "--repl-ping-replica-period", "1",
                    "--cluster-require-full-coverage", requiresFullCoverage ? "yes" : "no",
                ])
        }
    }

    private func join() throws {
        let first = try RESPSocket(port: nodes[0].port)
        let ids = try nodes.map { try RESPSocket(port: $0.port).bulk("CLUSTER", "MYID") }
        for (number, range) in [(0, 0...5460), (1, 5461...10922), (2, 10923...16383)] {
            let primary = try RESPSocket(port: nodes[number].port)
            try primary.command("CLUSTER", "SET-CONFIG-EPOCH", String(number + 1))
            try primary.command("CLUSTER", "ADDSLOTSRANGE", String(range.lowerBound), String(range.upperBound))
        }
        for node in nodes.dropFirst() {
            let busPort = try RESPSocket(port: node.port).ask("CONFIG", "GET", "cluster-port").split(separator: " ")
                .last
            try first.command("CLUSTER", "MEET", "127.0.0.1", String(node.port), String(busPort ?? ""))
        }
        for number in 3..<6 {
            let replica = try RESPSocket(port: nodes[number].port)
            // Refused until the replica has heard of the primary.
            try Blocking.wait(for: "primary of node \(number)") {
                try replica.ask("CLUSTER", "REPLICATE", ids[number - 3]).hasPrefix("+OK")
            }
        }
        for node in nodes {
            let socket = try RESPSocket(port: node.port)
            try Blocking.wait(for: "cluster") {
                let isWell = try socket.ask("CLUSTER", "INFO").contains("cluster_state:ok")
                // Each range with a primary and a replica.
                let hosts = try socket.ask("CLUSTER", "SLOTS").split(separator: " ").count { $0 == "127.0.0.1" }
                return isWell && hosts == 6
            }
        }
        for number in 3..<6 {
            let replica = try RESPSocket(port: nodes[number].port)
            try Blocking.wait(for: "replication") {
                try replica.ask("INFO", "replication").contains("master_link_status:up")
            }
        }
    }

    /// The position of the node that serves a slot, as a majority would say; `nil` when nobody does.
    package func server(of slot: Int) async throws -> Int? {
        try await Blocking.run { try self.findServer(of: slot) }
    }

    /// Waits until another node than the given one serves a slot.
    package func waitForFailover(of slot: Int, from former: Int) async throws {
        try await Blocking.run {
            try Blocking.wait(for: "failover") {
                guard let server = try self.findServer(of: slot) else { return false }
                return server != former
            }
        }
    }

    private func findServer(of slot: Int) throws -> Int? {
        for (position, node) in nodes.enumerated() where node.isRunning {
            // The one that serves it answers as if for a key, the others send the caller on.
            let reply = try RESPSocket(port: node.port).ask("CLUSTER", "NODES")
            guard let line = reply.split(separator: "\n").first(where: { $0.contains("myself,master") }) else {
                continue
            }
            let ranges = line.split(separator: " ").dropFirst(8).filter { !$0.hasPrefix("[") }
            for range in ranges {
                let ends = range.split(separator: "-").compactMap { Int($0) }
                if let first = ends.first, let last = ends.last, (first...last).contains(slot) { return position }
            }
        }
        return nil
    }

    // MARK: Resharding

    /// Moves a slot with its keys from one node to another, as `redis-cli --cluster reshard` does.
    package func move(slot: Int, from source: Int, to target: Int) async throws {
        try await Blocking.run {
            try self.beginMoving(slot, from: source, to: target)
            while try self.moveKeys(of: slot, from: source, to: target) > 0 {}
            try self.endMoving(slot, from: source, to: target)
        }
    }

    /// Begins to move a slot: its keys stay, new ones belong to the target.
    package func beginMoving(_ slot: Int, from source: Int, to target: Int) throws {
        let (from, to) = (try RESPSocket(port: nodes[source].port), try RESPSocket(port: nodes[target].port))
        let (sourceID, targetID) = (try from.bulk("CLUSTER", "MYID"), try to.bulk("CLUSTER", "MYID"))
        try to.command("CLUSTER", "SETSLOT", String(slot), "IMPORTING", sourceID)
        try from.command("CLUSTER", "SETSLOT", String(slot), "MIGRATING", targetID)
    }

    /// Moves some keys of a slot.
    ///
    /// - Returns: How many.
    package func moveKeys(of slot: Int, from source: Int, to target: Int, atMost count: Int = 500) throws -> Int {
        let from = try RESPSocket(port: nodes[source].port)
        let words = try from.ask("CLUSTER", "GETKEYSINSLOT", String(slot), String(count)).split(separator: " ")
        // *2 $1 a $1 b
        let keys = stride(from: 2, to: words.count, by: 2).map { String(words[$0]) }
        guard !keys.isEmpty else { return 0 }
        let command = ["MIGRATE", "127.0.0.1", String(nodes[target].port), "\"\"", "0", "5000", "KEYS"] + keys
        try from.command(command)
        return keys.count
    }

    /// Gives a slot whose keys have been moved to the target, and waits until every node knows.
    package func endMoving(_ slot: Int, from source: Int, to target: Int) throws {
        let id = try RESPSocket(port: nodes[target].port).bulk("CLUSTER", "MYID")
        // The target first: were it the other way round, nobody would serve the slot for a moment.
        for number in [target, source] {
            try RESPSocket(port: nodes[number].port).command("CLUSTER", "SETSLOT", String(slot), "NODE", id)
        }
        // A node that does not know the latest epoch of another may lose the next slot that it is given.
        try Blocking.wait(for: "agreement on slots") {
            let views = try nodes.filter(\.isRunning).map { try Self.view(of: RESPSocket(port: $0.port)) }
            return views.allSatisfy { $0 == views[0] }
        }
    }

    /// Which primaries a node knows, each with its epoch and its slots.
    private static func view(of node: RESPSocket) throws -> Set<String> {
        let lines = try node.ask("CLUSTER", "NODES").split(separator: "\n").map { $0.split(separator: " ") }
        // Before the first line stands its length: the identity is what is before the address.
        let primaries = lines.filter { words in words.contains { $0.split(separator: ",").contains("master") } }
        return Set(
            primaries.map { words in
                let address = max(words.firstIndex { $0.contains("@") } ?? 1, 1)
                let rest = words.dropFirst(address + 5).filter { !$0.hasPrefix("[") }
                return "\(words[address - 1]) \(rest.joined(separator: " "))"
            })
    }
}

extension RESPSocket {
    /// Sends a command that has to be answered with OK.
    func command(_ words: String...) throws {
        try command(words)
    }

    func command(_ words: [String]) throws {
        try send(words.joined(separator: " ") + "\r\n")
        let reply = try readReply()
        guard reply.hasPrefix("+") else {
            throw RedisServer.StartError(description: "\(words.prefix(2).joined(separator: " ")): \(reply)")
        }
    }

    /// Sends a command that has to be answered with one word.
    func bulk(_ words: String...) throws -> String {
        try send(words.joined(separator: " ") + "\r\n")
        let reply = try readReply()
        let parts = reply.split(separator: " ")
        guard parts.count == 2, reply.hasPrefix("$") else { throw RedisServer.StartError(description: reply) }
        return String(parts[1])
    }
}
