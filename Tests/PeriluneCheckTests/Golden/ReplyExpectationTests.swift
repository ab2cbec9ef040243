import PeriluneCore
import Testing

@testable import PeriluneGolden

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
        let count = 200
        let reply = RedisReply.array((1...count).map { .integer($0) })
        let groups = (1..<count).map { [ReplyExpectation.integer($0...($0 + 1))] } + [[.integer(0...1)]]
        #expect(ReplyExpectation.unordered(groups).objection(to: reply) == nil)
        #expect(ReplyExpectation.unordered(Array(groups.dropLast()) + [[.integer(0...0)]]).objection(to: reply) != nil)
        let any = ReplyExpectation.unordered(Array(repeating: [.any], count: 6_000))
        #expect(any.objection(to: .array(Array(repeating: .integer(1), count: 6_000))) == nil)
    }

    @Test func errorsInAListAreFoundByHowTheyBegin() async throws {
        let script = "return {1, {err = 'ERR foo bar'}}"
        for (reply, fits) in [("[{error: ERR}, 1]", true), ("[any, {error: ERR}]", true), ("[any, any]", false)] {
            let yaml = "tests: [{name: a, steps: [{call: [], reply: {unordered: \(reply)}}]}]"
            #expect(try await failures(yaml, of: script).isEmpty == fits, "\(reply)")
        }
    }

    @Test func orderWithinAnElementCounts() {
        let pairs = ReplyExpectation.unordered([[.bulk([0x66]), .any], [.bulk([0x67]), .any]])
        func list(_ texts: String...) -> RedisReply { .array(texts.map { .bulk(Array($0.utf8)) }) }
        #expect(pairs.isSame(list("f", "v", "g", "w"), list("g", "w", "f", "v")))
        #expect(!pairs.isSame(list("f", "v", "g", "w"), list("f", "w", "g", "v")))
        let lists = ReplyExpectation.unordered([[.any]])
        #expect(!lists.isSame(.array([list("a", "b")]), .array([list("b", "a")])))
        let sets = ReplyExpectation.unordered([[.unordered([[.any], [.any]])]])
        #expect(sets.isSame(.array([list("a", "b")]), .array([list("b", "a")])))
    }

    @Test func anotherOrderIsTold() {
        let expected = ReplyExpectation.array([.bulk(Array("b".utf8)), .bulk(Array("a".utf8))])
        #expect(
            expected.objection(to: Self.bulk("a", "b"))
                == "reply[0] is \"a\", expected \"b\"; all elements are there in another order, "
                + "which {unordered: [...]} allows")
        let inner = ReplyExpectation.array([.array([.integer(1...1), .integer(2...2)]), .null])
        #expect(
            inner.objection(to: .array([.array([.integer(2), .integer(1)]), .null]))
                == "reply[0][0] is 2, expected 1; all elements are there in another order, "
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
