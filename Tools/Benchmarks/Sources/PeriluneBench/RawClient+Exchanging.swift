import Foundation

extension RawClient {
    /// Waits for so many replies, none of which may be an error, and throws them away.
    func receive(replies: Int) throws {
        var counter = ReplyCounter()
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while counter.count < replies {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { throw BenchmarkError("the server closed the connection") }
            counter.read(buffer[..<count])
        }
        if let error = counter.error { throw BenchmarkError(error) }
    }

    /// Sends commands together and waits for their replies.
    func exchange(_ trip: ExchangeCost.Trip) throws {
        try write(trip.bytes[...])
        try receive(replies: trip.replies)
    }
}
