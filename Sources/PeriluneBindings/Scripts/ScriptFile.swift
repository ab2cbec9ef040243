/// A script's file.
public struct ScriptFile: Sendable, Hashable {
    /// Where it is, as errors name it.
    public let path: String
    /// How it is named in what is generated, for example `lua/ratelimit/token_bucket.lua`.
    public let name: String
    /// The file's bytes.
    public let bytes: [UInt8]

    /// - Parameter name: The path itself, unless it says where a machine has the file.
    public init(path: String, name: String? = nil, bytes: [UInt8]) {
        self.path = path
        self.name = name ?? path
        self.bytes = bytes
    }
}
