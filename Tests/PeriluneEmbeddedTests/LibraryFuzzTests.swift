import PeriluneCore
import PeriluneEmbedded
import Testing

/// Every function that a script can reach, called with values that it does not expect: whatever the answer, the engine
/// goes on working. Worth most under the address sanitizer.
@Suite struct LibraryFuzzTests {
    static let source = #"""
        math.randomseed(tonumber(ARGV[1]))
        local random = math.random
        local functions = {}
        local function collect(library)
          for _, value in pairs(library) do
            if type(value) == 'function' then functions[#functions + 1] = value end
          end
        end
        for _, library in ipairs({_G, string, table, math, struct, bit, cjson, cjson.new(), cmsgpack, redis, coroutine}) do collect(library) end
        functions[#functions + 1] = pairs({})
        functions[#functions + 1] = ipairs({})
        functions[#functions + 1] = ('abc'):gmatch('(.)()')
        functions[#functions + 1] = coroutine.wrap(function(...) while true do coroutine.yield(...) end end)

        local numbers = {0, 1, -1, 2, 3, 0.5, -0.5, 16, 36, 255, 7999, 8000, 1e15, 2 ^ 31, -2 ^ 31, 2 ^ 53, 2 ^ 63,
          -2 ^ 63, 2 ^ 64, 1e300, 1 / 0, -1 / 0, 0 / 0}
        local texts = {'{"a":[1,null,{"b":"\u00e9"}]}', '[[[[', '{"a":', '"\ud83d', '[nan,-inf,0x1p4,1e999]', 'null', 'on',
          '', 'a', 'abcabc', '\0a\0', '1', '0x10', '1e308', 'nan', ' 7 ', '*2', '#', 'SET', 'GET',
          ('ab'):rep(300), '%d', '%5.1f%s', '%q%q', '%99.99f', '%c', '>i4', '!8 d s', '<I16c0', 'c5xx', 'T!4h', 'i0',
          '(a*)(b?)', '%b()', '[%a-z', '%f[%w]', '()', '^a', '%1', '(', 'b*$', 'return 1', 'return ...', 'for'}
        local function cycle()
          local t = {1, 2, 3, a = 1}
          t[4] = t
          return t
        end
        local odd = setmetatable({1, 2}, {
          __index = function(_, key) return key end, __newindex = function() end, __call = function() return 1 end,
          __tostring = function() return 5 end, __concat = function() return 'c' end, __lt = function() return true end,
          __eq = function() return true end, __unm = function() error({err = 'x'}) end, __name = 'Odd',
          __gc = function() redis.call('SET', 'k', 'gc') end, __close = function() end, __metatable = 5})
        local value
        value = function(depth)
          local kind = random(12)
          if kind == 1 then return nil end
          if kind == 2 then return random(2) == 1 end
          if kind <= 5 then return numbers[random(#numbers)] end
          if kind <= 7 then return texts[random(#texts)] end
          if kind == 8 then
            return ({_G, string, getmetatable(''), getmetatable(_G), KEYS, ARGV, redis, cjson.null})[random(8)]
          end
          if kind == 9 then
            local t = {}
            for i = 1, random(6) do t[i] = depth < 2 and value(depth + 1) or i end
            return t
          end
          if kind == 10 then return functions[random(#functions)] end
          if kind == 11 then return ({cycle(), odd, coroutine.create(function(...) return ... end)})[random(3)] end
          return function()
            if random(10) == 1 then error(value(depth + 1)) end
            return value(depth + 1)
          end
        end

        local results = {}
        for _ = 1, 60 do
          local f = functions[random(#functions)]
          local count = random(5) - 1
          local arguments = {}
          for i = 1, count do arguments[i] = value(0) end
          local way = random(3)
          local ok, result
          if way == 1 then
            ok, result = pcall(f, unpack(arguments, 1, count))
          elseif way == 2 then
            ok, result = coroutine.resume(coroutine.create(function(...) return f(...) end), unpack(arguments, 1, count))
          else
            local handler = random(3) == 1 and functions[random(#functions)] or function(e) return e end
            ok, result = xpcall(function() return f(unpack(arguments, 1, count)) end, handler)
          end
          if type(result) == 'function' then
            if random(20) == 1 then functions[#functions + 1] = result end
          elseif random(8) == 1 then
            results[#results + 1] = result
          end
          if type(result) == 'string' and #result < 2000 then texts[#texts + 1] = result end
        end
        if random(4) == 1 then error(results[1]) end
        return results
        """#

    @Test func noFunctionBreaksTheEngine() async throws {
        let script = LuaScript(name: "fuzz", source: Self.source)
        let engine = EmbeddedEngine(limits: EmbeddedLimits(scriptMemory: 8 << 20, scriptSteps: 200_000))
        var replies = 0
        let first = Int.random(in: 0...1_000_000)
        for seed in first..<(first + 300) {
            do {
                _ = try await engine.call(script, keys: ["k"], arguments: [.integer(seed)])
                replies += 1
            } catch {
                // An error is a right answer, too.
            }
            let one = try await engine.send(RedisCommand("EVAL", ["return type(1) .. #'x'", 0]))
            #expect(one == .bulk(Array("number1".utf8)), "seed \(seed)")
        }
        #expect(replies > 100)
    }
}
