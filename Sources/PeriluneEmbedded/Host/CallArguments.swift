import CLuaHost
import PeriluneCore

/// The keys and arguments of a call in one stretch of memory, as C wants to see them.
struct CallArguments: ~Copyable {
    private let bytes = ByteArena()
    private var slices: [plua_slice] = []

    /// Takes over the arguments of a call. O(bytes); allocates nothing when an earlier call was as large.
    mutating func load(first: [RedisKey], then arguments: [RedisArgument]) {
        bytes.removeAll()
        slices.removeAll(keepingCapacity: slices.capacity <= 4096)
        // Lengths first: the memory may move while it is filled.
        for key in first { append { $0.append(key.name) } }
        for argument in arguments {
            switch argument {
            case .string(let text): append { $0.append(text) }
            case .integer(let value): append { $0.append(decimal: value) }
            case .bytes(let array): append { $0.append(array) }
            }
        }
        place()
    }

    /// Takes over the words of a command.
    mutating func load(_ words: [[UInt8]]) {
        bytes.removeAll()
        slices.removeAll(keepingCapacity: slices.capacity <= 4096)
        for word in words { append { $0.append(word) } }
        place()
    }

    /// The memory moves no more: lengths become pointers.
    private mutating func place() {
        var offset = 0
        for index in slices.indices {
            let length = slices[index].length
            slices[index] = bytes.slice(offset, count: length)
            offset += length
        }
    }

    private mutating func append(_ append: (ByteArena) -> Void) {
        let start = bytes.count
        append(bytes)
        slices.append(plua_slice(data: nil, length: bytes.count - start))
    }

    /// Calls a function with all of them.
    ///
    /// - Parameter readyKey: The key for which a command that waits is tried again.
    func withArguments<Result>(readyKey: ByteSlice? = nil, _ body: (Arguments) -> Result) -> Result {
        slices.withUnsafeBufferPointer { buffer in
            var none = plua_slice()
            if let start = buffer.baseAddress {
                return body(Arguments(start, count: buffer.count, readyKey: readyKey))
            }
            return withUnsafePointer(to: &none) { body(Arguments($0, count: 0)) }
        }
    }
}
