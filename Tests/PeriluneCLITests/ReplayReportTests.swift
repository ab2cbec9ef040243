import Foundation
import Perilune
import PeriluneCore
import Testing

@testable import PeriluneCLI

@Suite struct ReplayReportTests {
    /// Statistics made without an engine: 192.0.2.1 is denied every third request, the others never.
    private func report(
        names: [String] = ["192.0.2.1", "192.0.2.2", "2001:db8::7"], offset: Int32 = 0, top: Int = 10,
        identifiers: IdentifierTable = IdentifierTable()
    ) throws -> ReplayReport {
        let policy = RateLimitPolicy.standard
        var statistics = ReplayStatistics(limits: policy.limits.count, identifiers: identifiers)
        for index in 0..<1_500 {
            let time = LogTime(seconds: 1_431_857_100 + Int64(index * 2), offset: offset)
            let place = statistics.note(Identifier(Array(names[index % names.count].utf8).span), at: time)
            let isDenied = index % 9 == 0
            statistics.count(
                isDenied ? .denied(limit: index % 2 == 0 ? 0 : 2, wait: 2_500_000) : .allowed, place: place,
                at: time.microseconds)
        }
        let malformed = ReplayStatistics.MalformedLine.shown(Array("bad \u{1B}[2J line".utf8).span)
        statistics.countMalformed(.userAgent, text: malformed, number: 1_234)
        statistics.skipped = 2
        statistics.outOfOrder = 700
        statistics.longestDelay = 59_000_000
        return ReplayReport(name: "access.log", policy: policy, field: .ip, statistics: statistics, top: top)
    }

