import PeriluneCore
import PeriluneEmbedded
import Testing

/// The order in which scripts see tables, and what they may do on the way.
@Suite struct TableOrderTests {
    let engine = EmbeddedEngine()

    func eval(_ source: String) async throws -> RedisReply {
        try await engine.call(LuaScript(name: "test", source: source), keys: [], arguments: [])
    }

    /// A table with keys of all kinds that have an order, made in another one.
    static let table =
        "local t = {b = 1, a = 2, [3] = 3, [1.5] = 4, [-1] = 5, [true] = 6, ['a\\0'] = 7, 8, 9, [false] = 0}"

    static let order = "1 2 3 -1 1.5 a a\0 b false true"

    @Test(arguments: [
        "for key in pairs(t) do seen[#seen + 1] = tostring(key) end",
        "table.foreach(t, function(key) seen[#seen + 1] = tostring(key) end)",
        "local key = next(t) while key ~= nil do seen[#seen + 1] = tostring(key) key = next(t, key) end",
        "for key in next, t do seen[#seen + 1] = tostring(key) end",
    ])
    func keysComeInOrder(loop: String) async throws {
        let reply = try await eval("\(Self.table) local seen = {} \(loop) return table.concat(seen, ' ')")
        #expect(reply == .bulk(Self.order))
    }

    @Test func keysOfResultsComeInTheSameOrder() async throws {
        #expect(
            try await eval("\(Self.table) t[1.5], t[-1], t[true], t[false] = nil return {set = t}")
                == .array([.integer(1), .integer(2), .integer(3), .bulk("a"), .bulk("a\0"), .bulk("b")]))
        #expect(
            try await eval("return {map = {b = 1, a = 2}}")
                == .array([.bulk("a"), .integer(2), .bulk("b"), .integer(1)]))
    }

    @Test func tablesAsKeysComeAsTheyAreFirstMet() async throws {
        let reply = try await eval(
            """
            local t, names = {}, {}
            for i = 1, 100 do
              local key = {}
              t[key] = 1
              names[key] = i
              for _ in pairs(t) do end
            end
            local seen = {}
            for key in pairs(t) do seen[#seen + 1] = names[key] end
            return table.concat(seen, ' ')
            """)
        #expect(reply == .bulk((1...100).map(String.init).joined(separator: " ")))
    }

    /// Each script goes over a table that it changes, and answers what it met.
    static let changes: [(source: String, reply: String)] = [
        ("for k in pairs(t) do t[k] = nil add(k) end add(tostring(next(t)))", "1 2 3 5 6 a b nil"),
        ("for k in pairs(t) do t[k] = 0 add(k) end add(t.a)", "1 2 3 5 6 a b 0"),
        ("for k in pairs(t) do t[3] = nil t.a = nil add(k) end", "1 2 5 6 b"),
        ("for k in pairs(t) do t[k] = nil if not next(t) then add('empty') end end", "empty"),
        (
            "for k in pairs(t) do if k == 'a' then break end end t.aa = 1 for k in pairs(t) do add(k) end",
            "1 2 3 5 6 a aa b"
        ),
        ("for k in pairs(t) do for l in pairs(t) do t[k] = nil end add(k) end", "1 2 3 5 6 a b"),
        ("for k in pairs(t) do local n = 0 for l in pairs(t) do n = n + 1 end add(n) end", "7 7 7 7 7 7 7"),
        ("t = {[{}] = 1, [{}] = 2} for k in pairs(t) do t[k] = nil for l in pairs(t) do add(1) end end", "1"),
        ("for k in pairs(t) do if k == 1 then t = {x = 1} end add(k) end", "1 2 3 5 6 a b"),
    ]

    @Test(arguments: changes)
    func tablesMayBeChangedOnTheWay(source: String, reply: String) async throws {
        let script = """
            local t, met = {1, 2, 3, [5] = 5, [6] = 6, a = 7, b = 8}, {}
            local function add(x) met[#met + 1] = x end
            \(source)
            return table.concat(met, ' ')
            """
        #expect(try await eval(script) == .bulk(reply))
    }

    @Test func pairsIsNext() async throws {
        #expect(
            try await eval("return {pairs({}) == next, (select('#', pairs({})))}")
                == .array([.integer(1), .integer(3)]))
        #expect(
            try await eval("return {pcall(next, {a = 1}, 'b')}") == .array([.null, .bulk("invalid key to 'next'")]))
        #expect(try await eval("return {next({}), next({1}, 1), (next({7}))}") == .array([]))
        #expect(try await eval("return tostring(next({7}) / 2) .. (next({[2] = 1}))") == .bulk("0.52"))
    }

    /// A loop with `next` that were to look for each key anew would run into the limit of steps.
    @Test func loopsAreNotQuadratic() async throws {
        let reply = try await eval(
            """
            local t, n = {}, 0
            for i = 1, 20000 do t[i] = i t['k' .. i] = i t[100000 + 3 * i] = i end
            for k in pairs(t) do n = n + 1 end
            local key = next(t)
            while key do n = n + 1 key = next(t, key) end
            for i = 1, 20000 do if next(t) == nil then n = 0 end end
            return n
            """)
        #expect(reply == .integer(120_000))
    }

    @Test func aLoopOverMuchIsStopped() async throws {
        let engine = EmbeddedEngine(limits: EmbeddedLimits(scriptSteps: 20_000))
        let source = "local t = {} for i = 1, 10000 do t['k' .. i] = 1 end while next(t) do end"
        do {
            let reply = try await engine.call(LuaScript(name: "test", source: source), keys: [], arguments: [])
            Issue.record("\(reply)")
        } catch {
            #expect(error.serverError?.line.contains("took more steps") == true, "\(error)")
        }
    }
}
