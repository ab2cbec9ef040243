import Testing

@testable import PeriluneHummingbird

@Suite struct JSONValueTests {
    static let values: [(JSONValue, String)] = [
        (.null, "null"), (.bool(true), "true"), (.integer(-42), "-42"), (.thousandths(0), "0"),
        (.thousandths(1_500), "1.5"), (.thousandths(1_000), "1"), (.thousandths(7), "0.007"),
        (.thousandths(-1_250), "-1.25"), (.thousandths(60_010), "60.01"), (.thousandths(.min), "-9223372036854775.808"),
        (.string("é\"\\\u{0}\u{1f}\n/"), #""é\"\\\u0000\u001f\u000a/""#), (.array([]), "[]"),
        (.array([.null, .string("a")]), #"[null,"a"]"#),
        (["b": .integer(1), "a": ["c": .null]], #"{"b":1,"a":{"c":null}}"#),
    ]

    @Test(arguments: values)
    func writes(value: JSONValue, text: String) {
        #expect(String(decoding: value.bytes, as: UTF8.self) == text)
    }

    @Test func secondsAreCutToMilliseconds() {
        #expect(JSONValue.seconds(.microseconds(1_234_999)) == .thousandths(1_234))
    }
}
