import PeriluneCore
import PeriluneTestSupport
import Testing

/// Small scripts and commands, on a real server and on the embedded engine.
@Suite(.enabled(if: Requirements.areMet, Comment(rawValue: Requirements.comment)))
struct DialectTests {
    @Test func scriptsAnswerTheSame() async throws {
        let pair = try EnginePair()
        for source in Self.scripts {
            do {
                _ = try await pair.call(
                    LuaScript(name: source, source: source), keys: ["a", "b"], arguments: ["10", "x", 3])
            } catch let difference as Difference {
                Issue.record("\(difference)")
            }
        }
    }

    /// Left out are the two errors whose text names a variable on the server and not here: arithmetic on a string that
    /// is no number, and concatenation.
    static let scripts = text.split(separator: "\n").filter { !$0.hasPrefix("--") }.map {
        String($0.replacing("⏎", with: "\n"))
    }

    /// One script a line; ⏎ stands for a line break within one.
    private static let text = #"""
        -- Numbers as text.
        return {tostring(10 / 2), 10 / 2 .. '', 1e14 .. '', 1e15 .. '', tostring(2 ^ 53), tostring(-0), 0.1 .. '|' .. 100 * 1.1}
        return {tostring(1 / 0), tostring(-1 / 0), tostring(0 / 0), tostring(1e308 * 10)}
        return {#ARGV .. '', #KEYS * 2 .. '', #'abc' / 2 .. ''}
        return {5 % 3, -5 % 3, 5 % -3, 5.5 % 2, tostring(5 % 0), tostring(5 % (1 / 0)), tostring(1 % 0.1)}
        return {ARGV[1] + 0, ARGV[1] * '2', ARGV[1] / 4 .. '', '0x10' + 0, ' 7 ' + 0, -ARGV[1], ARGV[1] % 3, ARGV[1] ^ 2}
        return {tonumber('5.0') .. '', tonumber('0xff') .. '', tonumber('1e3') .. '', tostring(tonumber('')), tostring(tonumber('1_0'))}
        return {tonumber('10', 2), tonumber('zz', 36), tonumber('8', 8) == nil and 1, tonumber('7.5', 10) .. ''}
        return {math.floor(3.7) .. '', math.ceil(3.2) .. '', math.floor(-0.5) .. '', math.max(1, 2.5) .. '', math.abs(-5) .. ''}
        return {math.fmod(-5, 3) .. '', math.modf(3.7), math.pow(2, 10), math.ldexp(1, 3), math.log10(1000)}
        local t = {} for i = 1, 3 do t[#t + 1] = i .. '' end for i = 3, 1, -0.5 do t[#t + 1] = i .. '' end return t
        -- Formatting.
        return {string.format('%d', 3.7), string.format('%5.1f|%-5s|%05d', 3.14159, 'ab', 42), string.format('%x %X %o', 255, 255, 8)}
        return {string.format('%q', 'a\nb\0c"'), string.format('%s', 'a\0b'), string.format('%%'), string.format('%c', 65)}
        return {string.format('%s %s', 1, 0.5), string.format('%.3s', 'abcdef'), string.format('%g', 1e20), string.format('%i', -3)}
        return string.format('%d', '10') .. string.format('%u', 5) .. string.format('%.17g', 0.1) .. string.format('%e', 12345.678)
        -- Strings.
        return {('x'):rep(3), ('abc'):sub(-2), ('abc'):sub(2, 2), ('hello'):byte(1, -1)}
        return {('hello world'):find('o w'), ('hello'):find('l+'), ('key=value'):match('(%w+)=(%w+)')}
        return {('hello'):gsub('l', 'L'), ('abc'):gsub('%w', '%0%0'), ('a,b,c'):gsub(',', ';', 1)}
        local t = {} for w in ('one two three'):gmatch('%a+') do t[#t + 1] = w end return t
        return {('%d'):format(3), ('abc'):upper(), ('ABC'):lower(), ('abc'):reverse(), ('abc'):len(), string.char(72, 105)}
        return {'\65\066\n', 'a\⏎b', [[long⏎string]], [==[with ]] inside]==], '\x41\q\z'}
        -- Tables.
        local t = {3, 1, 2} table.sort(t) return t
        local t = {3, 1, 2} table.sort(t, function(a, b) return a > b end) return {table.concat(t, '-'), table.concat({1, 2.5, 'x'}, ',')}
        local t = {1, 2} table.insert(t, 3) table.insert(t, 1, 0) local r = table.remove(t) return {r, #t, t[1], table.remove(t, 1), unpack(t)}
        return {table.getn({1, 2}), table.maxn({1, 2, [10] = 1}), select('#', 1, nil, 3), select(2, 'a', 'b', 'c')}
        return {unpack({1, 2, 3}, 2, 3)}
        local n = 0 for _, v in ipairs({1, 2, nil, 4}) do n = n + v end return n
        local n = 0 for k, v in pairs({10, 20, x = 5}) do n = n + v end return n
        local function f(...) return arg and arg.n end return {f(1, 2), (function(...) return select('#', ...) end)(1, nil)}
        local goto = 1 local t = {goto = 2} return {goto, t.goto}
        -- Errors.
        error('x')
        error('x', 0)
        error({err = 'MY x'})
        error(42)
        error(nil)
        error()
        ⏎⏎error('line 3')
        local t = nil return t.x
        local t = {} return t.x.y
        return undefined
        undefined = 1
        return ('x').y.z
        return 1 + {}
        return {} .. 'x'
        return #nil
        return nil < 1
        return {} < {}
        return 'a' < 1
        local f = 5 f()
        return ARGV[9] + 1
        return math.floor('x')
        return string.rep()
        string.x = 1
        KEYS = 1
        rawset(_G, 'x', 1)
        getmetatable('').__index = nil
        local ok, e = pcall(error, 'x') return {tostring(ok), e}
        local ok, e = pcall(redis.call, 'nope') return e
        local ok, e = pcall(function() local t = nil return t.x end) return e
        return {pcall(error)}
        local ok, e = xpcall(function() error('x') end, function(m) return m .. '!' end) return e
        return redis.call('GET')
        return redis.call()
        return redis.call('SET', 'k', true)
        return redis.call({})
        return redis.pcall('NOPE').err
        return redis.error_reply('boom')
        return redis.status_reply('fine')
        return assert(false)
        return assert(nil, 'message')
        return assert(1, 2)
        return unpack({}, 1, 8000)
        return string.format('%d', 'x')
        return string.format('%s')
        return setmetatable(1, {})
        return tostring()
        for i = 1, 'x' do end
        return struct.unpack('<d', 'x')
        return struct.pack('Z', 1)
        -- Replies.
        return {1, 2, nil, 4}
        return {1, nil, 3}
        return {a = 1}
        return {}
        return {{}, {1, {2}}}
        return {ok = 'a\r\nb'}
        return {err = 'boom'}
        return 3.99
        return -3.99
        return 2 ^ 63
        return 0 / 0
        return true
        return false
        return nil
        return
        return function() end
        return {true, false, 'x', 1.5}
        return {double = 1.5}
        redis.setresp(3) return {true, false}
        return {redis.REDIS_VERSION, redis.LOG_WARNING}
        -- Commands.
        redis.call('SET', KEYS[1], 1.5) return redis.call('GET', KEYS[1])
        redis.call('SET', KEYS[1], 1e15) redis.call('INCRBY', KEYS[1], 5) return redis.call('GET', KEYS[1])
        redis.call('SET', KEYS[1], 'v', 'PX', 1500) return {redis.call('PTTL', KEYS[1]), redis.call('TTL', KEYS[1])}
        return {redis.call('TIME'), redis.call('EXISTS', KEYS[1], KEYS[2]), redis.call('DEL', KEYS[1])}
        return {redis.call('INCR', KEYS[2]), redis.call('APPEND', KEYS[2], 'x'), redis.call('STRLEN', KEYS[2]), redis.pcall('INCR', KEYS[2])}
        return redis.call('MGET', KEYS[1], KEYS[2], 'nokey')
        return redis.call('PING')
        return redis.sha1hex('x')
        return redis.call('SET', KEYS[1], 'x', 'NX', 'GET')
        return {redis.call('TYPE', KEYS[2]), redis.call('TYPE', 'nokey')}
        math.randomseed(7) return {math.random(1000), math.random(1000), math.random(5, 9), math.floor(math.random() * 1e9)}
        -- struct.
        return struct.pack('<ddd', 1, 2.5, -3)
        return {struct.unpack('>I2<I4b', struct.pack('>I2<I4b', 258, 4294967295, -1))}
        return {struct.unpack('<d', struct.pack('<d', 9007199254740991)), struct.size('<!8bd')}
        return struct.pack('<I4', 4294967297)
        return {struct.unpack('s', 'ab\0cd'), struct.unpack('c2', 'abc'), struct.pack('bxh', 1, 2)}
        """#

    @Test func commandsAnswerTheSame() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SeededGenerator(seed: seed)
        let pair = try EnginePair()
        for _ in 0..<10_000 {
            if Int.random(in: 0..<4, using: &generator) == 0 {
                pair.advance(Int64.random(in: 0...3_000_000, using: &generator))
            }
            let command = Self.command(using: &generator)
            do {
                _ = try await pair.send(command)
            } catch let difference as Difference {
                Issue.record("seed \(seed): \(difference)")
                return
            }
        }
    }

    /// A random command on a few keys, right or wrong.
    static func command(using generator: inout SeededGenerator) -> String {
        func pick(_ choices: String...) -> String { choices.randomElement(using: &generator) ?? "" }
        let key = pick("a", "b", "c")
        let value = pick("1", "-7", "hello", "007", "9223372036854775807", "1.5", "99999999999999999999")
        let number = pick("0", "1", "-1", "3", "1000", "x", "9223372036854775807")
        let expiry = pick(
            "EX \(number)", "PX \(number)", "EXAT 1700000100", "PXAT 1700000002500", "KEEPTTL", "EX", "PERSIST", "")
        return switch Int.random(in: 0..<22, using: &generator) {
        case 0..<4: "SET \(key) \(value) \(expiry) \(pick("", "NX", "XX", "GET", "NX GET"))"
        case 4: "GETEX \(key) \(expiry)"
        case 5:
            "\(pick("GET", "STRLEN", "TYPE", "TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME", "PERSIST", "GETDEL")) \(key)"
        case 6..<9: "\(pick("GET", "PTTL", "TTL", "EXISTS", "DEL", "UNLINK", "TOUCH", "INCR", "DECR")) \(key)"
        case 9, 10: "\(pick("INCRBY", "DECRBY")) \(key) \(number)"
        case 11, 12: "\(pick("EXPIRE", "PEXPIRE")) \(key) \(number) \(pick("", "NX", "XX", "GT", "LT", "GT LT", "BAD"))"
        case 13: "\(pick("EXPIREAT", "PEXPIREAT")) \(key) \(pick("1700000100", "1700000005000", "0", "1", "-1"))"
        case 14: "\(pick("SETEX", "PSETEX")) \(key) \(number) \(value)"
        case 15: "APPEND \(key) \(value)"
        case 16: "GETRANGE \(key) \(number) \(pick("0", "-1", "2", "-3"))"
        case 17: "SETRANGE \(key) \(pick("0", "1", "7", "-1", "x")) \(value)"
        case 18: "\(pick("MGET", "EXISTS", "DEL")) a b c"
        case 19: "\(pick("MSET", "MSETNX")) a \(value) \(key) \(pick("2", "2 b"))"
        case 20: "\(pick("GETSET", "SETNX")) \(key) \(value)"
        default: pick("PING", "ECHO x", "FLUSHALL", "TIME", "GET", "SET a", "PING a b", "FLUSHDB ASYNC", "ECHO")
        }
    }
}
