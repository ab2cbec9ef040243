import Foundation

/// What calls cost a server that are one or several round trips each, over several connections.
struct ExchangeCost {
    /// Commands that are sent together.
    struct Trip {
        var bytes: [UInt8] = []
        var replies = 0

        static func + (left: Trip, right: Trip) -> Trip {
            Trip(bytes: left.bytes + right.bytes, replies: left.replies + right.replies)
        }
    }

    struct Case {
        let server: BenchmarkServer
        let calls: Int
        /// The commands that are sent, as `INFO commandstats` names them.
        let commands: Set<String>
        /// The round trips of a call.
        let call: (Int) -> [Trip]
    }

    /// Microseconds a call: the least of all rounds.
    struct Cost {
        /// Of all the server's threads, with reading and writing.
        var processor = Double.infinity
        /// Of the commands alone.
        var commands = Double.infinity
    }

    let rounds: Int
    let connections: Int
    /// How many calls are made at a time on a connection.
    let pipeline: Int

    /// Runs all cases in turn, round after round.
    func measure(_ cases: [Case]) throws -> [Cost] {
        let windows = cases.map(windows)
        let clients = try cases.map { current in
            try (0..<connections).map { _ in try RawClient(port: current.server.port) }
        }
        var costs = cases.map { _ in Cost() }
        for _ in 0..<rounds {
            for (index, current) in cases.enumerated() {
                try clients[index][0].send("CONFIG", "RESETSTAT")
                let start = try current.server.processorTime()
                try run(windows[index], over: clients[index])
                let processor = try current.server.processorTime() - start
                let commands = try microseconds(of: current.commands, clients[index][0])
                costs[index].processor = min(costs[index].processor, processor / 1_000 / Double(current.calls))
                costs[index].commands = min(costs[index].commands, commands / Double(current.calls))
            }
        }
        return costs
    }

    /// The calls in groups that are sent together, one trip of all of them after the other.
    private func windows(_ current: Case) -> [[Trip]] {
        stride(from: 0, to: current.calls, by: pipeline).map { start in
            let calls = (start..<min(start + pipeline, current.calls)).map(current.call)
            return (calls.first ?? []).indices.map { trip in
                calls.reduce(into: Trip()) { all, call in
                    all.bytes += call[trip].bytes
                    all.replies += call[trip].replies
                }
            }
        }
    }

    private func run(_ windows: [[Trip]], over clients: [RawClient]) throws {
        for start in stride(from: 0, to: windows.count, by: clients.count) {
            let group = zip(clients, windows[start..<min(start + clients.count, windows.count)])
            for trip in windows[start].indices {
                for (client, window) in group { try client.write(window[trip].bytes[...]) }
                for (client, window) in group { try client.receive(replies: window[trip].replies) }
            }
        }
    }

    /// How long the server has spent in commands since its statistics were reset. What a script calls is in its own time.
    private func microseconds(of commands: Set<String>, _ client: RawClient) throws -> Double {
        try client.send("INFO", "commandstats").split(separator: "\r\n").reduce(0) { total, line in
            guard line.hasPrefix("cmdstat_"), let colon = line.firstIndex(of: ":"),
                commands.contains(String(line[..<colon].dropFirst("cmdstat_".count))),
                let field = line.split(separator: ",").first(where: { $0.hasPrefix("usec=") }),
                let time = Double(field.dropFirst("usec=".count))
            else { return total }
            return total + time
        }
    }
}
