import PeriluneEmbedded
import PeriluneIO

/// The requests between a client's `MULTI` and its `EXEC`.
struct PortTransaction {
    /// Whether one of them was refused, so that none will be run.
    var isBroken = false
    /// Whether one of them is refused when the data has reached its limit. As it was when it was queued, as on a server:
    /// that a script has been loaded since changes nothing.
    var needsMemory = false
    private var requests: [[[UInt8]]] = []
    private var byteCount = 0

    /// Bytes that may wait.
    private static let mostBytes = 64 << 20

    var count: Int { requests.count }

    /// Keeps a request for later.
    ///
    /// - Returns: Whether there was room.
    mutating func append(_ request: RESPRequest) -> Bool {
        var arguments: [[UInt8]] = []
        arguments.reserveCapacity(request.count)
        for index in 0..<request.count {
            // What an array takes beside its bytes.
            byteCount += request[index].count + 40
            guard byteCount <= Self.mostBytes else { return false }
            arguments.append(Array(request[index]))
        }
        requests.append(arguments)
        return true
    }

    /// Calls a function with each request in turn.
    func forEachRequest(_ body: (RESPRequest) -> Void) {
        for arguments in requests {
            var bytes: [UInt8] = []
            var ranges: [Range<Int>] = []
            for argument in arguments {
                ranges.append(bytes.count..<(bytes.count + argument.count))
                bytes += argument
            }
            bytes.withUnsafeBytes { bytes in
                ranges.withUnsafeBufferPointer { body(RESPRequest(bytes: bytes, ranges: $0)) }
            }
        }
    }
}
