import Foundation

/// A client that only sends bytes and counts replies, so that what is measured is the server.
final class RawClient {
    let descriptor: Int32

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
    static func encode(_ words: [String]) -> [UInt8] { encode(words.map { Array($0.utf8) }) }

    /// A command in RESP.
    static func encode(_ words: [[UInt8]]) -> [UInt8] {
        Array("*\(words.count)\r\n".utf8) + words.flatMap { Array("$\($0.count)\r\n".utf8) + $0 + [13, 10] }
    }

    /// Sends a command and answers the text of its reply: a line, or a bulk string's content.
    @discardableResult
    func send(_ words: String...) throws -> String {
        try write(Self.encode(words)[...])
        var reply: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { throw BenchmarkError("the server closed the connection") }
            reply += buffer[..<count]
            guard let end = reply.firstIndex(of: UInt8(ascii: "\n")) else { continue }
            let line = String(decoding: reply[1..<(end - 1)], as: UTF8.self)
            switch reply[0] {
            case UInt8(ascii: "$"):
                guard let length = Int(line), length >= 0 else { return "" }
                if reply.count >= end + 1 + length + 2 {
                    return String(decoding: reply[(end + 1)..<(end + 1 + length)], as: UTF8.self)
                }
            case UInt8(ascii: "-"): throw BenchmarkError(line)
            default: return line
            }
        }
    }

    /// Sends many commands, as many at a time as the sockets take, and waits for that many replies.
    func pipeline(_ commands: [UInt8], replies: Int) throws {
        let flags = fcntl(descriptor, F_GETFL)
        _ = fcntl(descriptor, F_SETFL, flags | O_NONBLOCK)
        defer { _ = fcntl(descriptor, F_SETFL, flags) }
        var sent = 0
        var counter = ReplyCounter()
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        while counter.count < replies {
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
                counter.read(buffer[..<count])
            }
        }
        if let error = counter.error { throw BenchmarkError(error) }
    }

    /// Sends bytes, and waits until the socket has taken them.
    func write(_ bytes: ArraySlice<UInt8>) throws {
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
