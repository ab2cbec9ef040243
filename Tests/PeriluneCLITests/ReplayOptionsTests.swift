import Perilune
import Testing

@testable import PeriluneCLI

@Suite struct ReplayOptionsTests {
    @Test func theStandardPolicyIsTheDefault() throws {
        let options = try ReplayOptions(path: "-")
        #expect(options.policy.limits == RateLimitPolicy.standard.limits)
        #expect(options.field == .ip)
        #expect(options.top == 10)
    }

    @Test func limitsAndBurstMakeThePolicy() throws {
        let options = try ReplayOptions(path: "-", limits: ["60/min", "slow=10/min"], burst: "5", by: "user-agent")
        #expect(
            options.policy.limits.map(\.description) == [
                "minute: 60 per 60.0 seconds", "slow: 10 per 60.0 seconds", "burst: 5 per 1.0 seconds",
            ])
        #expect(options.field == .userAgent)
        #expect(try ReplayOptions(path: "-", limits: ["60/min"]).policy.limits.map(\.name) == ["minute"])
        #expect(try ReplayOptions(path: "-", burst: "5").policy.limits.map(\.name) == ["burst"])
        #expect(
            try ReplayOptions(path: "-", limits: ["6/h"], algorithm: "sliding-window").policy.algorithm
                == .slidingWindow)
    }

    @Test func mistakesNameTheOptionAndWhatIsRight() {
        func message(_ make: () throws(ReplayOptionError) -> ReplayOptions) -> String {
            do throws(ReplayOptionError) {
                _ = try make()
                return ""
            } catch {
                return error.description
            }
        }
        #expect(
            message { () throws(ReplayOptionError) in try ReplayOptions(path: "-", limits: ["5"]) }
                == "--limit: \"5\" is not a limit; write for example 60/min, 1000/h or 5/10s")
        #expect(
            message { () throws(ReplayOptionError) in try ReplayOptions(path: "-", limits: ["5/h", "6/h"]) }
                == "--limit: two limits are called hour; give one of them another name, as in NAME=60/min")
        #expect(
            message { () throws(ReplayOptionError) in try ReplayOptions(path: "-", burst: "x\n") }
                == "--burst: \"x\\x0A\" is not a number; write for example 10")
        #expect(
            message { () throws(ReplayOptionError) in try ReplayOptions(path: "-", burst: "0") }
                == "--burst: 0 is not a quota that can be counted here; it must be from 1 to 1000000000")
        #expect(
            message { () throws(ReplayOptionError) in try ReplayOptions(path: "-", algorithm: "fixed-window") }
                == "--algorithm fixed-window: several limits in one policy need the token-bucket algorithm")
        #expect(
            message { () throws(ReplayOptionError) in try ReplayOptions(path: "-", by: "host") }
                == "--by: \"host\" is none of ip, user, path, user-agent")
        #expect(
            message { () throws(ReplayOptionError) in try ReplayOptions(path: "-", top: "-1") }
                == "--top: \"-1\" is not a number from 0 to 10000")
        #expect(
            message { () throws(ReplayOptionError) in try ReplayOptions(path: "-", failAbove: "x%") }
                == "--fail-above: \"x%\" is not a share; write for example 1% or 0.01")
    }

    @Test func sharesAreExact() throws {
        // In binary fractions 0.29 * 100 is less than 29, and 0.07 * 100 more than 7.
        for (text, part) in [("29%", 29), ("0.29", 29), ("7%", 7), ("0.07", 7), ("0%", 0), ("0", 0), ("100%", 100)] {
            let share = try Share(parsing: text)
            #expect(!share.isExceeded(by: part, of: 100))
            #expect(part == 100 || share.isExceeded(by: part + 1, of: 100))
        }
        #expect(try Share(parsing: "0.0000001%").isExceeded(by: 1, of: 100_000_000))
        #expect(try !Share(parsing: "0.0000001%").isExceeded(by: 1, of: 1_000_000_000))
        #expect(try Share(parsing: "99.9%").isExceeded(by: Int.max, of: Int.max))
    }

    @Test(arguments: [
        "", "%", "1", "1.5", "101%", "-1%", "1%%", "nan", "inf%", "0x1", "1e-2", "0.0000000001", ".5", "5.", "1 %",
        "٣%",
    ])
    func refusesWhatIsNoShare(text: String) {
        #expect(throws: ReplayOptionError.self) { try Share(parsing: text) }
    }
}
