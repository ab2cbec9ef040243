import Testing

@testable import PeriluneCheck

@Suite("What a header promises of commands")
struct PromiseTests {
    private static func budget(_ calls: Int) -> [String] { ["key k any", "return integer", "budget calls=\(calls)"] }
    private static func redis(_ version: String) -> [String] { ["key k any", "return array", "redis >=\(version)"] }

    @Test(
        "More commands than the budget are found where they begin",
        arguments: [
            AnnotationCase.finds(
                "in a row", ["R310:7:1"], budget(1), "redis.call('DEL', KEYS[1])", "redis.call('DBSIZE')",
                "return redis.call('DBSIZE')"),
            .finds(
                "behind branches", ["R310:10:8"], budget(1), "if #KEYS[1] > 1 then", "redis.call('DEL', KEYS[1])",
                "else",
                "redis.call('PERSIST', KEYS[1]) end", "return redis.call('DBSIZE')"),
            .finds(
                "in functions", ["R310:6:30"], budget(1),
                "local function size() return redis.call('DBSIZE') end",
                "redis.call('DEL', KEYS[1])", "return size()"),
            .accepts(
                "on some ways", budget(1), "if #KEYS[1] > 1 then return redis.call('DEL', KEYS[1]) end",
                "return redis.call('DBSIZE')"),
            .accepts("in a loop", budget(1), "for i = 1, #KEYS do redis.call('DEL', KEYS[i]) end", "return #KEYS[1]"),
            .accepts("within", budget(2), "redis.call('DEL', KEYS[1])", "return redis.call('DBSIZE')"),
        ])
    func calls(_ annotation: AnnotationCase) {
        #expect(annotation.findings == annotation.expected)
    }

    @Test(
        "Commands that came later than the release that is promised are found",
        arguments: [
            AnnotationCase.finds("later", ["R311:6:9"], redis("6.2"), "return {redis.call('EXPIRETIME', KEYS[1])}"),
            .finds(
                "subcommand", ["R311:6:9"], redis("5.0"),
                "return {redis.call('XGROUP', 'CREATECONSUMER', KEYS[1], 'g', 'c')}"),
            .finds(
                "by a name", ["R311:7:9"], redis("6.2"), "local name = 'expiretime'",
                "return {redis.call(name, KEYS[1])}"),
            .accepts("not there at all", redis("6.2"), "return redis.call('HTTL', KEYS[1], 'FIELDS', 1, 'f')"),
            .accepts("there", redis("7.0"), "return {redis.call('EXPIRETIME', KEYS[1])}"),
            .accepts("asked for", redis("6.2"), "return {redis.pcall('EXPIRETIME', KEYS[1])}"),
            .accepts(
                "where it is", redis("6.2"), "if not redis.REDIS_VERSION_NUM then return {#KEYS[1]} end",
                "return {redis.call('EXPIRETIME', KEYS[1])}"),
            .accepts("of a module", redis("6.2"), "return {redis.call('JSON.GET', KEYS[1])}"),
        ])
    func releases(_ annotation: AnnotationCase) {
        #expect(annotation.findings == annotation.expected)
    }
}
