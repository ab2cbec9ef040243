import Testing

@testable import PeriluneServer

/// Which URLs a template allows, and that no key can make another of one.
@Suite struct OriginTemplateTests {
    @Test(arguments: [
        "https://host/path/{key}", "http://127.0.0.1:8080/{key}", "http://[::1]:8080/a/{key}.json",
        "https://host/path?id={key}&a=b", "https://host/{key}/{key}", "HTTPS://Host/{key}",
        "https://a-b.example.org/x-{key}",
    ])
    func templates(text: String) {
        #expect(OriginTemplate(text)?.description == text)
    }

    @Test(arguments: [
        "", "{key}", "host/{key}", "ftp://host/{key}", "file:///etc/{key}", "unix:///tmp/{key}", "https://host/path",
        "https://{key}/path", "https://{key}.host/path/{key}", "https://host:{key}/", "https://host{key}",
        "https://user:password@host/{key}", "https://user@host/{key}", "https://host/{key}#fragment",
        "https://host:0/{key}", "https://host:65536/{key}", "https://host:x/{key}", "https:///{key}",
        "https://host/{id}",
        "https://host/{key}/{id}", "https://host/{{key}}", "https://host/ {key}", "https://host/{key}\n",
        "https://hö/{key}",
        #"https://host\@other/{key}"#, "https://host?{key}", "https://host/../{key}", "https://host/./{key}",
        "javascript:{key}", "https://[::1/{key}", "https://ho%73t/{key}",
    ])
    func whatIsNone(text: String) {
        #expect(OriginTemplate(text) == nil)
    }

    static let keys: [(String, String)] = [
        ("a", "a"), ("zürich", "z%C3%BCrich"), ("a b+c", "a%20b%2Bc"), ("a/b", "a%2Fb"),
        ("?x=1&y#z", "%3Fx%3D1%26y%23z"),
        ("@other.example", "%40other.example"), ("//other.example/x", "%2F%2Fother.example%2Fx"),
        ("%2e%2e%2f", "%252e%252e%252f"), ("a\r\nHost: other", "a%0D%0AHost%3A%20other"), ("\0", "%00"),
        ("...", "..."), ("a..b", "a..b"), (".a", ".a"), ("~-._", "~-._"), (#"\\other"#, "%5C%5Cother"),
        ("{key}", "%7Bkey%7D"), (";p", "%3Bp"),
    ]

    @Test(arguments: keys)
    func aKeyStaysInItsPlace(key: String, encoded: String) throws {
        let path = try #require(OriginTemplate("https://host/v/{key}/x"))
        #expect(path.url(for: key) == "https://host/v/\(encoded)/x")
        let query = try #require(OriginTemplate("https://host/v?id={key}&x=1"))
        #expect(query.url(for: key) == "https://host/v?id=\(encoded)&x=1")
    }

    @Test(arguments: ["", ".", "..", "../a", "a/../b", "a/..", #"..\a"#, "/./", String(repeating: "x", count: 4_097)])
    func whatLeadsElsewhereHasNoURL(key: String) throws {
        #expect(try #require(OriginTemplate("https://host/v/{key}")).url(for: key) == nil)
    }

    @Test func aDotOfTheTemplateMakesNoWayUp() throws {
        #expect(OriginTemplate("https://host/v/.{key}")?.url(for: "a") == "https://host/v/.a")
        #expect(OriginTemplate("https://host/v/.{key}")?.url(for: ".") == nil)
    }
}
