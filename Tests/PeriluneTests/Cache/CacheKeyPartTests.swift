import Foundation
import Perilune
import PeriluneCore
import PeriluneTestSupport
import Testing

/// Keys of calls: the same for the same arguments, everywhere, and different for different ones.
@Suite(.timeLimit(.minutes(20))) struct CacheKeyPartTests {
    static func key(_ part: some CacheKeyPart) -> String {
        CacheKeyEncoder(function: "f").adding(part).key.name
    }

    enum Severity: String, CacheKeyPart { case low, high }

    struct Location: CacheKeyPart {
        var country: String
        var code: Int?

        func encode(into key: inout CacheKeyEncoder) {
            key.append(country)
            key.append(code)
        }
    }

    @Test func keysReadAsDocumented() throws {
        let key = CacheKeyEncoder(function: "App/Reports.swift Reports.report(id:Int)->Report").adding(42).key
        #expect(key.name == "(48:App/Reports.swift Reports.report(id:Int)->Report)(42)")
        #expect(Self.key("Zürich") == "(1:f)(7:Zürich)")
        #expect(Self.key(-7) == "(1:f)(-7)")
        #expect(Self.key(Int128.min) == "(1:f)(-170141183460469231731687303715884105728)")
        #expect(Self.key(UInt8.max) == "(1:f)(255)")
        #expect(Self.key(true) == "(1:f)(t)")
        #expect(Self.key(1.5) == "(1:f)(3ff8000000000000)")
        #expect(Self.key(Float(1.5)) == "(1:f)(3fc00000)")
        #expect(Self.key(String?.none) == "(1:f)()")
        #expect(Self.key(String?.some("")) == "(1:f)((0:))")
        #expect(Self.key([1, 2]) == "(1:f)((1)(2))")
        #expect(Self.key(1..<3) == "(1:f)((1)(3))")
        #expect(Self.key(Severity.high) == "(1:f)((4:high))")
        #expect(Self.key(Location(country: "CH", code: 1)) == "(1:f)((2:CH)((1)))")
        let id = try #require(UUID(uuidString: "e621e1f8-c36c-495a-93fc-0c247a3e6e5f"))
        #expect(Self.key(id) == "(1:f)(36:E621E1F8-C36C-495A-93FC-0C247A3E6E5F)")
        #expect(Self.key(Date(timeIntervalSinceReferenceDate: 1.5)) == "(1:f)((3ff8000000000000))")
        #expect(Self.key(Data([1, 2])) == "(1:f)(4:AQI=)")
        #expect(Self.key(Duration.seconds(1)) == "(1:f)((1000000000000000000))")
        #expect(Self.key(URL(string: "https://h/p?q")) == "(1:f)((13:https://h/p?q))")
    }

    @Test func whatHasNoOrderMakesTheSameKeyInWhateverOrderItIsHeld() {
        // Capacities make the elements of equal sets stand in different places.
        var roomy = Set<String>(minimumCapacity: 5_000)
        var numbers = [String: Int](minimumCapacity: 5_000)
        for number in (0..<100).reversed() {
            roomy.insert("\(number)")
            numbers["\(number)"] = number
        }
        let tight = Set((0..<100).map { "\($0)" })
        #expect(Self.key(roomy) == Self.key(tight))
        let others = Dictionary(uniqueKeysWithValues: (0..<100).map { ("\($0)", $0) })
        #expect(Self.key(numbers) == Self.key(others))
        #expect(Self.key(["a": 1, "b": 2]) == "(1:f)(((1:a)(1))((1:b)(2)))")
    }

    /// Every list of up to three of the texts that keys are made of, and every pair of such lists of up to two.
    @Test func noTwoListsShareAKey() {
        let texts = ["", "(", ")", ":", "1", "1:", ")(", "(1:a)", "()"]
        func lists(upTo length: Int) -> [[String]] {
            var all: [[String]] = [[]]
            var longest: [[String]] = [[]]
            for _ in 0..<length {
                longest = longest.flatMap { list in texts.map { list + [$0] } }
                all += longest
            }
            return all
        }
        let single = lists(upTo: 3)
        #expect(Set(single.map { Self.key($0) }).count == single.count)
        // As arguments, where nothing but the parts themselves keeps them apart.
        let pairs = lists(upTo: 2)
        var keys: Set<String> = []
        for first in pairs {
            for second in pairs {
                keys.insert(CacheKeyEncoder(function: "f").adding(first).adding(second).key.name)
            }
        }
        #expect(keys.count == pairs.count * pairs.count)
    }

    struct Mixture: CacheKeyPart, Hashable, CustomStringConvertible {
        var text: String
        var number: Int
        var names: [String?]
        var groups: [[Int]]?
        var flag: Bool

        func encode(into key: inout CacheKeyEncoder) {
            key.append(text)
            key.append(number)
            key.append(names)
            key.append(groups)
            key.append(flag)
        }

        var description: String { "\(text.debugDescription) \(number) \(names) \(String(describing: groups)) \(flag)" }

        init(using generator: inout SeededGenerator) {
            func text() -> String {
                String(
                    (0..<Int.random(in: 0..<3, using: &generator)).map { _ in
                        "():0é".randomElement(using: &generator) ?? "0"
                    })
            }
            func list<Element>(_ element: () -> Element) -> [Element] {
                (0..<Int.random(in: 0..<3, using: &generator)).map { _ in element() }
            }
            self.text = text()
            number = Int.random(in: -1...11, using: &generator)
            names = list { Bool.random(using: &generator) ? text() : nil }
            groups = Bool.random(using: &generator) ? list { list { Int.random(in: 0...1, using: &generator) } } : nil
            flag = Bool.random(using: &generator)
        }
    }

    @Test func differentValuesHaveDifferentKeysAndEqualOnesTheSame() async throws {
        try await Property<Mixture>(
            runs: 20, length: 400,
            generate: { Mixture(using: &$0) },
            check: { values in
                var owners: [String: Mixture] = [:]
                var keys: [Mixture: String] = [:]
                for value in values {
                    let key = Self.key(value)
                    if let owner = owners.updateValue(value, forKey: key), owner != value {
                        return "\(owner) and \(value) share \(key)"
                    }
                    if let other = keys.updateValue(key, forKey: value), other != key {
                        return "\(value) has the keys \(other) and \(key)"
                    }
                }
                return nil
            }
        ).verify()
    }

    @Test func longCallsAreDigestedAndStillDiffer() {
        let text = String(repeating: "x", count: 5_000)
        let keys = [Self.key(text + "a"), Self.key(text + "b"), Self.key([text, "a"])]
        #expect(Set(keys).count == 3)
        #expect(keys.allSatisfy { $0.hasPrefix("%sha256-") && $0.utf8.count == 72 })
    }

    private struct Private {}
    struct Box<Content> {}

    @Test func typesArePartsByTheirNamesAndPrivateOnesHaveNone() throws {
        let key = try CacheKeyEncoder(function: "f").adding(type: Box<Int>.self).key
        #expect(key.name == "(1:f)(46:PeriluneTests.CacheKeyPartTests.Box<Swift.Int>)")
        for type in [Private.self, Box<Private>.self] as [any Any.Type] {
            #expect(throws: CacheKeyError.privateType("\(type)")) {
                try CacheKeyEncoder(function: "f").adding(type: type)
            }
        }
    }
}
