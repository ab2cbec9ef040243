import PeriluneLua

/// A script's bytes as Redis takes them apart: an optional shebang line, then Lua.
struct ScriptText: Sendable {
    /// The code; where the shebang line was there are blanks, so that places in the file hold.
    let lua: [UInt8]
    let shebang: Shebang?

    init(_ bytes: [UInt8]) {
        lua = bytes.withoutShebang
        shebang = Shebang(bytes)
    }
}

/// The line `#!lua flags=…` at the beginning of a script.
struct Shebang: Sendable, Hashable {
    let engine: String
    /// The flags that there are.
    private(set) var flags: Set<ScriptHeader.Flag> = []
    private(set) var unknownFlags: [String] = []
    /// What stands there beside `flags=`.
    private(set) var otherOptions: [String] = []
    /// How many bytes it has, without what ends it.
    let length: Int
    /// Whether there is anything behind it.
    let endsLine: Bool

    /// `nil` for a script without such a line.
    init?(_ bytes: [UInt8]) {
        guard bytes.starts(with: "#!".utf8) else { return nil }
        let end = bytes.firstIndex(of: UInt8(ascii: "\n"))
        length = end ?? bytes.count
        endsLine = end != nil
        let words = String(decoding: bytes[2..<length], as: UTF8.self)
            .split { $0 == " " || $0 == "\t" || $0 == "\r" || $0 == "\r\n" }
        engine = words.first.map(String.init) ?? ""
        for word in words.dropFirst() {
            guard word.hasPrefix("flags=") else {
                otherOptions.append(String(word))
                continue
            }
            let names = word.dropFirst("flags=".count)
            // None is fine, an empty one among others is not.
            for name in names.isEmpty ? [] : names.split(separator: ",", omittingEmptySubsequences: false) {
                if let flag = ScriptHeader.Flag(rawValue: String(name)) {
                    flags.insert(flag)
                } else {
                    unknownFlags.append(String(name))
                }
            }
        }
    }

    /// Whether what follows is a library of functions (FUNCTION LOAD) and no script.
    var isLibrary: Bool { engine == "lua" && otherOptions.contains { $0.hasPrefix("name=") } }
}
