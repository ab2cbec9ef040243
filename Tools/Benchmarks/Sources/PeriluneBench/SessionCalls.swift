import Foundation

/// Calls of the scripts of sessions as bytes and words, with numbers for ids.
struct SessionCalls {
    let touch: [String]
    let update: [String]
    let create: [String]
    let list: [String]
    /// Fields of 370 bytes in all.
    let fields: [UInt8]

    private let createDigest: String

    init(server: BenchmarkServer, scripts: URL) throws {
        let client = try RawClient(port: server.port)
        func digest(_ name: String) throws -> String {
            let file = scripts.appendingPathComponent("session/\(name).lua")
            return try client.send("SCRIPT", "LOAD", String(contentsOf: file, encoding: .utf8))
        }
        createDigest = try digest("create")
        let session = Self.prefix + "s:" + Self.id("__rand_int__")
        touch = ["evalsha", try digest("touch"), "1", session, "1800000"]
        update = [
            "evalsha", try digest("update"), "1", session, "-1", "65536", "set", "fieldd", "\"another value\"",
        ]
        // Ids that are not there, and users that are.
        create =
            ["evalsha", createDigest, "6", Self.prefix + "s:1" + Self.id("__rand_int__").dropFirst()]
            + Self.otherKeys(user: "__rand_int__")
            + Self.arguments(user: "u00000000000").map { String(decoding: $0, as: UTF8.self) }
        list = ["evalsha", try digest("list"), "2", Self.prefix + "u:__rand_int__", Self.prefix + "s:"]
        // 12 fields: 12 names of 6 bytes, 2 of sizes, the rest values.
        fields = Self.pack("abcdefghijkl".map { ("field\($0)", "\"" + String(repeating: "v", count: 21) + "\"") })
    }

    /// A call that creates a session.
    func create(_ number: Int, user: String, fields: [UInt8]) -> [UInt8] {
        let words = ["EVALSHA", createDigest, "6", Self.prefix + "s:" + Self.id(Self.digits(number))]
        return RawClient.encode(
            (words + Self.otherKeys(user: user)).map { Array($0.utf8) } + Self.arguments(user: user, fields: fields))
    }

    private static let prefix = "p:{s.1}:"

    /// 12 digits, as redis-benchmark writes them.
    static func digits(_ number: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: 12 - text.count) + text
    }

    private static func id(_ digits: String) -> String { "0000000000" + digits }

    private static func otherKeys(user: String) -> [String] {
        ["s:", "w", "c", "e", "u:" + user].map { prefix + $0 }
    }

    private static func arguments(user: String, fields: [UInt8] = []) -> [[UInt8]] {
        ["1800000", "1800000", "86400000", "1", user, ""].map { Array($0.utf8) } + [fields]
            + ["100", "oldest", "", "10000"].map { Array($0.utf8) }
    }

    /// Fields as `lua/session` stores them.
    static func pack(_ fields: [(name: String, value: String)]) -> [UInt8] {
        fields.flatMap { name, value in
            let size = value.utf8.count
            let sizes =
                [UInt8(name.utf8.count)]
                + (size < 255 ? [UInt8(size)] : [255, UInt8(size & 255), UInt8(size >> 8), 0, 0])
            return sizes + name.utf8 + value.utf8
        }
    }
}
