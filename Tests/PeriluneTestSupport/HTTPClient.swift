import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The least of an HTTP/1.1 client: one connection a request, byte for byte what the test says, nothing normalised.
public struct HTTPClient: Sendable {
    /// The port on the loopback that it talks to.
    public let port: Int

    /// Creates a client of a server on `127.0.0.1`.
    public init(port: Int) {
        self.port = port
    }

    /// What goes wrong on the way.
    public enum Failure: Error {
        case system(String, Int32)
        case malformed(String)
    }

    /// Sends a request and reads its answer.
    public func send(
        _ method: String = "GET", _ path: String, headers: [(String, String)] = [], body: String? = nil
    ) async throws -> HTTPReply {
        var head = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        if let body { head += "Content-Length: \(body.utf8.count)\r\n" }
        return try HTTPReply(try await exchange(Array((head + "\r\n" + (body ?? "")).utf8)), toHead: method == "HEAD")
    }

    /// Sends bytes and reads until the server closes the connection.
    public func exchange(_ bytes: [UInt8]) async throws -> [UInt8] {
        let port = port
        // Not on the threads that Swift's tasks run on, nor on Dispatch's, which on Linux are the same few: the server
        // needs them.
        return try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(with: Result { try Self.exchange(bytes, port: port) })
            }
        }
    }

    private static func exchange(_ bytes: [UInt8], port: Int) throws -> [UInt8] {
        let descriptor = try Loopback.connection(toPort: port)
        defer { close(descriptor) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { Loopback.transmit(descriptor, $0) }
            // The server may answer and close before it has read everything.
            guard sent > 0 else { break }
            rest = rest.dropFirst(sent)
        }
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Loopback.receive(descriptor, into: &buffer)
            guard count >= 0 else { throw Failure.system("recv", errno) }
            if count == 0 { return received }
            received += buffer[..<count]
        }
    }
}

/// An answer.
public struct HTTPReply: Sendable {
    public let status: Int
    public let headers: [(name: String, value: String)]
    public let body: String
    /// What came after the answer.
    public let rest: [UInt8]

    /// Takes the first answer off what was received.
    public init(_ bytes: [UInt8], toHead: Bool = false) throws {
        let end = Array("\r\n\r\n".utf8)
        guard let separator = bytes.firstRange(of: end) else {
            throw HTTPClient.Failure.malformed(String(decoding: bytes, as: UTF8.self))
        }
        let lines = String(decoding: bytes[..<separator.lowerBound], as: UTF8.self).split(separator: "\r\n")
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count >= 2, let status = Int(words[1]) else {
            throw HTTPClient.Failure.malformed(String(decoding: bytes, as: UTF8.self))
        }
        self.status = status
        headers = lines.dropFirst().map { line in
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let value = parts.count > 1 ? parts[1].drop { $0 == " " } : ""
            return (name: String(parts[0]), value: String(value))
        }
        let length = headers.first { $0.name.lowercased() == "content-length" }.flatMap { Int($0.value) } ?? 0
        let content = bytes[separator.upperBound...].prefix(toHead ? 0 : length)
        body = String(decoding: content, as: UTF8.self)
        rest = Array(bytes[content.endIndex...])
    }

    /// The values of a header, joined as HTTP joins them; `nil` when it is missing.
    public subscript(_ name: String) -> String? {
        let values = headers.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }
}
