import Foundation

extension RawClient {
    /// The server's memory once it has freed closed connections and finished growing its tables, which it does in the
    /// background.
    func usedMemory() throws -> Double {
        var last = Double.nan
        for _ in 0..<100 {
            usleep(250_000)
            let value = try information("memory", "used_memory")
            if value == last { return value }
            last = value
        }
        return last
    }

    /// A number that `INFO` shows.
    func information(_ section: String, _ name: String) throws -> Double {
        let line = try send("INFO", section).split(separator: "\r\n").first { $0.hasPrefix(name + ":") }
        guard let value = line.flatMap({ Double($0.dropFirst(name.count + 1)) }) else {
            throw BenchmarkError("INFO \(section) shows no \(name)")
        }
        return value
    }
}
