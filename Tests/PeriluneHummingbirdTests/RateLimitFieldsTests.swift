import HTTPTypes
import Perilune
import PeriluneEmbedded
import RawStructuredFieldValues
import Testing

@testable import PeriluneHummingbird

@Suite struct RateLimitFieldsTests {
    private func fields(_ policy: RateLimitPolicy, calls: Int = 1) async throws -> HTTPFields {
        let limiter = RateLimiter(engine: EmbeddedEngine(clock: ManualClock()), policy: policy)
        var decision = try await limiter.peek("a")
        for _ in 0..<calls { decision = try await limiter.check("a") }
        var fields: HTTPFields = [:]
        RateLimitFields(policy: policy).add(decision, to: &fields)
        return fields
    }

    @Test func writesTheStandardPolicy() async throws {
        let fields = try await fields(.standard)
        #expect(
            fields[.rateLimitPolicy] == #""minute";q=60;w=60, "hour";q=1000;w=3600, "burst";q=10;w=1"#)
        #expect(fields[.rateLimit] == #""minute";r=59;t=1, "hour";r=999;t=4, "burst";r=9;t=1"#)
        #expect(fields[.xRateLimitLimit] == "10")
        #expect(fields[.xRateLimitRemaining] == "9")
        #expect(fields[.xRateLimitReset] == "1")
    }

    @Test func anUntouchedLimitResetsNow() async throws {
        let fields = try await fields(try RateLimitPolicy(name: "p", limits: [RateLimit(parsing: "60/min")]), calls: 0)
        #expect(fields[.rateLimit] == #""minute";r=60;t=0"#)
        #expect(fields[.xRateLimitReset] == "0")
    }

    @Test func aDeniedLimitResetsWhenTheCallWouldBeAllowed() async throws {
        let fields = try await fields(try RateLimitPolicy(name: "p", limits: [RateLimit(parsing: "2/min")]), calls: 3)
        #expect(fields[.rateLimit] == #""minute";r=0;t=30"#)
        #expect(fields[.xRateLimitReset] == "30")
    }

    @Test(arguments: [("5/250ms", #""250ms";q=5"#), ("5/1500ms", #""1500ms";q=5"#), ("5/2s", #""2s";q=5;w=2"#)])
    func leavesOutWindowsThatAreNoWholeSeconds(limit: String, policy: String) throws {
        let fields = RateLimitFields(policy: try RateLimitPolicy(name: "p", limits: [RateLimit(parsing: limit)]))
        #expect(fields.policyValue == policy)
    }

    @Test func bothAreListsOfStringsWithIntegers() async throws {
        let limits = try [
            RateLimit(name: "a.b_c-d", quota: 1_000_000_000, per: .seconds(3_000_000)), RateLimit(parsing: "7/10s"),
        ]
        let fields = try await fields(try RateLimitPolicy(name: "p", limits: limits))
        for (name, keys) in [(HTTPField.Name.rateLimitPolicy, ["q", "w"]), (.rateLimit, ["r", "t"])] {
            var parser = StructuredFieldValueParser(Array(try #require(fields[name]).utf8))
            let list = try parser.parseListFieldValue()
            #expect(list.count == 2)
            for (element, limit) in zip(list, limits) {
                guard case .item(let item) = element, case .string(let text) = item.rfc9651BareItem else {
                    Issue.record("not a string: \(element)")
                    continue
                }
                #expect(text == limit.name)
                #expect(item.rfc9651Parameters.map(\.0) == keys)
                for (_, value) in item.rfc9651Parameters {
                    guard case .integer(let number) = value else {
                        Issue.record("not an integer: \(value)")
                        continue
                    }
                    #expect(number >= 0)
                }
            }
        }
    }
}
