import PeriluneCore
import PeriluneEmbedded
import Testing

/// What `cjson` and `cmsgpack` do here that no comparison with a server can show.
@Suite struct SerialisationTests {
    let engine = EmbeddedEngine(limits: EmbeddedLimits(scriptMemory: 8 << 20, scriptSteps: 200_000))

    func eval(_ source: String) async throws -> RedisReply {
        try await engine.send(RedisCommand("EVAL", [.string(source), 0]))
    }

    private func text(_ source: String) async throws -> String? {
        guard case .bulk(let bytes) = try await eval(source) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Whole numbers from 1 up, other numbers, strings by their bytes: on every level and in every process.
    @Test func keysAreWrittenInOrder() async throws {
        let table =
            "{b = 1, a = {z = 1, y = 2}, [10] = 3, [2] = 4, [-1] = 5, [1.5] = 6, ['10'] = 7, ab = 8, B = 9, [''] = 0}"
        #expect(
            try await text("return cjson.encode(\(table))")
                == #"{"2":4,"10":3,"-1":5,"1.5":6,"":0,"10":7,"B":9,"a":{"y":2,"z":1},"ab":8,"b":1}"#)
        let kinds = "{b = 1, a = {2}, [10] = 3, [-1] = 4, [true] = 5, [false] = 6, B = 7}"
        #expect(
            try await eval("return cmsgpack.pack(\(kinds))")
                == .bulk([
                    0x87, 10, 3, 0xFF, 4, 0xA1, 0x42, 7, 0xA1, 0x61, 0x91, 2, 0xA1, 0x62, 1, 0xC2, 6, 0xC3, 5,
                ]))
        let many = "local t = {} for i = 1, 500 do t['k' .. (i * 7919) % 1000] = i end return cjson.encode(t)"
        let written = try #require(try await text(many))
        let keys = written.split(separator: "\"").filter { $0.hasPrefix("k") }
        #expect(keys.count == 500)
        #expect(keys == keys.sorted())
    }

    /// On the server, settings outlast the script that makes them. Here no script changes what others see.
    @Test func settingsEndWithTheScript() async throws {
        let settings = """
            return {cjson.encode_max_depth(), cjson.decode_max_depth(), cjson.encode_number_precision(),
              tostring(cjson.encode_keep_buffer()), tostring(cjson.encode_invalid_numbers()),
              tostring(cjson.decode_invalid_numbers()), tostring((cjson.encode_sparse_array())),
              select(2, cjson.encode_sparse_array())}
            """
        let standard = try await eval(settings)
        let changed = try await eval(
            """
            cjson.encode_max_depth(1) cjson.decode_max_depth(2) cjson.encode_number_precision(3)
            cjson.encode_keep_buffer(false) cjson.encode_invalid_numbers('null') cjson.decode_invalid_numbers(false)
            cjson.encode_sparse_array(true, 4, 5)
            \(settings)
            """)
        #expect(changed.description.contains(#"(integer) 3"#))
        #expect(changed != standard)
        #expect(try await eval(settings) == standard)
        _ = try? await eval("cjson.encode_max_depth(1) error('x')")
        #expect(try await eval(settings) == standard)
    }

    /// Entries of a weak table may be collected while it is written.
    @Test(arguments: ["k", "v", "kv"])
    func weakTablesAreSafe(mode: String) async throws {
        let source = """
            local t = setmetatable({}, {__mode = '\(mode)'})
            for i = 1, 2000 do t['key' .. i] = {('x'):rep(i % 50)} end
            for i = 1, 2000 do t[{}] = nil t['other' .. i] = i end
            local s = cjson.encode(t)
            return type(cjson.decode(s)) .. type(cmsgpack.unpack(cmsgpack.pack(t))) .. tostring(#s > 20000)
            """
        #expect(try await text(source) == "tabletabletrue")
    }

    /// A header may claim any number of elements: memory is taken only for those that are there.
    @Test(arguments: ["\\221\\255\\255\\255\\255", "\\223\\255\\255\\255\\255", "\\219\\255\\255\\255\\255"])
    func claimedSizesAreNotBelieved(header: String) async throws {
        let source = """
            local before = collectgarbage('count')
            local ok, e = pcall(cmsgpack.unpack, '\(header)' .. ('\\1'):rep(9))
            return e .. tostring(collectgarbage('count') - before < 10)
            """
        #expect(try await text(source) == "Missing bytes in input.true")
    }

    /// The server's tables are shown in full, not as the empty faces that stand for them here.
    @Test func readOnlyTablesShowWhatIsInThem() async throws {
        #expect(try await text("local ok, e = pcall(cjson.encode, redis) return e")?.contains("function") == true)
        #expect(try await text("local ok, e = pcall(cjson.encode, {_G}) return e")?.contains("Cannot") == true)
        #expect(try await eval("return cmsgpack.unpack(cmsgpack.pack({redis}))[1].LOG_WARNING") == .integer(3))
    }
}
