import PeriluneCore
import PeriluneFuzzing
import PeriluneTestSupport
import Testing

extension CommandFuzz {
    /// Runs so many commands at a clock that moves, until the engines disagree.
    ///
    /// - Parameters:
    ///   - distorting: Whether some commands get wrong arguments.
    ///   - setUp: Commands to begin with, again and again.
    mutating func compare(
        _ number: Int, distorting: Bool = true, setUp: [[String]], _ next: (inout CommandFuzz) -> Line
    ) async throws {
        let pair = try EnginePair()
        var recent: [[String]] = []
        do {
            for step in 0..<number {
                if step % 400 == 0 {
                    for words in setUp { _ = try await send(Line(words), to: pair, &recent) }
                }
                if chance(8) { pair.advance(Int64.random(in: 0...400_000, using: &generator)) }
                var line = next(&self)
                if distorting, chance(15) { distort(&line) }
                _ = try await send(line, to: pair, &recent)
            }
        } catch let difference as Difference {
            Issue.record("seed \(seed): \(difference) after \(recent.suffix(12))")
        }
    }

    private func send(_ line: Line, to pair: EnginePair, _ recent: inout [[String]]) async throws -> RedisReply {
        recent.append(line.words)
        return try await pair.send(
            RedisCommand(line.words[0], line.words.dropFirst().map { .string($0) }), order: line.order)
    }
}
