import CLuaHost
import PeriluneCore
import Testing

@testable import PeriluneEmbedded

/// The replies that scripts' results become, for clients of both protocol versions.
@Suite struct ScriptResultTests {
    /// A script, and what redis-server 7.0.15 answers in RESP2 and in RESP3. A bar stands for the end of a line; maps
    /// and sets are in the order of their keys.
    static let results: [(source: String, resp2: String, resp3: String)] = [
        (
            "return {map = {b = 1, a = {map = {c = false}}}}", "*4|$1|a|*2|$1|c|$-1|$1|b|:1|",
            "%2|$1|a|%1|$1|c|_|$1|b|:1|"
        ),
        ("return {map = {}}", "*0|", "%0|"),
        ("return {map = 1}", "*0|", "*0|"),
        ("return {map = {[1] = function() end}}", "*2|:1|$-1|", "%1|:1|_|"),
        ("return {set = {b = true, a = true, [3] = true}}", "*3|:3|$1|a|$1|b|", "~3|:3|$1|a|$1|b|"),
        ("return {set = {}}", "*0|", "~0|"),
        ("return {double = 1.5}", "$3|1.5|", ",1.5|"),
        ("return {double = 3}", "$1|3|", ",3|"),
        ("return {double = 0.1}", "$19|0.10000000000000001|", ",0.10000000000000001|"),
        ("return {double = 1 / 0}", "$3|inf|", ",inf|"),
        ("return {double = -1 / 0}", "$4|-inf|", ",-inf|"),
        ("return {double = 0 / 0}", "$4|-nan|", ",-nan|"),
        ("return {double = '1'}", "*0|", "*0|"),
        ("return {big_number = '123'}", "$3|123|", "(123|"),
        (#"return {big_number = '1\r\n2'}"#, "$4|1  2|", "(1  2|"),
        ("return {big_number = 12}", "*0|", "*0|"),
        ("return {verbatim_string = {string = 'a b', format = 'txt'}}", "$3|a b|", "=7|txt:a b|"),
        ("return {verbatim_string = {string = 'x', format = 'm'}}", "$1|x|", "=5|m  :x|"),
        ("return {verbatim_string = {string = 'x', format = 'markdown'}}", "$1|x|", "=5|mar:x|"),
        ("return {verbatim_string = {string = 'x'}}", "*0|", "*0|"),
        ("return {verbatim_string = {string = 1, format = 'txt'}}", "*0|", "*0|"),
        ("return true", ":1|", ":1|"),
        ("return false", "$-1|", "_|"),
        ("return nil", "$-1|", "_|"),
        ("return {true, false, function() end, 1}", "*4|:1|$-1|$-1|:1|", "*4|:1|_|_|:1|"),
        ("return {nil, 1}", "*0|", "*0|"),
        ("return {1, 'a', {2.9}}", "*3|:1|$1|a|*1|:2|", "*3|:1|$1|a|*1|:2|"),
        ("return {double = 1, map = {}}", "$1|1|", ",1|"),
        ("return {map = {a = 1}, set = {b = 1}}", "*2|$1|a|:1|", "%1|$1|a|:1|"),
        ("return {ok = 'fine'}", "+fine|", "+fine|"),
        (#"return {ok = 'x\r\ny\n'}"#, "+x  y |", "+x  y |"),
        ("return {ok = 1}", "*0|", "*0|"),
        ("return {err = 'MY x'}", "-MY x|", "-MY x|"),
        (#"return {err = '\n-x\ny\r\n'}"#, "- -x y|", "- -x y|"),
        ("return {err = ''}", "-|", "-|"),
        ("redis.setresp(3) return true", ":1|", "#t|"),
        ("redis.setresp(3) return {true, false}", "*2|:1|:0|", "*2|#t|#f|"),
        ("redis.setresp(3) return {map = {a = false}}", "*2|$1|a|:0|", "%1|$1|a|#f|"),
        ("redis.setresp(3) return nil", "$-1|", "_|"),
    ]

    @Test(arguments: results)
    func resultsAreEncodedForTheClient(source: String, resp2: String, resp3: String) throws {
        #expect(try encoded(source, resp: 2) == resp2)
        #expect(try encoded(source, resp: 3) == resp3)
    }

    /// The bytes of the reply; null and single values are left to the port.
    private func encoded(_ source: String, resp: Int) throws -> String {
        var context = 0
        return try withUnsafeMutableBytes(of: &context) { context in
            let context = try #require(context.baseAddress)
            let host = try #require(
                LuaHost(services: plua_services(), context: context, memoryLimit: 1 << 20))
            let script = try host.compile(Array(source.utf8), sha: String(repeating: "0", count: 40))
            let arguments = CallArguments()
            let reply = arguments.withArguments {
                host.call(
                    script, keys: $0.pointer, keyCount: 0, arguments: $0.pointer, argumentCount: 0, resp: resp,
                    limits: .standard)
            }
            switch reply {
            case .encoded(let bytes): return String(decoding: bytes, as: UTF8.self).replacing("\r\n", with: "|")
            case .null: return resp == 3 ? "_|" : "$-1|"
            default: return "\(reply)"
            }
        }
    }
}
