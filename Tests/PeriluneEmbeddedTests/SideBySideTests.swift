import Foundation
import PeriluneCore
import PeriluneEmbedded
import Testing

/// Expressions whose value was recorded in Lua 5.1, in Lua 5.4 and on redis-server 7.0.15: the engine answers like the
/// server, also where 5.4 does not.
@Suite struct SideBySideTests {
    /// Scripts that answer something else here: how they begin, and why.
    static let differences: [(beginning: String, reason: String)] = [
        ("local t={1,2,3,nil,5,nil} return tostring(#t)", "# of a table with holes is any border; 5.4 finds another"),
        ("local r={} for k in pairs({a=1,b=2,c=3,d=4})", "pairs goes in the order of keys"),
    ]

    @Test func valuesAreThoseOfRedis() async throws {
        let url = Bundle.module.url(forResource: "lua-5.1-5.4-redis", withExtension: "txt", subdirectory: "Resources")
        let text = try String(contentsOf: try #require(url), encoding: .utf8)
        let engine = EmbeddedEngine()
        var compared = 0
        for line in text.split(separator: "\n").dropFirst() {
            // Whether 5.1 and 5.4 agree, the script, which may have bars in it, and the three values.
            let fields = line.components(separatedBy: " | ")
            let source = fields.dropFirst().dropLast(3).joined(separator: " | ")
            let recorded = try #require(fields.last)
            let script = LuaScript(name: "recorded", source: source)
            let answered = await shown(of: script, on: engine)
            if let difference = Self.differences.first(where: { source.hasPrefix($0.beginning) }) {
                #expect(answered != recorded, "no longer different: \(difference)")
                continue
            }
            #expect(answered.withoutAddresses == recorded.withoutAddresses, "\(source)")
            compared += 1
        }
        #expect(compared == 236)
    }

    /// The reply as the recording shows it: text without its length, and errors without the script's digest.
    private func shown(of script: LuaScript, on engine: EmbeddedEngine) async -> String {
        do {
            switch try await engine.call(script, keys: [], arguments: []) {
            case .bulk(let bytes):
                let text = String(decoding: bytes, as: UTF8.self)
                return text.replacing("\n", with: #"\n"#).replacing("\0", with: #"\0"#)
            case let reply: return resp(reply).trimmingCharacters(in: .newlines)
            }
        } catch {
            let line = error.serverError?.line ?? "\(error)"
            return "-" + line.replacing(" script: \(script.sha), on", with: "")
        }
    }
}

extension String {
    /// With `0x` for each address, which differs from process to process.
    fileprivate var withoutAddresses: String {
        var parts = components(separatedBy: "0x")
        for index in parts.indices.dropFirst() { parts[index].trimPrefix(while: \.isHexDigit) }
        return parts.joined(separator: "0x")
    }
}
