/// The globals that scripts have, by version of Redis.
enum LuaGlobals {
    /// As redis-server 7.0.15 has them: what `_G` holds, and KEYS and ARGV.
    private static let all: Set<String> = [
        "_G", "_VERSION", "assert", "bit", "cjson", "cmsgpack", "collectgarbage", "coroutine", "error", "gcinfo",
        "getmetatable", "ipairs", "load", "loadstring", "math", "next", "pairs", "pcall", "rawequal", "rawget",
        "rawset", "redis", "select", "setmetatable", "string", "struct", "table", "tonumber", "tostring", "type",
        "unpack", "xpcall", "KEYS", "ARGV",
    ]

    static func names(in redis: RedisVersion) -> Set<String> {
        switch redis {
        // What 7.0 took away.
        case .v62: all.union(["debug", "getfenv", "newproxy", "print", "setfenv"])
        case .v70, .v72: all
        // `os` came with `os.clock` alone.
        case .v74, .v80: all.union(["os"])
        }
    }

    /// The libraries, which no script can change.
    static let libraries: Set<String> = Set(functions.keys).union(["_G"])

    /// The functions and constants of a library; `nil` for what is none, or is not known to the last.
    static func members(of library: String, in redis: RedisVersion) -> Set<String>? {
        guard let names = functions[library] else { return nil }
        switch library {
        case "redis" where redis < .v70: return names.subtracting(["acl_check_cmd"])
        case "cjson" where redis > .v70: return names.union(["decode_array_with_array_mt"])
        default: return names
        }
    }

    private static let functions: [String: Set<String>] = [
        "bit": words("arshift band bnot bor bswap bxor lshift rol ror rshift tobit tohex"),
        "cjson": words(
            """
            _NAME _VERSION decode decode_invalid_numbers decode_max_depth encode \
            encode_invalid_numbers encode_keep_buffer encode_max_depth encode_number_precision encode_sparse_array \
            new null
            """),
        "cmsgpack": words("_COPYRIGHT _DESCRIPTION _NAME _VERSION pack unpack unpack_limit unpack_one"),
        "coroutine": words("create resume running status wrap yield"),
        "math": words(
            """
            abs acos asin atan atan2 ceil cos cosh deg exp floor fmod frexp huge ldexp log log10 max min mod modf pi pow \
            rad random randomseed sin sinh sqrt tan tanh
            """),
        "redis": words(
            """
            LOG_DEBUG LOG_NOTICE LOG_VERBOSE LOG_WARNING REDIS_VERSION REDIS_VERSION_NUM REPL_ALL REPL_AOF REPL_NONE \
            REPL_REPLICA REPL_SLAVE acl_check_cmd breakpoint call debug error_reply log pcall replicate_commands \
            set_repl setresp sha1hex status_reply
            """),
        "string": words(
            "byte char dump find format gfind gmatch gsub len lower match rep reverse sub upper"),
        "struct": words("pack size unpack"),
        "table": words("concat foreach foreachi getn insert maxn remove setn sort"),
    ]

    private static func words(_ text: String) -> Set<String> { Set(text.split(separator: " ").map(String.init)) }
}
