import PeriluneCore
import PeriluneGolden
import Testing

struct ReplyExpectationTests {
    static func bulk(_ texts: String...) -> RedisReply { .array(texts.map { .bulk(Array($0.utf8)) }) }

    static func any(of ranges: ClosedRange<Int>...) -> ReplyExpectation {
        .unordered(ranges.map { [.integer($0)] })
    }

    @Test(arguments: [
        ("{unordered: [a, b, c]}", true), ("{unordered: [c, a, b]}", true), ("{unordered: [c, a, a]}", false),
        ("{unordered: [a, b]}", false), ("{unordered: [a, any, any]}", true), ("{unordered: [any, b, a]}", true),
        ("{unordered: [any, any, d]}", false), ("{unordered: []}", false), ("[a, b, c]", true), ("[b, a, c]", false),
    ])
    func elementsInAnyOrder(text: String, fits: Bool) async throws {
        let yaml = "tests: [{name: a, steps: [{call: [], reply: \(text)}]}]"
        #expect(try await failures(yaml, of: "return {'a', 'b', 'c'}").isEmpty == fits)
    }

    @Test(arguments: [
        ("{pairs: {b: \"2\", a: \"1\"}}", true), ("{pairs: {a: any, b: any}}", true),
        ("{pairs: {a: \"2\", b: \"1\"}}", false),
        ("{pairs: {a: \"1\"}}", false), ("{unordered: [\"1\", b, \"2\", a]}", true),
    ])
    func namesWithTheirValuesInAnyOrder(text: String, fits: Bool) async throws {
        let yaml = "tests: [{name: a, steps: [{call: [], reply: \(text)}]}]"
        #expect(try await failures(yaml, of: "return {'a', '1', 'b', '2'}").isEmpty == fits)
    }

    /// A choice that must be taken back: 1 fits all three, and must be left to the last.
    @Test func whatFitsSeveralElementsIsGivenToOneThatLeavesTheOthersTheirs() {
        let reply = RedisReply.array([.integer(1), .integer(2), .integer(3)])
        #expect(Self.any(of: 1...3, 1...2, 1...1).objection(to: reply) == nil)
        #expect(Self.any(of: 1...1, 1...2, 1...3).objection(to: reply) == nil)
        #expect(Self.any(of: 1...2, 1...2, 1...2).objection(to: reply) != nil)
        #expect(Self.any(of: 2...3, 1...2, 0...1).objection(to: reply) == nil)
    }

    /// Each fits two neighbours, so that the last moves all others.
    @Test func manyElementsAreMatched() {
        let count = 300
        let reply = RedisReply.array((1...count).map { .integer($0) })
        let groups = (1..<count).map { [ReplyExpectation.integer($0...($0 + 1))] } + [[.integer(0...1)]]
        #expect(ReplyExpectation.unordered(groups).objection(to: reply) == nil)
        #expect(ReplyExpectation.unordered(Array(groups.dropLast()) + [[.integer(0...0)]]).objection(to: reply) != nil)
    }

    @Test func anotherOrderIsTold() {
        let expected = ReplyExpectation.array([.bulk(Array("b".utf8)), .bulk(Array("a".utf8))])
        #expect(
            expected.objection(to: Self.bulk("a", "b"))
                == "reply[0] is \"a\", expected \"b\"; all elements are there in another order, "
                + "which {unordered: [...]} allows")
        #expect(expected.objection(to: Self.bulk("a", "c")) == "reply[0] is \"a\", expected \"b\"")
    }

    @Test func itIsWrittenAsInAFile() {
        let reply = RedisReply.null
        #expect(
            ReplyExpectation.unordered([[.integer(1...1)], [.null]]).objection(to: reply)
                == "reply is null, expected {unordered: [1, null]}")
        #expect(
            ReplyExpectation.unordered([[.bulk([0x61]), .any]]).objection(to: reply)
                == "reply is null, expected {pairs: {\"a\": any}}")
    }
}