    @Test func showsATableAndACharts() throws {
        let text = try report(offset: 7_200).text()
        #expect(
            text == """
                log          access.log
                policy       minute 60 per min, hour 1000 per h, burst 10 per s; token-bucket, by ip
                time         17/May/2015:12:05:00 +0200 to 17/May/2015:12:54:58 +0200, 49 min 58 s
                requests     1,500
                allowed      1,333  88.9 %
                denied         167  11.1 %  (by limit: minute 84, hour 0, burst 83)
                identifiers  3 seen, 1 hit (33.3 %)
                lines        1 malformed, 2 empty, 700 out of order by up to 59 s
                             first malformed: line 1,234, the quote around the user agent is not closed
                             bad \\x1B[2J line

                hardest hit  requests  denied                first denial  longest denial
                192.0.2.1         500     167  17/May/2015:12:05:00 +0200           2.5 s

                requests over time, a column for every 1 min
                         27 │▆██▆██▆██▆██▆██▆██▆██▆██▆██▆██▆██▆██▆██▆██▆██▆██▆█
                            │██████████████████████████████████████████████████
                            │██████████████████████████████████████████████████
                            │██████████████████████████████████████████████████
                            │██████████████████████████████████████████████████
                    allowed │██████████████████████████████████████████████████
                          4 │█▂▂█▂▂█▂▂█▂▂█▂▂█▂▂█▂▂█▂▂█▂▂█▂▂█▂▂█▂▂█▂▂█▂▂█▂▂█▂▂█▂
                            │██████████████████████████████████████████████████
                     denied │██████████████████████████████████████████████████
                            └17/May 12:05                          17/May 12:54

                """)
    }

    @Test func leavesOutWhatThereIsNot() throws {
        var statistics = ReplayStatistics(limits: 1)
        _ = statistics.note(Identifier([97].span), at: LogTime(seconds: 0))
        statistics.count(.allowed, place: 0, at: 0)
        let policy = try RateLimitPolicy(name: "x", limits: [RateLimit(parsing: "5/10s")])
        let report = ReplayReport(name: "a\u{1B}b", policy: policy, field: .userAgent, statistics: statistics, top: 10)
        #expect(
            report.text() == """
                log          a\\x1Bb
                policy       10s 5 per 10 s; token-bucket, by user-agent
                time         01/Jan/1970:00:00:00 +0000 to 01/Jan/1970:00:00:00 +0000, 0 s
                requests     1
                allowed      1  100.0 %
                denied       0  0.0 %
                identifiers  1 seen, 0 hit (0.0 %)
                lines        0 malformed, 0 empty, 0 out of order

                requests over time, a column for every 1 s
                          1 │█
                            │█
                            │█
                            │█
                            │█
                    allowed │█
                     denied │ none
                            └01/Jan 00:00

                """)
    }

    @Test func saysWhenNotAllAreToldApart() throws {
        let report = try report(identifiers: IdentifierTable(capacity: 1))
        #expect(
            report.text().contains(
                "1 seen, 1 hit (100.0 %); not told apart beyond these: 1,000 requests, of which 0 denied"))
    }

    @Test func coloursOnlyWhereAsked() throws {
        let report = try report()
        #expect(!report.text().contains("\u{1B}"))
        #expect(report.text(style: ReportStyle(hasColour: true)).contains("\u{1B}[31m█▂"))
    }

    @Test func keepsWithinATerminal() throws {
        let long = String(repeating: "Mozilla/5.0 ", count: 20)
        let report = try report(names: [long, "b", "c"])
        for width in [80, 100, 200] {
            let lines = report.text(style: ReportStyle(width: width, cutsNames: true)).split(separator: "\n")
            for line in lines.drop(while: { !$0.hasPrefix("hardest") }) { #expect(line.count <= width) }
        }
        #expect(report.text().contains(long.prefix(119) + "…"))
    }

    @Test func printsJSON() throws {
        let report = try report()
        let object = try #require(try JSONSerialization.jsonObject(with: Data(report.json.utf8)) as? [String: Any])
        #expect(object["requests"] as? Int == 1_500)
        #expect(object["allowed"] as? Int == 1_333)
        #expect(object["denied"] as? Int == 167)
        #expect(report.json.contains("\"denied_ratio\": 0.11133333333333334,"))
        #expect(object["denied_by_limit"] as? [String: Int] == ["minute": 84, "hour": 0, "burst": 83])
        #expect(object["identifiers"] as? Int == 3)
        #expect(object["identifiers_hit"] as? Int == 1)
        #expect(object["from"] as? String == "2015-05-17T10:05:00Z")
        #expect(object["to"] as? String == "2015-05-17T10:54:58Z")
        #expect(object["malformed"] as? Int == 1)
        #expect(object["skipped"] as? Int == 2)
        #expect(object["out_of_order"] as? Int == 700)
        #expect(object["longest_delay_seconds"] as? Int == 59)
        #expect(object["clamped"] as? Int == 0)
        #expect(object["reliable"] as? Bool == true)
        let first = try #require(object["first_malformed"] as? [String: Any])
        #expect(first["line"] as? Int == 1_234)
        #expect(first["text"] as? String == "bad \\x1B[2J line")
        let hit = try #require((object["hardest_hit"] as? [[String: Any]])?.first)
        #expect(hit["identifier"] as? String == "192.0.2.1")
        #expect(hit["first_denial"] as? String == "2015-05-17T10:05:00Z")
        #expect(hit["longest_denial_seconds"] as? Double == 2.5)
        let policy = try #require(object["policy"] as? [String: Any])
        let limits = try #require(policy["limits"] as? [[String: Any]])
        #expect(limits.map { $0["period_seconds"] as? Int } == [60, 3_600, 1])
        let histogram = try #require(object["histogram"] as? [String: Any])
        #expect(histogram["bucket_seconds"] as? Int == 60)
        let buckets = try #require(histogram["buckets"] as? [[String: Any]])
        #expect(buckets.count == 50)
        #expect(buckets[0]["start"] as? String == "2015-05-17T10:05:00Z")
        #expect(buckets.reduce(0) { $0 + ($1["denied"] as? Int ?? 0) } == 167)
    }

    @Test func holdsAnyTextInJSON() throws {
        let names = ["quote\" back\\slash\u{8}\u{1F}\u{7F}\u{9B}\u{2028} é 日本 🌒\n", "\u{FFFD}", "/"]
        let json = try report(names: names).json
        #expect(json.unicodeScalars.allSatisfy { $0 == "\n" || $0.properties.generalCategory != .control })
        #expect(json.contains("é 日本 🌒"))
        let object = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        let hit = try #require(object["hardest_hit"] as? [[String: Any]])
        #expect(hit.map { $0["identifier"] as? String } == [names[0]])
    }

    @Test func showsWhatTurnsOrHidesText() throws {
        // Right-to-left override, zero width space, soft hyphen, byte order mark, and a tag of plane 14.
        let name = "a\u{202E}b\u{200B}c\u{AD}d\u{FEFF}e\u{E0041}f"
        let report = try report(names: [name, "b", "c"])
        #expect(report.json.contains("a\\u202eb\\u200bc\\u00add\\ufeffe\\udb40\\udc41f"))
        let text = report.text()
        #expect(text.contains("a\\u{202E}b\\u{200B}c\\xADd\\u{FEFF}e\\u{E0041}f"))
        for shown in [report.json, text] {
            #expect(shown.unicodeScalars.allSatisfy { $0.properties.generalCategory != .format })
        }
        let object = try #require(try JSONSerialization.jsonObject(with: Data(report.json.utf8)) as? [String: Any])
        let hit = try #require((object["hardest_hit"] as? [[String: Any]])?.first)
        #expect((hit["identifier"] as? String)?.unicodeScalars.elementsEqual(name.unicodeScalars) == true)
    }

    @Test func laysJSONOutForReaders() {
        let value = JSONText.object([
            ("a", .array([.object([("x", .integer(1)), ("y", .null)]), .object([])])), ("b", .array([])),
            ("c", .object([("d", .array([.double(0.5), .double(.nan)]))])), ("e", .object([("f", .string("g"))])),
        ])
        #expect(
            value.text == """
                {
                  "a": [
                    {"x": 1, "y": null},
                    {}
                  ],
                  "b": [],
                  "c": {
                    "d": [
                      0.5,
                      null
                    ]
                  },
                  "e": {"f": "g"}
                }
                """)
    }
}
