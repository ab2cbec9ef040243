/// How syntax errors show the name of a chunk.
package enum LuaChunkName {
    /// Room for a name in a message, in bytes.
    private static let room = 80

    /// The name in front of a message's line number, cut as Lua 5.1 cuts it: after `=` the name itself, after `@` the
    /// end of a file's name, otherwise the first line of the source text.
    package static func shown(_ name: String) -> String {
        let bytes = Array(name.utf8)
        switch bytes.first {
        case UInt8(ascii: "="):
            return String(decoding: bytes.dropFirst().prefix(room - 1), as: UTF8.self)
        case UInt8(ascii: "@"):
            let kept = bytes.dropFirst().suffix(room - 8)
            return (kept.count < bytes.count - 1 ? "..." : "") + String(decoding: kept, as: UTF8.self)
        default:
            let line = bytes.prefix { $0 != .lineFeed && $0 != .carriageReturn }.prefix(room - 17)
            let rest = line.count < bytes.count ? "..." : ""
            return "[string \"\(String(decoding: line, as: UTF8.self))\(rest)\"]"
        }
    }
}
