import HTTPTypes
import Perilune
import Testing

@testable import PeriluneHummingbird

@Suite struct SessionCookieTests {
    private static let tokens = ["A", "B"].map { "v1.3." + String(repeating: $0, count: 42) + "A" }

    @Test func theDefaultIsTheStrictest() throws {
        let cookie = try SessionCookie()
        #expect(cookie == .standard)
        let token = try SessionToken(Self.tokens[0])
        #expect(
            cookie.setting(token, maxAge: 86_400)
                == "__Host-sid=\(token.text); Path=/; Max-Age=86400; Secure; HttpOnly; SameSite=Lax")
        #expect(cookie.removal == "__Host-sid=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax")
    }

    @Test func withoutTLSItIsAnotherCookie() throws {
        let cookie = try SessionCookie(sameSite: .strict, isSecure: false, persistence: .untilBrowserCloses)
        let token = try SessionToken(Self.tokens[0])
        #expect(cookie.setting(token, maxAge: 9) == "sid=\(token.text); Path=/; HttpOnly; SameSite=Strict")
        #expect(cookie.removal == "sid=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict")
        #expect(try SessionCookie(name: "s", sameSite: .none).removal.hasSuffix("; Secure; HttpOnly; SameSite=None"))
    }

    @Test(arguments: ["", "a b", "a=b", "a;b", "a,b", "a\r\nb", "a\"b", "ä", String(repeating: "a", count: 65)])
    func namesThatBreakTheFieldAreRefused(name: String) {
        #expect(throws: SessionCookieError.invalidName(name)) { try SessionCookie(name: name) }
    }

    @Test(arguments: ["__Host-sid", "__Secure-sid", "__host-x", "__Http-x", "__Host-Http-x"])
    func prefixesNeedSecure(name: String) throws {
        #expect(throws: SessionCookieError.prefixNeedsSecure(name)) { try SessionCookie(name: name, isSecure: false) }
        #expect(try SessionCookie(name: name).name == name)
    }

    @Test func sameSiteNoneNeedsSecure() {
        #expect(throws: SessionCookieError.sameSiteNeedsSecure) {
            try SessionCookie(sameSite: .none, isSecure: false)
        }
    }

    // MARK: Reading

    private func token(_ fields: String...) -> String? {
        SessionCookie.standard.credential(in: fields).token?.text
    }

    @Test func theTokenIsFoundAmongOtherCookies() {
        let token = Self.tokens[0]
        #expect(self.token("__Host-sid=\(token)") == token)
        #expect(self.token("a=b; __Host-sid=\(token); c=d=e;;") == token)
        #expect(self.token("a=\"x", ";\t__Host-sid=\(token) \t;") == token)
        #expect(self.token("__Host-sid=\(token)", "__Host-sid=\(token)") == token)
    }

    @Test(arguments: [
        "", ";", "=", "__Host-sid", "__Host-sid=", "__Host-sid=x", "__host-sid=TOKEN", "x__Host-sid=TOKEN",
        "__Host-sid2=TOKEN", "__Host-sid =TOKEN", "__Host-sid==TOKEN", "__Host-sid=\"TOKEN\"", "__Host-sid=TOKENA",
        "__Host-sid=TOKEN,", "a=__Host-sid=TOKEN",
    ])
    func nothingElseIsAToken(text: String) {
        #expect(token(text.replacing("TOKEN", with: Self.tokens[0])) == nil)
    }

    @Test func ofSeveralTokensNoneIsTaken() {
        let (one, two) = (Self.tokens[0], Self.tokens[1])
        #expect(token("__Host-sid=\(one); __Host-sid=\(two)") == nil)
        #expect(token("__Host-sid=\(one)", "__Host-sid=\(two)") == nil)
        #expect(token("__Host-sid=\(one); __Host-sid=\(two); __Host-sid=\(two)") == nil)
        // What cannot be a token is nobody's trick to log somebody out.
        #expect(token("__Host-sid=; __Host-sid=\(one); __Host-sid=x") == one)
    }

    @Test func aFieldOfAnySizeIsReadThrough() {
        let token = Self.tokens[0]
        let long = String(repeating: "a", count: 1_000_000)
        #expect(self.token("__Host-sid=\(long); x=\(long); __Host-sid=\(token)") == token)
        #expect(self.token(String(repeating: ";", count: 100_000) + "__Host-sid=\(token)") == token)
        #expect(self.token(String(repeating: "__Host-sid=x;", count: 100_000)) == nil)
    }

    @Test func bearerTokensStandAlone() {
        func token(_ values: String...) -> String? {
            var fields = HTTPFields()
            for value in values { fields.append(HTTPField(name: .authorization, value: value)) }
            return SessionTransport.bearer.credential(in: fields).token?.text
        }
        let text = Self.tokens[0]
        #expect(token("Bearer \(text)") == text)
        #expect(token("bearer   \(text)") == text)
        for wrong in [
            "", "Bearer", "Bearer ", text, "Basic \(text)", "Bearer \(text) x", "Bearer x", "Bearer\t\(text)",
        ] {
            #expect(token(wrong) == nil, "\(wrong)")
        }
        #expect(token("Bearer \(text)", "Bearer \(text)") == nil)
    }
}
