import Foundation

/// The program that comes with Redis.
enum RedisBenchmark {
    /// Commands a second over a number of connections, so many at a time in each.
    ///
    /// - Parameter range: How many values `__rand_int__` has in the command, as 12 digits.
    static func rate(
        port: Int, calls: Int, connections: Int = 64, pipeline: Int = 16, range: Int = 1_000, _ command: [String]
    ) throws -> Double {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            [
                "redis-benchmark", "-p", "\(port)", "-c", "\(connections)", "-P", "\(pipeline)", "-n", "\(calls)",
                "-r", "\(range)", "--csv",
            ] + command
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        // The last line's second field: requests a second.
        let fields = text.split(separator: "\n").last?.split(separator: ",") ?? []
        guard let rate = fields.dropFirst().first(where: { Double($0.filter { $0 != "\"" }) != nil }) else {
            throw BenchmarkError("redis-benchmark printed no rate: \(text)")
        }
        return Double(rate.filter { $0 != "\"" }) ?? .nan
    }
}
