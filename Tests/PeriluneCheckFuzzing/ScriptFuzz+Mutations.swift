extension ScriptFuzz {
    /// Changes one thing in a script.
    ///
    /// - Complexity: O(size of the script).
    func mutate(_ bytes: inout [UInt8], using random: inout SeededGenerator) {
        let here = Seed(bytes)
        switch Int.random(in: 0..<20, using: &random) {
        case 0...2:
            bytes.insert(contentsOf: Self.fragment(using: &random), at: place(in: here, using: &random))
        case 3:
            let start = Int.random(in: 0...bytes.count, using: &random)
            bytes.removeSubrange(start..<min(bytes.count, start + Int.random(in: 1...8, using: &random)))
        case 4:
            if let index = bytes.indices.randomElement(using: &random) {
                bytes[index] = UInt8.random(in: 0...255, using: &random)
            }
        case 5:
            bytes.removeSubrange(Int.random(in: 0...bytes.count, using: &random)...)
        case 6...8:
            replace(here.tokens, by: { $0.tokens }, in: &bytes, using: &random)
        case 9...11:
            replace(here.statements, by: { $0.randomStatementSource }, in: &bytes, using: &random)
        case 12...14:
            let other = seed(using: &random)
            guard let range = other.randomStatementSource.randomElement(using: &random) else { return }
            let place = statementPlace(in: here, using: &random)
            bytes.insert(contentsOf: Array("\n".utf8) + other.bytes[range] + "\n".utf8, at: place)
        case 15, 16:
            guard let range = here.statements.randomElement(using: &random),
                let frame = Self.frames.randomElement(using: &random)
            else { return }
            bytes.insert(contentsOf: frame.1.utf8, at: range.upperBound)
            bytes.insert(contentsOf: frame.0.utf8, at: range.lowerBound)
        case 17, 18:
            let start = lineStart(in: bytes, using: &random)
            bytes.insert(contentsOf: Self.comment(using: &random), at: start)
        default:
            repeatStretch(of: here, in: &bytes, using: &random)
        }
    }

    // MARK: Places

    private func place(in script: Seed, using random: inout SeededGenerator) -> Int {
        guard Int.random(in: 0..<4, using: &random) > 0, let token = script.tokens.randomElement(using: &random) else {
            return Int.random(in: 0...script.bytes.count, using: &random)
        }
        return Bool.random(using: &random) ? token.lowerBound : token.upperBound
    }

    private func statementPlace(in script: Seed, using random: inout SeededGenerator) -> Int {
        guard let statement = script.statements.randomElement(using: &random) else {
            return lineStart(in: script.bytes, using: &random)
        }
        return Bool.random(using: &random) ? statement.lowerBound : statement.upperBound
    }

    private func lineStart(in bytes: [UInt8], using random: inout SeededGenerator) -> Int {
        let near = Int.random(in: 0...bytes.count, using: &random)
        return bytes[..<near].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    }

    // MARK: Changes

    private func replace(
        _ ranges: [Range<Int>], by others: (Seed) -> [Range<Int>], in bytes: inout [UInt8],
        using random: inout SeededGenerator
    ) {
        let other = seed(using: &random)
        guard let range = ranges.randomElement(using: &random),
            let replacement = others(other).randomElement(using: &random)
        else { return }
        bytes.replaceSubrange(range, with: other.bytes[replacement])
    }

    /// Writes a part of the script many times, one after the other or one in the other.
    private func repeatStretch(of script: Seed, in bytes: inout [UInt8], using random: inout SeededGenerator) {
        let count = [2, 3, 10, 100, 300].randomElement(using: &random) ?? 2
        if Bool.random(using: &random), let nest = Self.nests.randomElement(using: &random),
            let token = script.tokens.randomElement(using: &random)
        {
            bytes.insert(contentsOf: String(repeating: nest.1, count: count).utf8, at: token.upperBound)
            bytes.insert(contentsOf: String(repeating: nest.0, count: count).utf8, at: token.lowerBound)
        } else if let range = script.randomStatementSource.randomElement(using: &random) {
            let stretch = Array(script.bytes[range]) + Array("\n".utf8)
            let copies = Array(repeating: stretch, count: min(count, 1 + Self.largest / max(1, stretch.count)))
            bytes.insert(contentsOf: copies.joined(), at: range.upperBound)
        }
    }

    // MARK: Words

    private static func fragment(using random: inout SeededGenerator) -> [UInt8] {
        Array((fragments.randomElement(using: &random) ?? "").utf8)
    }

    private static func comment(using random: inout SeededGenerator) -> [UInt8] {
        let word = comments.randomElement(using: &random) ?? ""
        let rule = ["R005", "R001", "R203", "R900", "R999", "unused-local", "", "R005,R009", "all"]
            .randomElement(using: &random)
        let reason = ["", " because", " \u{E9}\u{1F319}", " \u{1B}[31m"].randomElement(using: &random) ?? ""
        return Array("\(word)\(rule ?? "")\(reason)\n".utf8)
    }

    private static let comments = [
        "-- perilune:ignore ", "-- perilune:ignore-file ", "--perilune:ignore", "--[[ perilune:ignore ", "#!lua flags=",
        "---@key a string ", "---@arg n integer >0 ", "---@return integer ", "---@flags no-writes ", "---@script a.b ",
        "---@budget calls=3 ", "---@redis 7.0 ", "---@", "--- @include \"a\" ", "#!lua name=x ",
    ]

    private static let frames = [
        ("for i = 1, #KEYS do ", " end "), ("for _, v in pairs(ARGV) do ", " end "), ("while true do ", " end "),
        ("repeat ", " until false "), ("if ARGV[1] == nil then ", " end "), ("if x then ", " else return nil end "),
        ("local function f(...) ", " end f(KEYS[1], f) "), ("pcall(function() ", " end) "), ("do ", " end "),
        ("local t = setmetatable({}, {__index = function(t, k) ", " end}) "), ("return (function(a) ", " end)(1) "),
    ]

    private static let nests = [
        ("(", ")"), ("{", "}"), ("-", ""), ("not ", ""), ("f(", ")"), ("a[", "]"), ("function() ", " end "),
        ("do ", " end "), ("if a then ", " end "), ("1 .. ", ""), ("2 ^ ", ""), ("(a or ", ")"), ("{x = ", "}"),
        ("redis.call(", ")"), ("tostring(", ")"), ("while a do ", " end "),
    ]

    private static let fragments = [
        "(", ")", "{", "}", "[", "]", "[[", "]]", "--[[", "--", "\"", "'", "\\", "..", "...", ".", ":", "=", "~=", "#",
        " and ", " or ", " not ", " end ", " do ", " function ", " local ", " return ", " break ", " if ", " for ",
        " in ", " until ", " nil ", " true ", " false ", "\n", "\r\n", "\r", "\0", "0x", "1e", "[=[", "]=]", "\\300",
        "%",
        "^", "-", " goto ", ";", ",", " == nil ", " == false ", " 2^53 ", " 1e308 * 10 ", " 0/0 ", " -1 ", " 0.5 ",
        "\u{E9}",
        "KEYS[1]", "KEYS", "KEYS[#KEYS]", "ARGV[1]", "ARGV", "arg", "_G", "redis.call('GET', KEYS[1])",
        "redis.call('SET', KEYS[1], 1.5)", "redis.pcall('GET', KEYS[2])", "redis.call('TIME')[1]",
        "redis.call(unpack(ARGV))",
        "redis.call('KEYS', '*')", "redis.call('HGETALL', 'x')", "redis.call('EVAL', '', 0)",
        "redis.call('GETSET', KEYS[1], 1)",
        "redis.error_reply('ERR x')", "redis.status_reply('OK')", "error({err = 'ERR x'})", "error({})",
        "cjson.decode(ARGV[1])",
        "cjson.encode({})", "cmsgpack.pack(1)", "bit.band(1, 2)", "struct.pack('>I', 1)", "unpack(t)",
        "unpack(t, 1, 9000)",
        "table.concat(ARGV, ',')", "table.insert(t, nil)", "table.remove(t)", "table.sort(t)", "tonumber(ARGV[1])",
        "tostring(2^53)", "string.format('%d', 1.5)", "string.rep('x', 1e9)", "('x'):rep(3)", "select('#', ...)",
        "math.floor(ARGV[1] / 2)", "math.random()", "pairs(t)", "ipairs(t)", "next(t)", "setmetatable({}, {})",
        "t[t] = t",
        "loadstring('x')()", "redis.replicate_commands()", "redis.breakpoint()", "redis.sha1hex('')", "os.clock()",
    ]
}
