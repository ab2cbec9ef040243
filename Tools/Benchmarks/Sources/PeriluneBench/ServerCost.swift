import Foundation

/// What one call of a script costs the server, against a script that does nothing.
struct ServerCost {
    struct Case {
        let name: String
        let source: String
        /// The arguments behind the key.
        let arguments: [String]
        /// Calls of each identifier before the measurement, with these arguments.
        var preparation: [String]?
        let target: Double?
    }

    let server: BenchmarkServer
    let rounds: Int
    let callsARound: Int
    private let identifiers = 1000

    /// A key of 16 characters.
    private func key(_ index: Int) -> String {
        let number = String(index % identifiers)
        return "p:{u" + String(repeating: "0", count: 6 - number.count) + number + "}:tb:a"
    }

    /// Runs all cases in turn, round after round; the figure is the least of the rounds, against the first case.
    func measure(_ cases: [Case]) throws -> [Figure] {
        let client = try RawClient(port: server.port)
        let digests = try cases.map { try client.send("SCRIPT", "LOAD", $0.source) }
        var processor = cases.map { _ in [Double]() }
        var script = cases.map { _ in [Double]() }
        let preparations = cases.enumerated().map { index, current in
            current.preparation.map { encode(digests[index], $0, count: identifiers) }
        }
        let calls = cases.enumerated().map { encode(digests[$0], $1.arguments, count: callsARound) }
        for _ in 0..<rounds {
            for index in cases.indices {
                try client.send("FLUSHALL")
                if let preparation = preparations[index] { try client.pipeline(preparation, replies: identifiers) }
                try client.send("CONFIG", "RESETSTAT")
                let start = try server.processorTime()
                try client.pipeline(calls[index], replies: callsARound)
                processor[index].append((try server.processorTime() - start) / Double(callsARound))
                script[index].append(try Self.microsecondsPerCall(client.send("INFO", "commandstats")))
            }
        }
        let least = processor.map { $0.min() ?? .nan }
        let leastScript = script.map { $0.min() ?? .nan }
        return cases.indices.flatMap { index in
            let current = cases[index]
            let bound: Figure.Bound? = current.target == nil ? nil : .atMost
            return [
                Figure("\(current.name): server CPU", least[index] / 1_000, "us"),
                Figure("\(current.name): server CPU", least[index] / least[0], "x return 1", bound, current.target),
                Figure("\(current.name): commandstats", leastScript[index], "us"),
            ]
        }
    }

    private func encode(_ digest: String, _ arguments: [String], count: Int) -> [UInt8] {
        (0..<count).flatMap { RawClient.encode(["EVALSHA", digest, "1", key($0)] + arguments) }
    }

    private static func microsecondsPerCall(_ info: String) throws -> Double {
        for line in info.split(separator: "\r\n") where line.hasPrefix("cmdstat_evalsha:") {
            for field in line.split(separator: ",") where field.hasPrefix("usec_per_call=") {
                if let value = Double(field.dropFirst("usec_per_call=".count)) { return value }
            }
        }
        throw BenchmarkError("INFO commandstats shows no evalsha")
    }
}
