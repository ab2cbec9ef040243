import Testing

@testable import PeriluneServer

@Suite struct JSONReaderTests {
    @Test(arguments: [
        "", " ", "{", "}", "[", "]", "{,}", "[,]", "[1,]", #"{"a":1,}"#, #"{"a" 1}"#, #"{"a":}"#, #"{a:1}"#, "{'a':1}",
        #"{"a":1"b":2}"#, "[1 2]", "nul", "nulll", "True", "NaN", "Infinity", "-", "+1", ".5", "5.", "01", "-01", "1e",
        "1e+", "0x1", "1 2", "\"", "\"\u{1F}\"", "\"\n\"", #""\x""#, #""\u12""#, #""\u12G4""#, #""\ud800""#,
        #""\udc00""#,
        #""\ud800\u0041""#, #""\ud800x""#, "\u{FEFF}1", "/**/1", "1//", "\u{A0}1", "\0", #"{"a":1}}"#, #"{"a":[}]"#,
    ])
    func isNotJSON(text: String) {
        #expect(throws: JSONReader.Malformed.self) { try JSONReader.read(Array(text.utf8)) }
    }

    @Test(arguments: [
        "0", "-0", "10", "1.50", "-0.1e-400", "1E+2", " \t\r\n null ", "[]", "[ ]", "[1,[2,{}],\"x\"]", "{}", "{ }",
        #"{"a":{"b":[null,true,false]},"c":""}"#, "\"\u{7F}\"",
    ])
    func isJSON(text: String) {
        #expect(throws: Never.self) { try JSONReader.read(Array(text.utf8)) }
    }

    @Test func bytesThatAreNotUTF8AreNotJSON() {
        for bytes: [UInt8] in [[0xFF], [0x22, 0xC3, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0, 0x22, 0]] {
            #expect(throws: JSONReader.Malformed.self) { try JSONReader.read(bytes) }
        }
    }

    @Test func textsAreTakenAsTheyAre() throws {
        let texts: [(String, String)] = [
            (#""a\"\\\/\b\f\n\r\t""#, "a\"\\/\u{8}\u{C}\n\r\t"), (#""\u0000\u00e9\u65E5""#, "\0é日"),
            (#""\ud83d\ude80\uDBFF\uDFFF""#, "🚀\u{10FFFF}"), ("\"é日🚀\"", "é日🚀"),
        ]
        for (json, text) in texts {
            guard case .string(let value) = try JSONReader.read(Array(json.utf8)) else {
                Issue.record("\(json)")
                continue
            }
            #expect(Array(value.utf8) == Array(text.utf8), "\(json)")
        }
    }

    @Test func nestingIsBounded() throws {
        func nested(_ depth: Int) -> [UInt8] {
            Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
        }
        #expect(throws: Never.self) { try JSONReader.read(nested(JSONReader.deepest)) }
        #expect(throws: JSONReader.Malformed.self) { try JSONReader.read(nested(JSONReader.deepest + 1)) }
    }
}
