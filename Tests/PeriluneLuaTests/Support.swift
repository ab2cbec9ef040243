import PeriluneLua

/// The bytes of a script.
func script(_ text: String) -> [UInt8] { Array(text.utf8) }

/// The error that parsing gives, as `LINE: MESSAGE`, or nil when the script parses.
func syntaxError(_ source: [UInt8], level: Int = 0) -> [UInt8]? {
    do throws(LuaSyntaxError) {
        _ = try LuaParser.parse(source, level: level)
        return nil
    } catch {
        return Array("\(error.line): ".utf8) + error.messageBytes
    }
}

func syntaxError(_ source: String) -> String? {
    syntaxError(script(source)).map { String(decoding: $0, as: UTF8.self) }
}

/// A small generator with a seed, so that a failure can be repeated.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// Scripts that use most of the language; starting points for mutations.
let sampleScripts: [String] = [
    """
    --- Take from a token bucket.
    ---@script ratelimit.token_bucket
    ---@key bucket string # state
    ---@arg capacity integer >0
    local capacity, interval = tonumber(ARGV[1]), tonumber(ARGV[2]) -- numbers
    local now = redis.call('TIME')
    local micros = now[1] * 1000000 + now[2]
    local tat = tonumber(redis.call('GET', KEYS[1]) or micros)
    if tat < micros then tat = micros end
    local new = tat + interval * 1e0
    if new - micros > capacity * interval then return -(new - micros) % 0x10 end
    redis.call('SET', KEYS[1], string.format('%.0f', new), 'PX', math.ceil((new - micros) / 1000))
    return "p:{" .. KEYS[1] .. "}:" .. #ARGV .. '\\n\\065\\q'
    """,
    """
    local M = { goto = 1, ["x y"] = 2; 3, [4] = function(self, ...) return ... end, }
    function M.a.b:c(x, ...) local n = select('#', ...) return n, arg end
    local function old(...) for i = 1, arg.n do M[i] = arg[i] end end
    for k, v in pairs(M) do repeat local z = k until z == v or not z end
    for i = #M, 1, -1 do while true do break end end
    M:c "s" {} (1) [=[ long ]] ]=] --[==[ comment
    ]==]
    do goto = _ENV; goto.goto:goto(2 ^ -3, ...) end
    return (M.c(M)), M and nil or false, 1 .. 2 .. 3, ("x"):rep(3);
    """,
]
