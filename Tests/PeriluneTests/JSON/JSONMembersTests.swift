import Foundation
import PeriluneCore
import PeriluneTestSupport
import Testing

@testable import Perilune

/// Objects taken apart into members, and made of them again.
@Suite struct JSONMembersTests {
    private func split(_ text: String) throws(JSONMembersError) -> [JSONMembers.Member] {
        try JSONMembers.split(Array(text.utf8))
    }

    private func member(_ name: String, _ value: String) -> JSONMembers.Member {
        JSONMembers.Member(name: name, value: Array(value.utf8))
    }

    @Test func valuesAreKeptToTheByteAndNamesAreUnescaped() throws {
        #expect(
            try split(
                #" { "a" : 12345678901234567890.10e+5 , "":[ ],"o":{ "x" : [1, {}] }  ,"s":"}\"\\,\u00e9", "t":true}"#
                    + "\r\n\t"
            ) == [
                member("a", "12345678901234567890.10e+5"), member("", "[ ]"), member("o", #"{ "x" : [1, {}] }"#),
                member("s", #""}\"\\,\u00e9""#), member("t", "true"),
            ])
        #expect(try split("{}").isEmpty)
        #expect(try split("{ \n }").isEmpty)
        #expect(
            try split(#"{"\u006E\/\"\\\b\f\n\r\t\u0000":1,"\ud83d\ude00é😀":null}"#).map(\.name)
                == ["n/\"\\\u{8}\u{C}\n\r\t\0", "😀é😀"])
    }

    @Test(arguments: [
        "", " ", "[1]", "1", "\"a\"", "null", "]",
    ])
    func otherValuesAreNoObjects(_ text: String) {
        #expect(throws: JSONMembersError.notAnObject) { try split(text) }
    }

    @Test(arguments: [
        ("{", 1), (#"{"a"#, 3), (#"{"a""#, 4), (#"{"a":"#, 5), (#"{"a":1"#, 6), (#"{"a":1,"#, 7), (#"{"a":1,}"#, 7),
        (#"{"a":[1}"#, 7), (#"{"a":[1,]}"#, 8), (#"{"a":{}"#, 7), (#"{"a":1}}"#, 7), (#"{"a":1} x"#, 8), ("{a:1}", 1),
        (#"{"a" 1}"#, 5), (#"{"a":1 "b":2}"#, 7), (#"{"a":tru}"#, 8), (#"{"a":nulL}"#, 8), (#"{"a":falsey}"#, 10),
        (#"{"a":01}"#, 6), (#"{"a":-}"#, 6), (#"{"a":1.}"#, 7), (#"{"a":.5}"#, 5), (#"{"a":1e}"#, 7),
        (#"{"a":+1}"#, 5), (#"{"a":NaN}"#, 5), (#"{"a":"\x"}"#, 7), (#"{"a":"\u12"}"#, 10), (#"{"a":"\u12g4"}"#, 10),
        (#"{"a":"\ud800"}"#, 8), (#"{"a":"\udc00"}"#, 8), (#"{"a":"\ud800\u0041"}"#, 8), (#"{"\ud800\n":1}"#, 9),
        ("{\"a\":\"\n\"}", 6), ("{\"a\0\":1}", 3), ("{\"a\":\"\0\"}", 6), ("{\"a\":1\0}", 6), ("\u{FEFF}{}", 0),
    ])
    func whatIsNoJSONIsRefusedAtItsByte(_ text: String, _ offset: Int) {
        #expect(throws: text.first == "{" ? JSONMembersError.malformed(offset: offset) : .notAnObject) {
            try split(text)
        }
    }

    @Test func bytesThatAreNoTextAreRefused() {
        for bytes: [UInt8] in [[0xFF], [0xC3], [0xED, 0xA0, 0x80]] {
            #expect(throws: JSONMembersError.self) {
                try JSONMembers.split(Array(#"{"a":""#.utf8) + bytes + "\"}".utf8)
            }
            #expect(throws: JSONMembersError.self) { try JSONMembers.split(Array("{\"".utf8) + bytes + "\":1}".utf8) }
            #expect(throws: JSONMembersError.self) { try JSONMembers.validate([0x22] + bytes + [0x22]) }
        }
    }

    @Test func aNameThatComesTwiceIsRefusedHoweverItIsWritten() throws {
        #expect(throws: JSONMembersError.duplicateName("a")) { try split(#"{"a":1,"b":2,"\u0061":3}"#) }
        // One scalar or two: the same text for Swift, whose decoder would read one of them.
        #expect(throws: JSONMembersError.duplicateName("é")) { try split(#"{"\u00e9":1,"e\u0301":2}"#) }
        // Stored one by one by two writers, they must not make all unreadable: the last one counts.
        let both = [member("\u{E9}", "1"), member("a", "0"), member("e\u{301}", "2")]
        #expect(try JSONMembers.join(both) == Array("{\"a\":0,\"e\u{301}\":2}".utf8))
        // Within values it is the reader's matter.
        #expect(throws: Never.self) { try split(#"{"a":{"b":1,"b":2}}"#) }
    }

    @Test func nestingIsBounded() throws {
        func nested(_ depth: Int, _ open: String, _ close: String) -> String {
            String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)
        }
        let deepest = JSONMembers.deepestNesting
        for (open, close) in [("[", "]"), ("{\"k\":", "}")] {
            let value = nested(deepest - 1, open, close)
            #expect(try split("{\"a\":\(value)}") == [member("a", value)])
            #expect(throws: Never.self) { try JSONMembers.validate(Array(value.utf8)) }
            for depth in [deepest, 1_000_000] {
                let tooDeep = nested(depth, open, close)
                #expect(throws: JSONMembersError.tooDeep) { try split("{\"a\":\(tooDeep)}") }
                #expect(throws: JSONMembersError.tooDeep) { try JSONMembers.validate(Array(tooDeep.utf8)) }
            }
        }
    }

    @Test func membersBecomeTheObjectTheyCameFrom() throws {
        let members = [
            member("", "[ ]"), member("a\"b\\c/\n\u{1}\u{1F}\0é😀", #"{"x":1.10}"#), member("b", "null"),
        ]
        let text = try JSONMembers.join(members)
        #expect(
            String(decoding: text, as: UTF8.self)
                == #"{"":[ ],"a\"b\\c/\u000a\u0001\u001f\u0000é😀":{"x":1.10},"b":null}"#)
        #expect(try JSONMembers.split(text) == members)
        #expect(try JSONMembers.join([]) == Array("{}".utf8))
    }

    /// A value that someone else has put there cannot bring members of its own.
    @Test(arguments: ["", " ", "1,\"admin\":true", "1}", "{", "\"", "nul", "1 2"])
    func aValueThatIsNotOneValueIsRefused(_ value: String) {
        #expect(throws: JSONMembersError.self) { try JSONMembers.join([member("a", value), member("b", "1")]) }
    }

    @Test func whatFoundationEncodesIsReadAsFoundationReadsIt() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SeededGenerator(seed: seed)
        let alphabet: [Character] = ["a", "\"", "\\", "/", "\n", "\0", "\u{1F}", "é", "😀", "\u{2028}", "{", ":", ","]
        func text() -> String {
            String(
                (0..<Int.random(in: 0..<6, using: &generator)).compactMap { _ in
                    alphabet.randomElement(using: &generator)
                })
        }
        for _ in 0..<500 {
            let pairs = (0..<Int.random(in: 0..<8, using: &generator)).map { _ in (text(), [text(), text()]) }
            let value = Dictionary(pairs) { $1 }
            let encoder = JSONEncoder()
            if Bool.random(using: &generator) { encoder.outputFormatting = .prettyPrinted }
            let members = try JSONMembers.split(Array(try encoder.encode(value)))
            #expect(members.count == value.count, "seed \(seed)")
            for member in members {
                #expect(
                    try JSONDecoder().decode([String].self, from: Data(member.value)) == value[member.name],
                    "seed \(seed)")
            }
            let joined = Data(try JSONMembers.join(members))
            #expect(try JSONDecoder().decode([String: [String]].self, from: joined) == value, "seed \(seed)")
        }
    }
}
