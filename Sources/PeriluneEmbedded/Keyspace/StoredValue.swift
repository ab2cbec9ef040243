/// The value of a key. A string stands in the entry itself; a collection is an object, so that commands change it in
/// place.
enum StoredValue {
    case string(StoredString)
    case hash(HashValue)
    case list(ListValue)
    case set(SetValue)
    case sortedSet(SortedSetValue)
    case stream(StreamValue)

    /// The type's name, as `TYPE` answers it.
    var typeName: StaticString {
        switch self {
        case .string: "string"
        case .hash: "hash"
        case .list: "list"
        case .set: "set"
        case .sortedSet: "zset"
        case .stream: "stream"
        }
    }

    /// A value that shares nothing with this one which a change could reach. O(1) for strings, O(n) when either of two
    /// collections is changed.
    var copy: StoredValue {
        switch self {
        case .string: self
        case .hash(let hash): .hash(HashValue(hash))
        case .list(let list): .list(ListValue(list))
        case .set(let set): .set(SetValue(set))
        case .sortedSet(let set): .sortedSet(SortedSetValue(set))
        case .stream(let stream): .stream(StreamValue(stream))
        }
    }
}

/// A value of many elements. A key whose collection is empty does not exist, unless it is a stream.
protocol StoredCollection: AnyObject {
    init()

    /// The collection that a value is; `nil` when it is of another type.
    static func collection(in value: StoredValue) -> Self?

    /// The collection as a key's value.
    var asValue: StoredValue { get }

    var isEmpty: Bool { get }

    /// What it takes in memory, its elements included, in bytes. O(1).
    var memorySize: Int { get }

    /// What it has on the meter of its database. Brought up to date with every change.
    var memory: MemoryAccount { get set }
}

extension Entry {
    /// The name of the encoding in which a server would keep the value.
    var encodingName: StaticString {
        switch header.value {
        case .string(.integer): "int"
        case .string(let string): string.count <= 44 && !header.isRaw ? "embstr" : "raw"
        case .hash(let hash): hash.isLarge ? "hashtable" : "listpack"
        case .list: "quicklist"
        case .set(let set): set.isIntegers ? "intset" : "hashtable"
        case .sortedSet(let set): set.isLarge ? "skiplist" : "listpack"
        case .stream: "stream"
        }
    }
}
