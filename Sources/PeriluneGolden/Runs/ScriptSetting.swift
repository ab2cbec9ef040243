import PeriluneCore

/// What a test shows a script in place of what the engine would: an older version, answers of stubs, a time.
///
/// It is done in Lua, on the first line of the script, so that it is the same on every engine, and lines keep their
/// numbers: the script gets a `redis` of its own.
struct ScriptSetting: Sendable {
    var version: ScriptTest.Version?
    var stubs: [ScriptTest.Stub] = []
    /// What `TIME` answers, in microseconds since 1970; `nil` leaves it to the engine. It is two more arguments, which the
    /// script does not see: its text is the same at any time, and a server keeps every text for ever.
    var time: Int64?

    /// Whether everything is as the engine shows it.
    var isPlain: Bool { version == nil && stubs.isEmpty && time == nil }

    /// A script that runs in this setting.
    func applied(to script: LuaScript) -> LuaScript {
        guard let prefix else { return script }
        var body = script.source[...]
        var shebang = script.source[..<script.source.startIndex]
        if body.hasPrefix("#!"), let end = body.utf8.firstIndex(of: UInt8(ascii: "\n")) {
            let next = body.utf8.index(after: end)
            (shebang, body) = (body[..<next], body[next...])
        }
        return LuaScript(name: script.name, source: shebang + prefix + body)
    }

    /// ARGV of a call in this setting.
    func applied(to arguments: [[UInt8]]) -> [[UInt8]] {
        guard let time else { return arguments }
        return arguments + [time / 1_000_000, time % 1_000_000].map { Array(String($0).utf8) }
    }

    private var prefix: String? {
        guard !isPlain else { return nil }
        var text = "local redis=(function(redis) local shown={} for k,v in pairs(redis) do shown[k]=v end "
        if version == .redis62 { text += "shown.REDIS_VERSION=nil shown.REDIS_VERSION_NUM=nil " }
        var answers = self.answers
        if time != nil {
            text += "local count=#ARGV local seconds,rest=ARGV[count-1],ARGV[count] ARGV[count],ARGV[count-1]=nil,nil "
            answers.append("['4:TIME']={function() return {seconds,rest} end}")
        }
        if !answers.isEmpty {
            // Each command's answers in turn, and then the last for ever.
            text += "local answers={\(answers.joined(separator: ","))} "
            text += "local function stub(call,raises) return function(...) local words={} "
            // In parentheses, as a tail call has no line for the text of an error.
            text += "for i=1,select('#',...) do local word=select(i,...) "
            text += "if type(word)~='string' and type(word)~='number' then return (call(...)) end "
            text += "word=tostring(word) if i==1 then word=string.upper(word) end words[i]=#word..':'..word end "
            text += "local known=answers[table.concat(words)] if not known then return (call(...)) end "
            text += "known.next=math.min((known.next or 0)+1,#known) local answer=known[known.next]() "
            text += "if raises and type(answer)=='table' and answer.err then error(answer) end return answer end end "
            text += "shown.call,shown.pcall=stub(redis.call,true),stub(redis.pcall,false) "
        }
        return text + "return shown end)(redis) "
    }

    /// The fields of the table of answers.
    private var answers: [String] {
        var order: [[UInt8]] = []
        var replies: [[UInt8]: [RedisReply]] = [:]
        for stub in stubs {
            let key = Self.key(stub.command)
            if replies[key] == nil { order.append(key) }
            replies[key, default: []].append(stub.reply)
        }
        return order.map { key in
            let functions = replies[key, default: []].map { "function() return \(Self.literal($0)) end" }
            return "[\(Self.literal(key))]={\(functions.joined(separator: ","))}"
        }
    }

    /// How the words of a command are joined for the table of answers.
    private static func key(_ words: [[UInt8]]) -> [UInt8] {
        words.enumerated().flatMap { index, word in
            let word = index == 0 ? word.map { (0x61...0x7A).contains($0) ? $0 - 0x20 : $0 } : word
            return Array("\(word.count):".utf8) + word
        }
    }

    /// A reply as a script gets it, in Lua.
    private static func literal(_ reply: RedisReply) -> String {
        switch reply {
        case .integer(let value): String(value)
        case .bulk(let bytes): literal(bytes)
        case .status(let text): "{ok=\(literal(Array(text.utf8)))}"
        case .error(let error): "{err=\(literal(Array(error.line.utf8)))}"
        case .null: "false"
        case .array(let elements): "{\(elements.map(literal).joined(separator: ","))}"
        }
    }

    private static func literal(_ bytes: [UInt8]) -> String {
        let escaped = bytes.map { byte in
            let digits = String(byte)
            return "\\" + String(repeating: "0", count: 3 - digits.count) + digits
        }
        return "'\(escaped.joined())'"
    }
}

extension ScriptTest {
    /// What it shows its script.
    var setting: ScriptSetting { ScriptSetting(version: version, stubs: stubs) }
}

extension ScriptTest.Version {
    /// Commands that scripts can call on the embedded engine, and not yet on a server of the version.
    var missingCommands: Set<String> {
        switch self {
        case .redis62:
            [
                "blmpop", "bzmpop", "expiretime", "lcs", "lmpop", "pexpiretime", "sintercard", "sort_ro", "spublish",
                "zintercard", "zmpop",
            ]
        }
    }
}
