import HTTPTypes
import Testing

@testable import PeriluneHummingbird

@Suite struct ResponseTermsTests {
    private let now: Int64 = 784_111_777
    private let date = "Sun, 06 Nov 1994 08:49:37 GMT"

    private func terms(
        _ fields: HTTPFields, status: Int = 200, isAuthorized: Bool = false, stale: (Int, Int) = (0, 0),
        policy change: (inout ResponseCachePolicy) -> Void = { _ in }
    ) -> Result<ResponseTerms, ResponseTerms.Refusal> {
        var policy = ResponseCachePolicy()
        change(&policy)
        return ResponseTerms.of(
            status: status, fields: fields, isAuthorized: isAuthorized, policy: policy,
            stale: (whileRevalidate: stale.0, ifError: stale.1), now: now)
    }

    private func lifetime(_ fields: HTTPFields) -> Int? { try? terms(fields).get().lifetime }

    private func refusal(_ result: Result<ResponseTerms, ResponseTerms.Refusal>) -> ResponseTerms.Refusal? {
        if case .failure(let refusal) = result { refusal } else { nil }
    }

    @Test func freshnessIsWhatTheMostSpecificFieldSays() {
        #expect(lifetime([.cacheControl: "max-age=60"]) == 60_000)
        #expect(lifetime([.cacheControl: "max-age=60, s-maxage=5"]) == 5_000)
        #expect(lifetime([.expires: "Sun, 06 Nov 1994 08:50:37 GMT"]) == 60_000)
        #expect(
            lifetime([.expires: "Sun, 06 Nov 1994 08:50:37 GMT", .date: "Sun, 06 Nov 1994 08:50:07 GMT"]) == 30_000)
        #expect(lifetime([.expires: "Sun, 06 Nov 1994 08:50:37 GMT", .cacheControl: "max-age=1"]) == 1_000)
    }

    @Test func whatIsNotFreshIsNotStored() {
        for fields: HTTPFields in [
            [:], [.cacheControl: "public"], [.cacheControl: "max-age=0"], [.cacheControl: "max-age=x"], [.expires: "0"],
            [.expires: date], [.cacheControl: "max-age=60", .age: "60"],
            [.cacheControl: "max-age=60", .date: "Sun, 06 Nov 1994 08:48:37 GMT"],
        ] {
            #expect(refusal(terms(fields)) == .notFresh, "\(fields)")
        }
    }

    @Test func whatSaysNothingIsFreshAsThePolicySays() throws {
        #expect(try terms([:], policy: { $0.implicitTTL = .seconds(9) }).get().lifetime == 9_000)
        #expect(refusal(terms([:], status: 206, policy: { $0.implicitTTL = .seconds(9) })) == .status)
        #expect(try terms([:], policy: { $0.implicitTTL = .seconds(Int64.max) }).get().lifetime == (1 << 31) * 1_000)
    }

    @Test func ageIsWhatAnotherCacheSaysOrTheDateTells() throws {
        #expect(try terms([.cacheControl: "max-age=60", .age: "20"]).get().initialAge == 20_000)
        #expect(
            try terms([.cacheControl: "max-age=60", .age: "20", .date: "Sun, 06 Nov 1994 08:49:07 GMT"]).get()
                .initialAge
                == 30_000)
        // A date that is yet to come.
        #expect(
            try terms([.cacheControl: "max-age=60", .date: "Sun, 06 Nov 1994 09:49:07 GMT"]).get().initialAge == 0)
    }

    @Test(arguments: [
        ("no-store, max-age=60", ResponseTerms.Refusal.noStore), ("private, max-age=60", .isPrivate),
        ("no-cache, max-age=60", .noCache), (#"private="x", max-age=60"#, .isPrivate),
    ])
    func whatIsNotForOthersIsNotStored(text: String, reason: ResponseTerms.Refusal) {
        #expect(refusal(terms([.cacheControl: text])) == reason)
    }

    @Test func credentialsNeedAWord() throws {
        #expect(refusal(terms([.cacheControl: "max-age=60"], isAuthorized: true)) == .credentials)
        for word in ["public", "s-maxage=60", "must-revalidate"] {
            let terms = try terms([.cacheControl: "max-age=60, \(word)"], isAuthorized: true).get()
            #expect(terms.isForAuthorized)
        }
        #expect(try !terms([.cacheControl: "max-age=60"]).get().isForAuthorized)
    }

    @Test func cookiesAreNotShared() {
        let fields: HTTPFields = [.cacheControl: "public, max-age=60", .setCookie: "a=b"]
        #expect(refusal(terms(fields)) == .cookies)
        #expect(refusal(terms(fields, policy: { $0.sharesCookies = true })) == nil)
    }

    @Test func whatVariesByAnythingIsNotStored() {
        #expect(refusal(terms([.cacheControl: "max-age=60", .vary: "*"])) == .vary)
    }

    @Test func staleTimesAreTheResponsesOrTheTypes() throws {
        func stale(_ text: String) throws -> [Int] {
            let terms = try terms([.cacheControl: text], stale: (7_000, 8_000)).get()
            return [terms.staleWhileRevalidate, terms.staleIfError]
        }
        #expect(try stale("max-age=60") == [7_000, 8_000])
        #expect(try stale("max-age=60, stale-while-revalidate=1, stale-if-error=2") == [1_000, 2_000])
        #expect(try stale("max-age=60, must-revalidate, stale-while-revalidate=1") == [0, 0])
        #expect(try stale("max-age=60, proxy-revalidate") == [0, 0])
        #expect(try stale("s-maxage=60") == [0, 0])
        #expect(try stale("s-maxage=60, stale-while-revalidate=1") == [1_000, 0])
        #expect(try stale("max-age=0") == [7_000, 8_000])
    }

    @Test func anErrorIsStoredOnlyIfItsStatusIs() {
        #expect(refusal(terms([.cacheControl: "max-age=60"], status: 404)) == nil)
        #expect(refusal(terms([.cacheControl: "max-age=60"], status: 500)) == .status)
        #expect(refusal(terms([.cacheControl: "max-age=60"], status: 304, policy: { $0.statuses = [304] })) == .status)
    }
}
