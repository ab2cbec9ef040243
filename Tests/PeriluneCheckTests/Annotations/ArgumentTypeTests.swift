import Testing

@testable import PeriluneCheck

@Suite("Declared types of arguments")
struct ArgumentTypeTests {
    private static func arguments(_ types: String...) -> [String] {
        ["key k any"] + types.enumerated().map { "arg a\($0.offset) \($0.element)" } + ["return integer"]
    }

    @Test(
        "Uses that contradict the type are found",
        arguments: [
            AnnotationCase.finds(
                "milliseconds as seconds", ["R307:6:38"], arguments("milliseconds"),
                "return redis.call('EXPIRE', KEYS[1], ARGV[1])"),
            .finds(
                "by a name", ["R307:7:38"], arguments("milliseconds"), "local time = ARGV[1]",
                "return redis.call('EXPIRE', KEYS[1], time)"),
            .finds(
                "by an option", ["R307:6:43"], arguments("milliseconds"),
                "redis.call('SET', KEYS[1], 'value', 'EX', ARGV[1])", "return 1"),
            .finds(
                "microseconds as milliseconds", ["R307:6:39"], arguments("microseconds"),
                "return redis.call('PEXPIRE', KEYS[1], ARGV[1])"),
            .finds(
                "text as an integer", ["R307:6:38"], arguments("bytes"),
                "return redis.call('INCRBY', KEYS[1], ARGV[1])"),
            .finds("arithmetic", ["R307:6:8"], arguments("string"), "return ARGV[1] + #KEYS[1]"),
            .finds(
                "a text that is no integer", ["R307:6:20"], arguments("integer"),
                "if #KEYS[1] > 1 or ARGV[1] == 'all' then return 1 end", "return 0"),
            .finds(
                "the column of a group", ["R307:7:38"],
                ["key k any", "args rows id:bytes n:integer", "return integer"],
                "if not ARGV[2] then return 0 end", "return redis.call('INCRBY', KEYS[1], ARGV[3])"),
        ])
    func found(_ annotation: AnnotationCase) {
        #expect(annotation.findings == annotation.expected)
    }

    @Test(
        "Others are not",
        arguments: [
            AnnotationCase.accepts(
                "milliseconds", arguments("milliseconds", "milliseconds"),
                "redis.call('SET', KEYS[1], 'EX', 'PX', ARGV[2])", "return redis.call('PEXPIRE', KEYS[1], ARGV[1])"),
            .accepts(
                "integers", arguments("integer"), "return redis.call('EXPIRE', KEYS[1], ARGV[1])"),
            .accepts("values", arguments("milliseconds"), "redis.call('SET', KEYS[1], ARGV[1])", "return 1"),
            .accepts("numbers", arguments("bytes"), "return #KEYS[1] + tonumber(ARGV[1])"),
            .accepts(
                "arithmetic on what was looked at", arguments("bytes"),
                "if not string.find(ARGV[1], '^%d+$') then return #KEYS[1] end", "return ARGV[1] + 1"),
            .accepts("a text", arguments("integer"), "if ARGV[1] == '0' then return #KEYS[1] end", "return 1"),
            .accepts(
                "a number", arguments("integer"), "if tonumber(ARGV[1]) == 0 then return #KEYS[1] end", "return 1"),
            .accepts("nil", arguments("integer"), "if ARGV[1] == nil then return #KEYS[1] end", "return 1"),
        ])
    func accepted(_ annotation: AnnotationCase) {
        #expect(annotation.findings == [])
    }
}
