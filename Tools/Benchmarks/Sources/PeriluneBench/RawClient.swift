import Foundation

/// A client that only sends bytes and counts replies, so that what is measured is the server.
final class RawClient {
    private let descriptor: Int32

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard connected else {
            close(descriptor)
            throw BenchmarkError("cannot connect to port \(port)")
        }
    }

    deinit {
        close(descriptor)
    }

    /// A command in RESP.
    static func encode(_ words: [String]) -> [UInt8] {
        Array("*\(words.count)\r\n".utf8) + words.flatMap { Array("$\($0.utf8.count)\r\n\($0)\r\n".utf8) }
    }

    /// Sends a command and answers the reply's text, as far as it comes in one piece.
    @discardableResult
    func send(_ words: String...) throws -> String {
        try write(Self.encode(words)[...])
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = read(descriptor, &buffer, buffer.count)
        guard count > 0 else { throw BenchmarkError("the server closed the connection") }
        return String(decoding: buffer[..<count], as: UTF8.self)
    }

    /// Sends many commands, as many at a time as the sockets take, and waits for that many lines of replies.
    func pipeline(_ commands: [UInt8], lines: Int) throws {
        let flags = fcntl(descriptor, F_GETFL)
        _ = fcntl(descriptor, F_SETFL, flags | O_NONBLOCK)
        defer { _ = fcntl(descriptor, F_SETFL, flags) }
        var sent = 0
        var seen = 0
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        while seen < lines {
            var state = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            if sent < commands.count { state.events |= Int16(POLLOUT) }
            guard poll(&state, 1, 10_000) > 0 else { throw BenchmarkError("the server does not answer") }
            if state.revents & Int16(POLLOUT) != 0, sent < commands.count {
                let count = commands.withUnsafeBytes {
                    Glibc.send(descriptor, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_NOSIGNAL))
                }
                if count > 0 { sent += count }
            }
            if state.revents & Int16(POLLIN) != 0 {
                let count = read(descriptor, &buffer, buffer.count)
                guard count > 0 else { throw BenchmarkError("the server closed the connection") }
                for byte in buffer[..<count] where byte == UInt8(ascii: "\n") { seen += 1 }
            }
        }
    }

    private func write(_ bytes: ArraySlice<UInt8>) throws {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress!, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw BenchmarkError("cannot send") }
            rest = rest.dropFirst(count)
        }
    }
}
