/// Counts the bytes that the keys and values of one database take in memory.
///
/// They are estimated: what is asked of the allocator is known to the byte, and what that adds is taken from how the
/// usual ones work. The sum is kept up to date by those who change a value, in O(1), and is never more than some
/// percent off.
final class MemoryMeter {
    /// Used by one thread at a time, and in the innermost of loops.
    @exclusivity(unchecked) var used = 0
}

/// What one value has on the meter of the database that it is in.
struct MemoryAccount {
    private(set) var meter: MemoryMeter?
    private var charged = 0

    /// Whether the value is in a database.
    var isOpen: Bool { meter != nil }

    /// The value comes into a database.
    mutating func open(on meter: MemoryMeter, _ bytes: Int) {
        close()
        self.meter = meter
        update(bytes)
    }

    /// The value takes so many bytes from now on.
    mutating func update(_ bytes: Int) {
        meter?.used += bytes - charged
        charged = bytes
    }

    /// The value leaves its database.
    mutating func close() {
        meter?.used -= charged
        meter = nil
        charged = 0
    }
}

/// Sizes in memory.
enum MemorySize {
    /// What an allocation of so many bytes takes: with the allocator's head, in multiples of 16 bytes.
    static func allocation(_ bytes: Int) -> Int {
        max((bytes + 8 + 15) & ~15, 32)
    }

    /// What an object takes whose fields have so many bytes.
    static func object(_ fields: Int) -> Int {
        allocation(16 + fields)
    }

    /// What an array's elements take, with room for more of them, but not what they refer to. O(1).
    static func elements<Element>(_ array: [Element]) -> Int {
        array.capacity == 0 ? 0 : allocation(32 + array.capacity * MemoryLayout<Element>.stride)
    }
}

extension StoredString {
    /// What the value takes beside its place, in bytes. O(1).
    var memorySize: Int {
        if case .bytes(let bytes) = self { MemorySize.elements(bytes) } else { 0 }
    }
}

extension StoredCollection {
    /// Brings the meter up to date after a change.
    @inline(__always)
    func settle() {
        if memory.isOpen { memory.update(memorySize) }
    }
}

extension StoredValue {
    /// The value comes into a database.
    func charge(to meter: MemoryMeter) {
        switch self {
        case .string(let string): meter.used += string.memorySize
        case .hash(let hash): hash.memory.open(on: meter, hash.memorySize)
        case .list(let list): list.memory.open(on: meter, list.memorySize)
        case .set(let set): set.memory.open(on: meter, set.memorySize)
        case .sortedSet(let set): set.memory.open(on: meter, set.memorySize)
        case .stream(let stream):
            stream.memory.open(on: meter, stream.memorySize)
            stream.groups.visit { _, group in
                group.memory.open(on: meter, group.memorySize)
                return true
            }
        }
    }

    /// The value leaves its database.
    func discharge(from meter: MemoryMeter) {
        switch self {
        case .string(let string): meter.used -= string.memorySize
        case .hash(let hash): hash.memory.close()
        case .list(let list): list.memory.close()
        case .set(let set): set.memory.close()
        case .sortedSet(let set): set.memory.close()
        case .stream(let stream):
            stream.memory.close()
            stream.groups.visit { _, group in
                group.memory.close()
                return true
            }
        }
    }
}
