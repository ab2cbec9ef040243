/// Counts the replies in a stream of RESP2, whatever bytes the strings in it hold.
struct ReplyCounter {
    private(set) var count = 0
    /// The first reply that was an error.
    private(set) var error: String?
    private var line: [UInt8] = []
    /// Bytes of a bulk string, with its line end, that are still to come.
    private var rest = 0
    /// Values of the reply under way that are still to come.
    private var values = 0

    mutating func read(_ bytes: ArraySlice<UInt8>) {
        var index = bytes.startIndex
        while index < bytes.endIndex {
            if rest > 0 {
                let step = min(rest, bytes.endIndex - index)
                rest -= step
                index += step
                if rest == 0 { endValue() }
                continue
            }
            let byte = bytes[index]
            index += 1
            guard byte == UInt8(ascii: "\n") else {
                line.append(byte)
                continue
            }
            readLine()
            line.removeAll(keepingCapacity: true)
        }
    }

    private mutating func readLine() {
        if values == 0 { values = 1 }
        let number = Int(String(decoding: line.dropFirst().dropLast(), as: UTF8.self)) ?? 0
        switch line.first {
        case UInt8(ascii: "$") where number >= 0: rest = number + 2
        case UInt8(ascii: "*") where number > 0:
            values += number
            endValue()
        case UInt8(ascii: "-"):
            error = error ?? String(decoding: line.dropFirst().dropLast(), as: UTF8.self)
            endValue()
        default: endValue()
        }
    }

    private mutating func endValue() {
        values -= 1
        if values == 0 { count += 1 }
    }
}
