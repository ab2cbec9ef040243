/// A file that is to be checked.
public struct ScriptSource: Sendable, Hashable {
    /// How findings name it.
    public let path: String
    public let bytes: [UInt8]

    public init(path: String, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
    }
}
