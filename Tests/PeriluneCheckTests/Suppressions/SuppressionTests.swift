import Testing

@testable import PeriluneCheck

@Suite struct SuppressionTests {
    private let call = "redis.call('GET', 'settings')"

    @Test func behindCodeItIsAboutItsLine() {
        #expect(Validator().places(in: "return \(call) -- perilune:ignore R005 one for all") == [])
        #expect(
            Validator().places(in: "local a = \(call) -- perilune:ignore R005 one for all\nreturn {a, \(call)}")
                == ["2:30 R005"])
    }

    @Test func onALineOfItsOwnItIsAboutTheNextStatement() {
        #expect(Validator().places(in: "-- perilune:ignore R005 why\nreturn {\n  1,\n  \(call)\n}") == [])
        #expect(
            Validator().places(in: "-- perilune:ignore R005 why\nlocal a = \(call)\nreturn {a, \(call)}")
                == ["3:30 R005"])
        // Not about all that a block holds.
        #expect(
            Validator().places(in: "-- perilune:ignore R005 why\nif \(call) then\n  return \(call)\nend\nreturn 1")
                == ["3:28 R005"])
    }

    @Test func oneMayBeAboutAFile() {
        #expect(
            Validator().places(in: "-- perilune:ignore-file R005 why\nlocal a = \(call)\nreturn {a, \(call)}") == [])
    }

    @Test func rulesAreNamedByTheirNamesToo() {
        #expect(
            Validator().places(in: "local x = \(call) -- perilune:ignore undeclared-key, R201 both are so\nreturn 1")
                == [])
        #expect(Validator().places(in: "return \(call) --[[ perilune:ignore R005 long ]]") == [])
    }

    @Test func whatSuppressesNothingIsFound() throws {
        #expect(Validator().places(in: "return 1 -- perilune:ignore R005 was so") == ["1:10 R900"])
        // One of two.
        #expect(Validator().places(in: "return \(call) -- perilune:ignore R005, R010 why") == ["1:38 R900"])
        // A rule that does not look cannot find anything.
        var settings = RuleSettings()
        settings.set(Rule.ID(rawValue: "R005"), .off)
        #expect(Validator(settings: settings).places(in: "return \(call) -- perilune:ignore R005 why") == [])
    }

    @Test func whatIsWrittenWrongIsFound() {
        #expect(Validator().places(in: "return 1 -- perilune:ignore") == ["1:10 R901"])
        #expect(Validator().places(in: "return 1 -- perilune:ignore R999 no such rule") == ["1:10 R901"])
        #expect(Validator().places(in: "return \(call) -- perilune:ignore R005") == ["1:38 R901"])
        for word in ["perilune:ignored R005 why", "Perilune:ignore R005 why", "perilune: ignore R005", "perilune:off"] {
            #expect(Validator().places(in: "return 1 -- \(word)") == ["1:10 R901"])
        }
        // Other words are nobody's business.
        #expect(Validator().places(in: "return 1 -- see perilune:ignore R005") == [])
    }

    @Test(arguments: [
        ("local a = 1\n  -- perilune:ignore R005 was\nreturn a\n", "local a = 1\nreturn a\n"),
        ("return 1  -- perilune:ignore R005 was\n", "return 1\n"),
        ("-- perilune:ignore R005 was", ""),
    ])
    func whatSuppressesNothingIsTakenOut(_ before: String, _ after: String) throws {
        let source = ScriptSource("a.lua", before)
        let file = FileFindings(source: source, findings: Validator().findings(in: source))
        let fixed = try #require(FixedScript(file))
        #expect(String(decoding: fixed.bytes, as: UTF8.self) == after)
    }
}
