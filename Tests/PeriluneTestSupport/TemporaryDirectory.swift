#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Directories for what tests start and make.
package enum TemporaryDirectory {
    /// Makes a directory that nobody else has. Its path is short, as those of Unix sockets must be.
    package static func make() throws(RedisServer.StartError) -> String {
        var template = Array("/tmp/perilune-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw RedisServer.StartError(description: "no temporary directory") }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
