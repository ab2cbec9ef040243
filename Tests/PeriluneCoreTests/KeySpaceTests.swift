import PeriluneCore
import Testing

@Suite struct KeySpaceTests {
    let family: KeyFamily

    init() throws {
        family = try KeySpace.standard.family(kind: "tb", id: "api")
    }

    @Test func keysAreReadable() throws {
        #expect(try family.key(tag: "user:42").name == "p:{user:42}:tb:api")
        #expect(try KeySpace(namespace: "my-app").family(kind: "x", id: "y").key(tag: "é").name == "my-app:{é}:x:y")
    }

    @Test func userTextCannotLeaveTheTag() throws {
        #expect(try family.key(tag: "a}:tb:other{b").name == "p:{a%7d:tb:other%7bb}:tb:api")
        #expect(try family.key(tag: "%7d").name == "p:{%257d}:tb:api")
        #expect(try family.key(tag: "\0\n\u{7f}").name == "p:{%00%0a%7f}:tb:api")
    }

    @Test func longTextIsReplacedByItsDigest() throws {
        let long = String(repeating: "a", count: 129)
        let key = try family.key(tag: long).name
        #expect(key.hasPrefix("p:{%sha256-") && key.utf8.count < 100)
        #expect(try family.key(tag: long + "b").name != key)
        // No text that is short enough to stand for itself looks like a digest.
        let digest = key.dropFirst(3).prefix { $0 != "}" }
        #expect(try family.key(tag: String(digest)).name != key)
        // Escaping counts: 128 braces are 384 bytes.
        #expect(try family.key(tag: String(repeating: "{", count: 128)).name.hasPrefix("p:{%sha256-"))
    }

    @Test func emptyTagsAndOddNamesAreErrors() {
        #expect(throws: KeyError.emptyIdentifier) { try family.key(tag: "") }
        for name in ["", "a b", "a:b", "a{b", "é", String(repeating: "a", count: 65), "a\0"] {
            #expect(throws: KeyError.invalidName(name)) { try KeySpace(namespace: name) }
            #expect(throws: KeyError.invalidName(name)) { try KeySpace.standard.family(kind: "tb", id: name) }
        }
    }

    @Test func keysCompareByBytes() {
        #expect(RedisKey("e\u{301}") != RedisKey("é"))
        #expect(Set([RedisKey("e\u{301}"), RedisKey("é"), "é"]).count == 2)
    }
}
