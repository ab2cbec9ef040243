/// What a snapshot file looks like.
///
/// All numbers are little-endian. A *length* is an unsigned LEB128 number: seven bits a byte, the lowest first, the
/// highest bit set in all bytes but the last. *Bytes* are a length and so many bytes.
///
/// ```
/// file    = "PERILUNE" version:uint32 record* end
/// record  = kind:uint8 size:length body         size is the number of bytes of the body
/// body    = database:uint8 expiry:int64 key:bytes value
/// end     = 255 size:length records:uint64 checksum:uint64
/// ```
///
/// The expiry is in milliseconds since 1970, and the largest number for a key that does not expire. The checksum is the
/// CRC-64/XZ of everything in front of it. Keys stand in no particular order.
///
/// ```
/// kind               value
/// 1  string          the rest of the body
/// 2  integer string  int64
/// 3  hash            count:length, then name:bytes value:bytes for each field, in their order
/// 4  list            count:length, then bytes for each element, from left to right
/// 5  set             count:length, then bytes for each member
/// 6  sorted set      count:length, then member:bytes score:float64 for each member, in their order
/// 7  stream          last:id deleted:id added:int64 count:length entry* count:length group*
///
/// id      = milliseconds:uint64 sequence:uint64
/// entry   = id count:length, then name:bytes value:bytes for each field
/// group   = name:bytes last:id known:uint8 read:int64 count:length consumer* count:length pending*
/// consumer = name:bytes seen:int64
/// pending = id consumer:bytes delivered:int64 deliveries:int64
/// ```
enum SnapshotFormat {
    static let magic: StaticString = "PERILUNE"
    static let version: UInt32 = 1
    static let headerSize = 12
    static let end: UInt8 = 255
    /// The record count and the checksum.
    static let endSize = 16

    /// What a record holds.
    enum Kind: UInt8 {
        case string = 1
        case integer = 2
        case hash = 3
        case list = 4
        case set = 5
        case sortedSet = 6
        case stream = 7
    }
}

/// The CRC-64/XZ of bytes (ECMA-182's polynomial, reflected). It changes with every error of up to 64 bits in a row.
struct Checksum {
    private var state = UInt64.max

    var value: UInt64 { ~state }

    /// Takes in more bytes. O(n).
    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        var crc = state
        Self.tables.withUnsafeBufferPointer { tables in
            var index = 0
            while index + 8 <= bytes.count {
                crc ^= UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
                var next: UInt64 = 0
                for table in stride(from: 7 * 256, through: 0, by: -256) {
                    next ^= tables[table + Int(UInt8(truncatingIfNeeded: crc))]
                    crc >>= 8
                }
                crc = next
                index += 8
            }
            while index < bytes.count {
                crc = tables[Int(UInt8(truncatingIfNeeded: crc) ^ bytes[index])] ^ (crc >> 8)
                index += 1
            }
        }
        state = crc
    }

    /// For eight bytes at a time: what a byte at each place changes.
    private static let tables: [UInt64] = {
        var tables: [UInt64] = []
        for byte in UInt64(0)..<256 {
            var crc = byte
            for _ in 0..<8 { crc = crc & 1 == 0 ? crc >> 1 : (crc >> 1) ^ 0xC96C_5795_D787_0F42 }
            tables.append(crc)
        }
        for index in 256..<(8 * 256) {
            let crc = tables[index - 256]
            tables.append(tables[Int(UInt8(truncatingIfNeeded: crc))] ^ (crc >> 8))
        }
        return tables
    }()
}
