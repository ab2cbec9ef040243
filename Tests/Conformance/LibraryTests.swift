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

    /// Random values as JSON, and back; then the text with something wrong in it.
    @Test func jsonAnswersTheSame() async throws {
        try await compare(
            Self.values + #"""
                local readers = {cjson, cjson.new(), cjson.new(), cjson.new()}
                readers[2].decode_invalid_numbers(false)
                readers[3].decode_max_depth(2)
                readers[4].encode_max_depth(2)
                local writer = cjson.new()
                writer.encode_sparse_array(true, random(3), random(6))
                writer.encode_invalid_numbers(({true, 'null'})[random(2)])
                writer.encode_number_precision(1 + random(13))
                local pieces = {'{', '}', '[', ']', ':', ',', '"', '\\', '\\u', '\\ud83d\\ude00', '\\u0000', '\\ud83d', '\\ude00',
                  '\\uD8', '\\x', '\\n', '0', '-', '.', 'e', 'E', '+', 'x', '0x1f', 'nan', 'inf', '-NaN', 'Infinity', 'true', 'false',
                  'null', '\0', ' ', '\t', '\n', '/', "'", '\255', '1e5', '00', 'n', 't', 'f', '\\'}
                for _ = 1, 40 do
                  local v = value(1, cjson.null)
                  for _, library in ipairs({cjson, readers[4]}) do note('encode', pcall(library.encode, v)) end
                  local written, result = pcall(writer.encode, v) -- of a sparse array, in any order
                  note('written', written, written and #result, written and cjson.decode(result))
                  local many = {}
                  for i = 1, random(6) do many[word()] = value(4, cjson.null) end
                  local ok, text = pcall(cjson.encode, many)
                  note('many', ok, ok and cjson.decode(text))
                  ok, text = pcall(cjson.encode, v)
                  if ok then
                    note('decode', pcall(readers[random(4)].decode, text))
                    for _ = 1, 5 do
                      local mutant = mutate(text, pieces)
                      note('mutant', mutant, pcall(readers[random(4)].decode, mutant))
                    end
                  end
                end
                """#, calls: 150)
    }

    /// Random values as MessagePack, and back; then the bytes with something wrong in them.
    @Test func messagePackAnswersTheSame() async throws {
        try await compare(
            Self.values + #"""
                local pieces = {'\0'}
                for b = 128, 255, random(9) do pieces[#pieces + 1] = string.char(b) end
                for _, s in ipairs({'\217\3', '\218\0\3', '\219\0\0\0\1', '\220\0\1', '\221\0\0\0\1', '\222\0\1',
                  '\223\0\0\0\1', '\221\255\255\255\255', '\223\127\255\255\255', '\192', '\203\127\248\0\0\0\0\0\0'}) do
                  pieces[#pieces + 1] = s
                end
                local function in_order(v) -- without holes
                  if type(v) ~= 'table' then return v end
                  local count, t = 0, {}
                  for _ in pairs(v) do count = count + 1 end
                  if count == 1 then
                    for key, element in pairs(v) do t[key] = in_order(element) end
                  else
                    for i = 1, 100 do if v[i] ~= nil then t[#t + 1] = in_order(v[i]) end end
                  end
                  return t
                end
                local function unpack_some(bytes)
                  local way = random(4)
                  if way == 1 then return cmsgpack.unpack_one(bytes, random(6) - 2) end
                  if way == 2 then return cmsgpack.unpack_limit(bytes, random(5) - 2, random(6) - 2) end
                  return cmsgpack.unpack(bytes)
                end
                for _ = 1, 40 do
                  local v = value(1, nil)
                  local bytes = cmsgpack.pack(v, random(3) == 1 and {value(1, nil)} or 1, nil, word())
                  note('pack', #bytes, cmsgpack.unpack(bytes)) -- a table with holes is a map, in any order
                  local many = {}
                  for i = 1, random(20) do many[word() .. random(4)] = value(4, nil) end
                  note('many', cmsgpack.unpack(cmsgpack.pack(many)))
                  local text = cmsgpack.pack(in_order(v))
                  note('bytes', text)
                  for _ = 1, 6 do
                    local mutant = mutate(text, pieces)
                    note('mutant', mutant, pcall(unpack_some, mutant))
                  end
                end
                """#, calls: 150)
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
          for k, v in pairs(value) do
            if k == 0 then k = 0 end -- 5.4 keeps no -0 as a key
            parts[#parts + 1] = plain(k, depth + 1) .. '=' .. plain(v, depth + 1)
          end
          table.sort(parts)
          return '{' .. table.concat(parts, ',') .. '}'
        end
        local function note(...)
          local parts = {}
          for i = 1, select('#', ...) do parts[i] = plain((select(i, ...)), 0) end
          notes[#notes + 1] = table.concat(parts, ' ')
        end

        """

    /// Makes random values, whose tables have one key unless they are arrays, and random changes of a text.
    private static let values = #"""
        local words = {'', 'a', 'key', 'a/b', '"', '\\', '\0', '\127', '\n\t\r\b\f', '\195\169', '\255\254', '1', '-1',
          ('x'):rep(40), ('y'):rep(300), '\1\31', 'null'}
        local function word() return words[random(#words)] end
        local numbers = {0, 1, -1, 31, 32, 127, 128, 255, 256, -32, -33, -128, -129, 65535, 65536, 2 ^ 31, 2 ^ 32, 2 ^ 53,
          -2 ^ 31, -2 ^ 63, 2 ^ 63, 2 ^ 64, 0.5, 0.1, 1e-7, 1e14, 1e15, 123456789012345, 1e300, -1e-300, 3.4e38, 3.5e38}
        local function number()
          if random(3) == 1 then return (random(65536) - 32768) * 2 ^ (random(40) - 20) end
          if random(30) == 1 then return ({1 / 0, -1 / 0, 0 / 0})[random(3)] end
          return numbers[random(#numbers)] * (random(5) == 1 and -1 or 1)
        end
        local value
        value = function(depth, null)
          local kind = random(depth > 4 and 6 or 10)
          if kind == 1 then return null end
          if kind == 2 then return random(2) == 1 end
          if kind <= 4 then return number() end
          if kind <= 6 then return word() end
          if kind == 7 and random(10) == 1 then return ({coroutine.create(function() end), type})[random(2)] end
          local t = {}
          if kind <= 8 then
            for i = 1, random(20) == 1 and random(70) or random(6) - 1 do
              t[random(15) == 1 and random(20) or i] = value(depth + 1, null)
            end
          else
            local key = random(3) == 1 and number() or random(20) == 1 and true or word()
            if key == 0 then key = 0 end -- 5.4 keeps no -0 as a key
            if key == key then t[key] = value(depth + 1, null) end
          end
          return t
        end
        local function mutate(text, pieces)
          for _ = 1, random(3) do
            local at = random(#text + 1)
            local piece = pieces[random(#pieces)]
            local way = random(5)
            if way == 1 then
              text = text:sub(1, at - 1) .. piece .. text:sub(at)
            elseif way == 2 then
              text = text:sub(1, at - 1) .. piece .. text:sub(at + #piece)
            elseif way == 3 then
              text = text:sub(1, at - 1) .. text:sub(at + random(3))
            elseif way == 4 then
              text = text:sub(1, at - 1) .. text:sub(random(#text + 1), at + 5) .. text:sub(at)
            elseif random(3) == 1 then
              text = text:sub(1, at - 1)
            end
          end
          return text
        end

        """#
}
