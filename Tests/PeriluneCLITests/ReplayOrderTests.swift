import ArgumentParser
import Foundation
import PeriluneCore
import PeriluneTestSupport
import Testing

@testable import PeriluneCLI

@Suite struct JumpFilterTests {
    /// The times that are let through, in their order, and those that are stray.
    private func filter(_ times: [Int64]) -> (through: [Int64], stray: [Int64], back: [Int64]) {
        var filter = JumpFilter<Int64>(distance: 100, confirmation: 4)
        var (through, stray, back): ([Int64], [Int64], [Int64]) = ([], [], [])
        for time in times {
            if filter.isNear(time) {
                stray += filter.follow(time)
                through.append(time)
            } else if let jump = filter.wait(time, time: time) {
                through += jump.elements
                if let time = jump.backTo { back.append(time) }
            }
        }
        return (through + filter.takeWaiting(), stray, back)
    }

    @Test(arguments: [[900], [900, 901, 902], [900, 9_000, 0]] as [[Int64]])
    func aFewTimesFarFromTheirNeighboursAreStray(few: [Int64]) {
        let (through, stray, back) = filter([500, 510] + few + [505, 520])
        #expect(through == [500, 510, 505, 520])
        #expect(stray == few)
        #expect(back == [])
    }

    @Test func whatGoesOnElsewhereIsAJump() {
        let forward = filter([500, 900, 910, 905, 920, 930, 500, 940])
        #expect(forward.through == [500, 900, 910, 905, 920, 930, 940])
        #expect(forward.stray == [500])
        #expect(forward.back == [])
        let back = filter([500, 100, 110, 105, 120, 130])
        #expect(back.through == [500, 100, 110, 105, 120, 130])
        #expect(back.stray == [])
        #expect(back.back == [120])
    }

    @Test func gapsBetweenAllLinesLoseNothing() {
        let times = (0..<50).map { Int64($0 * 1_000) }
        let (through, stray, back) = filter(times)
        #expect(through == times)
        #expect(stray == [])
        #expect(back == [])
    }

    @Test func theEndOfTheLogIsTakenAsItIs() {
        #expect(filter([500, 900, 910]).through == [500, 900, 910])
        #expect(filter([]).through == [])
    }
}

/// Logs whose lines are not in the order of time, as a user gives them.
@Suite struct ReplayOrderTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private struct Outcome {
        var status: Int32
        var errors: String
        var json: [String: Any]

