import PeriluneLua
import Testing

@testable import PeriluneCheck

@Suite("The table of commands")
struct CommandTableTests {
    @Test("Every line is read, and no command has two")
    func wellFormed() {
        for line in CommandTable.lines { #expect(CommandRow(line) != nil, "\(line)") }
        #expect(CommandTable.rows.count == CommandTable.lines.count)
        for line in Deprecation.lines { #expect(Deprecation.parse(line) != nil, "\(line)") }
        #expect(Deprecation.all.count == Deprecation.lines.count)
    }

    @Test(
        "What is no line is not read as one",
        arguments: [
            "", "GET", "GET 1.0 2 r", "GET 1.0 two r 1", "GET 1.0 2 q 1", "GET one 2 r 1", "GET 1.0 2 r 1#x",
            "GET 1.0 2 r 1:x",
            "GET 1.0 2 r STORE@", "GET 1.0 2 r STORE@1?", "GET 1.0 2 r 1 <7.0", "GET 1.0 2 r 1 <7.0=?",
            "GET 1.0 2 r 1 !x",
        ])
    func malformed(_ line: String) {
        #expect(CommandRow(line[...]) == nil)
    }

    @Test("What replaces a command is there wherever the advice is given", arguments: RedisVersion.allCases)
    func replacements(_ version: RedisVersion) throws {
        let table = CommandTable(version: version)
        for command in table.commands {
            guard let deprecation = command.deprecation else { continue }
            let words = deprecation.replacement.name.split(separator: " ").map(String.init)
            guard case .known(let other) = table.lookup(words[0], subcommand: words.count > 1 ? words[1] : nil) else {
                Issue.record("\(command.name): \(words) is not in \(version)")
                continue
            }
            #expect(other.deprecation == nil)
            // A call of the old command that is long enough makes one of the new command that is.
            let slots = deprecation.replacement.slots
            guard deprecation.sameness != .purpose else { continue }
            let old = Int(command.arity.magnitude) - 1
            #expect(slots.count <= old || command.arity > 0 && slots.count == old, "\(command.name)")
            #expect(old + slots.flatMap(\.words).count + 1 >= other.arity.magnitude, "\(command.name)")
        }
    }

    @Test("A release has what came before it, and says when the rest came")
    func releases() {
        func lookup(_ name: String, _ subcommand: String? = nil, in version: RedisVersion) -> String {
            switch CommandTable(version: version).lookup(name, subcommand: subcommand) {
            case .known(let command): "\(command.name) \(command.arity)"
            case .later(let name, let since): "\(name) since \(since.release)"
            case .removed(let name, let version): "\(name) until \(version.release)"
            case .module: "module"
            case .unknownSubcommand: "subcommand?"
            case .unknown: "?"
            }
        }
        #expect(lookup("get", in: .v62) == "GET 2")
        #expect(lookup("LMPOP", in: .v62) == "LMPOP since 7.0")
        #expect(lookup("LMPOP", in: .v70) == "LMPOP -4")
        #expect(lookup("LPOS", in: .v62) == "LPOS -3")
        #expect(lookup("STRALGO", in: .v62) == "STRALGO -2")
        #expect(lookup("STRALGO", in: .v70) == "STRALGO until 7.0")
        #expect(lookup("EXPIRE", in: .v62) == "EXPIRE 3")
        #expect(lookup("EXPIRE", in: .v70) == "EXPIRE -3")
        #expect(lookup("ZRANK", in: .v70) == "ZRANK 3")
        #expect(lookup("ZRANK", in: .v72) == "ZRANK -3")
        #expect(lookup("WAITAOF", in: .v70) == "WAITAOF since 7.2")
        #expect(lookup("HEXPIRE", in: .v72) == "HEXPIRE since 7.4")
        #expect(lookup("HGETEX", in: .v74) == "HGETEX since 8.0")
        #expect(lookup("VADD", in: .v80) == "VADD -5")
        #expect(lookup("XDELEX", in: .v80) == "XDELEX since 8.2")
        #expect(lookup("JSON.SET", in: .v62) == "JSON.SET -1")
        #expect(lookup("GRAPH.QUERY", in: .v80) == "module")
        #expect(lookup("xgroup", "create", in: .v70) == "XGROUP CREATE -5")
        #expect(lookup("XGROUP", in: .v70) == "XGROUP -2")
        #expect(lookup("XGROUP", "CRATE", in: .v70) == "subcommand?")
        #expect(lookup("CLUSTER", "SHARDS", in: .v62) == "CLUSTER SHARDS since 7.0")
        #expect(lookup("XGROUP|CREATE", in: .v70) == "?")
        #expect(lookup("XGROUP", "CREATE|", in: .v70) == "subcommand?")
        #expect(lookup("", in: .v70) == "?")
        // Only the letters of ASCII have two cases.
        #expect(lookup("\u{17F}et", in: .v70) == "?")
    }

    @Test("Which commands scripts may not call changed twice")
    func scripts() {
        func isRefused(_ name: String, _ version: RedisVersion) -> Bool {
            guard case .known(let command) = CommandTable(version: version).lookup(name) else { return false }
            return command.flags.contains(.noScript)
        }
        #expect(isRefused("BLPOP", .v62) && isRefused("BLPOP", .v70) && !isRefused("BLPOP", .v72))
        #expect(isRefused("WAIT", .v70) && !isRefused("WAIT", .v72))
        #expect(isRefused("WAITAOF", .v72) && !isRefused("WAITAOF", .v74))
        #expect(!isRefused("BLMPOP", .v70))
        #expect(isRefused("MULTI", .v80))
    }

    @Test(
        "The nearest name is found, if it is near",
        arguments: [
            ("GTE", "GET"), ("HGETAL", "HGETALL"), ("zrangebyscroe", "ZRANGEBYSCORE"), ("EXPRIE", "EXPIRE"),
            ("SADDD", "SADD"),
            ("XYZ", nil), ("FROBNICATE", nil), ("G", nil), ("", nil), (String(repeating: "GET", count: 1000), nil),
        ] as [(String, String?)])
    func suggestions(name: String, expected: String?) {
        #expect(CommandTable(version: .v70).suggestion(for: name) == expected)
    }

    @Test("Nothing is suggested that the release has not")
    func suggestionsOfReleases() {
        #expect(CommandTable(version: .v74).suggestion(for: "HEXPIRES") == "HEXPIRE")
        #expect(CommandTable(version: .v80).suggestion(for: "VSETATT") == "VSETATTR")
        #expect(CommandTable(version: .v70).suggestion(for: "VSETATT") == nil)
        #expect(CommandTable(version: .v70).suggestion(for: "CRATE", of: "xgroup") == "CREATE")
        #expect(CommandTable(version: .v70).suggestion(for: "CRATE", of: "GET") == nil)
    }

    @Test(
        "A slip is one step, two letters in the wrong order as well",
        arguments: [
            ("", "", 0), ("GET", "GET", 0), ("GET", "", 3), ("GTE", "GET", 1), ("GE", "GET", 1), ("GEAT", "GET", 1),
            ("GOT", "GET", 1), ("SETNX", "SETEX", 1), ("HSTE", "HSETNX", 3),
        ])
    func distances(one: String, other: String, expected: Int) {
        #expect(NameDistance.distance(Array(one.utf8), Array(other.utf8)) == expected)
        #expect(NameDistance.distance(Array(other.utf8), Array(one.utf8)) == expected)
    }
}
