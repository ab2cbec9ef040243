import Testing

@testable import PeriluneCLI

@Suite struct LogTimeTests {
    private func parse(_ text: String) -> LogTime? {
        LogTime(parsing: Array(text.utf8).span, at: 0)
    }

    @Test(arguments: [
        ("17/May/2015:10:05:03 +0000", 1_431_857_103),
        ("01/Jan/1970:00:00:00 +0000", 0),
        ("01/Jan/1970:01:00:00 +0100", 0),
        ("31/Dec/1969:23:00:00 -0100", 0),
        ("29/Feb/2024:23:59:59 +0000", 1_709_251_199),
        ("29/Feb/2000:00:00:00 +0000", 951_782_400),
        ("01/Mar/2100:00:00:00 +0000", 4_107_542_400),
        ("17/May/2015:15:50:03 +0545", 1_431_857_103),
        ("17/May/2015:03:05:03 -0700", 1_431_857_103),
        // A leap second is the second after it.
        ("31/Dec/2016:23:59:60 +0000", 1_483_228_800),
        ("31/Dec/9999:23:59:59 +0000", 253_402_300_799),
    ])
    func reads(text: String, seconds: Int64) throws {
        let time = try #require(parse(text))
        #expect(time.seconds == seconds)
        #expect(time.microseconds == seconds * 1_000_000)
    }

    @Test(arguments: [
        "", "17/May/2015:10:05:03 +000", "17/May/2015:10:05:03  0000", "17/may/2015:10:05:03 +0000",
        "17/Mai/2015:10:05:03 +0000", "00/May/2015:10:05:03 +0000", "32/May/2015:10:05:03 +0000",
        "31/Apr/2015:10:05:03 +0000", "29/Feb/2015:10:05:03 +0000", "29/Feb/2100:10:05:03 +0000",
        "17/May/2015:24:05:03 +0000", "17/May/2015:10:60:03 +0000", "17/May/2015:10:05:61 +0000",
        "17/May/2015:10:05:03 +2400", "17/May/2015:10:05:03 +0060", "17-May-2015:10:05:03 +0000",
        "17/May/2015 10:05:03 +0000", "+7/May/2015:10:05:03 +0000", "17/May/2015:10:05:03 *0000",
        "31/Dec/1969:23:59:59 +0000", "17/May/15:10:05:03 +0000xx",
    ])
    func refuses(text: String) {
        #expect(parse(text) == nil)
    }

    @Test func writesTimesInTheirZone() throws {
        let time = try #require(parse("01/Jul/2015:00:15:09 +0545"))
        #expect(time.description == "01/Jul/2015:00:15:09 +0545")
        #expect(time.iso8601 == "2015-06-30T18:30:09Z")
        #expect(time.short == "01/Jul 00:15")
        #expect(time.date == "01/Jul/2015")
        #expect(LogTime(seconds: 0, offset: -12_600).description == "31/Dec/1969:20:30:00 -0330")
    }

    @Test func everyDayOfFourCenturiesGoesThereAndBack() {
        var previous = CivilDate(daysSince1970: -1)
        for day in 0..<146_097 {
            let date = CivilDate(daysSince1970: day)
            #expect(date.daysSince1970 == day)
            let follows =
                date.day == previous.day + 1 && date.month == previous.month && date.year == previous.year
                || date.day == 1 && previous.day == CivilDate.days(inMonth: previous.month, of: previous.year)
            if !follows { Issue.record("\(date) does not follow \(previous)") }
            previous = date
        }
        #expect(previous == CivilDate(year: 2369, month: 12, day: 31))
    }
}