        var denied: Int? { json["denied"] as? Int }
        var requests: Int? { json["requests"] as? Int }
        var malformed: Int? { json["malformed"] as? Int }
        var isReliable: Bool? { json["reliable"] as? Bool }
    }

    private func replay(_ lines: [String], _ options: String...) async throws -> Outcome {
        let log = try folder.file(lines.joined(separator: "\n") + "\n", named: UUID().uuidString)
        let command = try #require(try ReplayCommand.parseAsRoot([log, "--json"] + options) as? ReplayCommand)
        let transcript = Transcript()
        let status = await command.run(on: transcript.console)
        let json = try JSONSerialization.jsonObject(with: Data(transcript.output.utf8))
        return Outcome(
            status: status, errors: transcript.errors, json: try #require(json as? [String: Any]))
    }

    private func line(_ second: Int, host: String = "192.0.2.1") -> String {
        SampleLog.line(host, LogTime(seconds: 1_431_857_100 + Int64(second)).description, "GET / HTTP/1.1")
    }

    /// A client that comes every second, each line up to 20 seconds late, so that some are out of order.
    private func steady(_ seconds: Range<Int>) -> [String] {
        var generator = SeededGenerator(seed: 5)
        return seconds.map { ($0, $0 + Int.random(in: 0..<20, using: &generator)) }
            .sorted { $0.1 < $1.1 }.map { line($0.0) }
    }

    @Test(arguments: [0, 500_000])
    func filesInTheWrongOrderAreNotReliable(gap: Int) async throws {
        let older = steady(0..<3_000)
        let newer = steady(3_000 + gap..<5_000 + gap)
        let right = try await replay(older + newer, "--limit", "70/min")
        #expect(right.status == 0)
        #expect(right.denied == 0)
        #expect(right.isReliable == true)
        #expect(right.errors == "")
        let wrong = try await replay(newer + older, "--limit", "70/min", "--fail-above", "100%")
        #expect(wrong.status == 1)
        #expect(wrong.isReliable == false)
        #expect(
            wrong.errors.hasPrefix("perilune replay: the numbers are not reliable: at line 2,001 the log goes back by ")
        )
        #expect(wrong.errors.contains("the oldest file first"))
        #expect(wrong.errors.split(separator: "\n").count == 1)
    }

    @Test func theReportSaysSoToo() async throws {
        let log = try folder.file((steady(3_000..<4_000) + steady(0..<50)).joined(separator: "\n"))
        let command = try #require(try ReplayCommand.parseAsRoot([log]) as? ReplayCommand)
        let transcript = Transcript()
        #expect(await command.run(on: transcript.console) == 1)
        #expect(transcript.output.contains("\nreliable     no: at line 1,001 the log goes back by "))
        #expect(transcript.output.contains("50 of 1,050 requests had to be replayed later"))
    }

    @Test func aFewSlowRequestsAreReliable() async throws {
        var lines = steady(0..<5_000)
        for index in 1...5 { lines.insert(line(index * 100), at: index * 600) }
        let few = try await replay(lines)
        #expect(few.status == 0)
        #expect(few.json["clamped"] as? Int == 5)
        #expect(few.isReliable == true)
        lines.insert(line(4_000), at: 4_900)
        let more = try await replay(lines)
        #expect(more.status == 1)
        #expect(more.json["clamped"] as? Int == 6)
        #expect(more.isReliable == false)
        // One alone in a short log.
        #expect(try await replay([line(0), line(100), line(200), line(30)]).status == 0)
    }

    @Test func linesOfAnotherYearAreLeftOut() async throws {
        let good = steady(0..<600)
        let clean = try await replay(good, "--limit", "50/min")
        #expect(try #require(clean.denied) > 0)
        for year in ["2099", "1999"] {
            let wrong = ["10:05:00", "10:07:00", "10:09:00"].map {
                SampleLog.line("192.0.2.9", "17/May/\(year):\($0) +0000", "GET / HTTP/1.1")
            }
            var together = good
            together.insert(contentsOf: wrong, at: 300)
            var apart = good
            for (index, line) in wrong.enumerated() { apart.insert(line, at: 200 + 100 * index) }
            for lines in [together, apart] {
                let found = try await replay(lines, "--limit", "50/min")
                #expect(found.status == 0)
                #expect(found.requests == 600)
                #expect(found.denied == clean.denied)
                #expect(found.malformed == 3)
                #expect(found.json["identifiers"] as? Int == 1)
                #expect(found.json["to"] as? String == clean.json["to"] as? String)
                #expect(found.json["from"] as? String == clean.json["from"] as? String)
                let first = try #require(found.json["first_malformed"] as? [String: Any])
                #expect([201, 301].contains(first["line"] as? Int))
                #expect(
                    first["reason"] as? String == "the time is more than a day from that of the lines around it")
                #expect((first["text"] as? String)?.hasPrefix("192.0.2.9 - - [17/May/\(year)") == true)
            }
        }
    }

    @Test func aFirstLineOfAnotherYearChangesNothingElse() async throws {
        let good = steady(0..<600)
        let clean = try await replay(good, "--limit", "50/min")
        for year in ["2099", "1999"] {
            let first = SampleLog.line("192.0.2.9", "17/May/\(year):10:05:00 +0000", "GET / HTTP/1.1")
            let found = try await replay([first] + good, "--limit", "50/min")
            #expect(found.status == 0)
            #expect(found.requests == 601)
            #expect(found.denied == clean.denied)
            #expect(found.isReliable == true)
        }
    }

    @Test func aClockThatWasWrongForLongIsNotReliable() async throws {
        let good = steady(0..<600)
        let found = try await replay(good[..<300] + steady(9_000_000..<9_000_100) + good[300...])
        #expect(found.status == 1)
        #expect(found.requests == 700)
        #expect(found.isReliable == false)
        #expect(found.errors.contains("at line 401 the log goes back by 104 d"))
    }

    @Test func twoClocksInOneLogAreNotReliable() async throws {
        let lines = (0..<500).flatMap { [line($0), line($0 + 1_000_000, host: "192.0.2.2")] }
        let found = try await replay(lines)
        #expect(found.status == 1)
        #expect(found.isReliable == false)
        #expect(found.errors.contains("499 lines were left out because their time is more than a day from that"))
    }

    @Test func daysWithoutRequestsAreNothingSpecial() async throws {
        let lines = (0..<100).map { line($0 * 200_000) } + steady(30_000_000..<30_000_200)
        let found = try await replay(lines)
        #expect(found.status == 0)
        #expect(found.requests == 300)
        #expect(found.malformed == 0)
        #expect(found.json["clamped"] as? Int == 0)
    }
}
