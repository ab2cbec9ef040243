/// What a script says of itself in its shebang line: `#!lua flags=no-writes,allow-oom`.
struct ScriptFlags: OptionSet, Sendable {
    let rawValue: UInt8

    static let noWrites = ScriptFlags(rawValue: 1)
    static let allowOOM = ScriptFlags(rawValue: 2)
    static let allowStale = ScriptFlags(rawValue: 4)
    static let noCluster = ScriptFlags(rawValue: 8)
    static let allowCrossSlotKeys = ScriptFlags(rawValue: 16)

    /// Whether the script is not run when the data has reached its limit. One without flags is, until it writes.
    var needsMemory: Bool { isDisjoint(with: [.allowOOM, .noWrites]) }

    private static let names: [String: ScriptFlags] = [
        "no-writes": .noWrites, "allow-oom": .allowOOM, "allow-stale": .allowStale, "no-cluster": .noCluster,
        "allow-cross-slot-keys": .allowCrossSlotKeys,
    ]
}

/// A script's text with its shebang line taken off.
struct ScriptText {
    /// The text from the first line break on, so that lines keep their numbers; all of it without a shebang.
    let body: [UInt8]
    /// The flags; `nil` without a shebang.
    let flags: ScriptFlags?

    /// - Throws: ``ScriptTextError`` with the server's words.
    init(_ source: [UInt8]) throws(ScriptTextError) {
        guard source.starts(with: Array("#!".utf8)) else {
            body = source
            flags = nil
            return
        }
        guard let end = source.firstIndex(of: UInt8(ascii: "\n")) else {
            throw ScriptTextError(line: "ERR Invalid script shebang")
        }
        let words = source[..<end].split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
        guard words.first == "#!lua" else {
            throw ScriptTextError(line: "ERR Unexpected engine in script shebang: \(words.first ?? "#!")")
        }
        var flags: ScriptFlags = []
        for option in words.dropFirst() {
            guard option.hasPrefix("flags=") else {
                throw ScriptTextError(line: "ERR Unknown lua shebang option: \(option)")
            }
            for name in option.dropFirst("flags=".count).split(separator: ",") {
                guard let flag = ScriptFlags.named(String(name)) else {
                    throw ScriptTextError(line: "ERR Unexpected flag in script shebang: \(name)")
                }
                flags.insert(flag)
            }
        }
        self.body = Array(source[end...])
        self.flags = flags
    }
}

extension ScriptFlags {
    fileprivate static func named(_ name: String) -> ScriptFlags? { names[name] }
}

/// An error line of the server about a script's text.
struct ScriptTextError: Error {
    let line: String
}
