import PeriluneCore
import PeriluneTestSupport
import Testing

/// The libraries `bit`, `cjson` and `cmsgpack`, on a real server and on the embedded engine.
@Suite(.enabled(if: Requirements.areMet, Comment(rawValue: Requirements.comment)))
struct LibraryTests {
    @Test func scriptsAnswerTheSame() async throws {
        let pair = try EnginePair()
        for source in try DialectTests.scripts("library-scripts") {
            do {
                _ = try await pair.call(LuaScript(name: source, source: source))
            } catch let difference as Difference {
                Issue.record("\(difference)")
            }
        }
    }

    /// Every operation on random numbers, and now and then on something else.
    @Test func bitOperationsAnswerTheSame() async throws {
        try await compare(
            """
            local names = {}
            for name in pairs(bit) do names[#names + 1] = name end
            table.sort(names)
            local odd = {0, 1, -1, 31, 32, 33, -31, 0.5, 1.5, -2.5, 2 ^ 31, -2 ^ 31, 2 ^ 32, 2 ^ 51, 2 ^ 52, 2 ^ 53, 2 ^ 63,
              1e300, 1 / 0, -1 / 0, 0 / 0, '7', '0x7f', 'x', {}, true}
            local function value()
              local kind = random(10)
              if kind <= 3 then return odd[random(#odd)] end
              if kind <= 5 then return random(64) - 16 end
              return (random(65536) * 65536 + random(65536)) * ({1, -1, 0.25, 65536, 2 ^ 20})[random(5)]
            end
            for _ = 1, 200 do
              local arguments = {}
              for i = 1, random(4) - 1 do arguments[i] = value() end
              local name = names[random(#names)]
              note(name, pcall(bit[name], unpack(arguments)))
            end
            """, calls: 200)
    }

    /// Runs a script with many seeds on both. `note` records values, in full and whatever the order of a table's keys.
    private func compare(_ body: String, calls: Int) async throws {
        let script = LuaScript(name: "library", source: Self.recorder + body + "\nreturn notes")
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SeededGenerator(seed: seed)
        let pair = try EnginePair()
        for _ in 0..<calls {
            do {
                _ = try await pair.call(script, arguments: [.integer(Int.random(in: 0..<1 << 31, using: &generator))])
            } catch let difference as Difference {
                Issue.record("seed \(seed): \(difference)")
                return
            }
        }
    }

    private static let recorder = """
        math.randomseed(tonumber(ARGV[1]))
        local random = math.random
        local notes = {}
        local function plain(value, depth)
          if type(value) == 'number' then return ('%.17g'):format(value) end
          if type(value) == 'string' then return #value .. ':' .. value end
          if type(value) ~= 'table' then return tostring(value) end
          if depth > 40 then return '...' end
          local parts = {}
          for k, v in pairs(value) do parts[#parts + 1] = plain(k, depth + 1) .. '=' .. plain(v, depth + 1) end
          table.sort(parts)
          return '{' .. table.concat(parts, ',') .. '}'
        end
        local function note(...)
          local parts = {}
          for i = 1, select('#', ...) do parts[i] = plain((select(i, ...)), 0) end
          notes[#notes + 1] = table.concat(parts, ' ')
        end

        """
}
