import Perilune
import Testing

@Suite struct DurationUnitsTests {
    @Test func unitsAreWholeSeconds() {
        #expect(Duration.minutes(5) == .seconds(300))
        #expect(Duration.hours(-2) == .seconds(-7_200))
        #expect(Duration.days(1) == .seconds(86_400))
        #expect(Duration.days(UInt8(200)) == .seconds(17_280_000))
    }

    @Test func whatIsTooLongIsClamped() {
        #expect(Duration.minutes(Int.max) == .seconds(Int64.max))
        #expect(Duration.hours(Int.min) == .seconds(Int64.min))
        #expect(Duration.days(UInt64.max) == .seconds(Int64.max))
        #expect(Duration.days(Int128.min) == .seconds(Int64.min))
    }
}
