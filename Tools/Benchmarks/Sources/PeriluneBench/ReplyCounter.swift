/// Counts the replies in a stream of flat RESP2 replies, whatever bytes the strings in it hold.
struct ReplyCounter {
    private(set) var count = 0
    private var line: [UInt8] = []
    /// Bytes of a bulk string, with its line end, that are still to come.
    private var rest = 0

    mutating func read(_ bytes: ArraySlice<UInt8>) {
        var index = bytes.startIndex
        while index < bytes.endIndex {
            if rest > 0 {
                let step = min(rest, bytes.endIndex - index)
                rest -= step
                index += step
                if rest == 0 { count += 1 }
                continue
            }
            let byte = bytes[index]
            index += 1
            guard byte == UInt8(ascii: "\n") else {
                line.append(byte)
                continue
            }
            let length =
                line.first == UInt8(ascii: "$") ? Int(String(decoding: line[1...].dropLast(), as: UTF8.self)) : nil
            if let length, length >= 0 { rest = length + 2 } else { count += 1 }
            line.removeAll(keepingCapacity: true)
        }
    }
}
