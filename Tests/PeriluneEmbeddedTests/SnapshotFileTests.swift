import Foundation
import PeriluneCore
import PeriluneTestSupport
import Testing

@testable import PeriluneEmbedded

@Suite struct SnapshotFileTests {
    private let folder: TemporaryFolder
    private var path: String { folder.path + "/snapshot" }

    init() throws {
        folder = try TemporaryFolder()
    }

    /// An engine with a key of each type, and the file of its snapshot.
    private func written() throws -> (EmbeddedEngine, [UInt8]) {
        let engine = EmbeddedEngine(clock: ManualClock())
        for line in [
            "SET s text", "SET i 12", "HSET h f v g w", "RPUSH l a b", "SADD t x 1", "SADD n 1 2", "ZADD z 1.5 m -2 n",
            "PEXPIRE h 5000", "XADD x 1-1 f v g w", "XADD x 2-1 f v", "XADD x 3-1 h v", "XDEL x 2-1",
            "XGROUP CREATE x group 0", "XREADGROUP GROUP group me COUNT 1 STREAMS x >",
        ] {
            engine.perform(line.split(separator: " ").map { String($0) })
        }
        engine.perform(["SET", "s", "elsewhere"], in: 15)
        try engine.writeSnapshot(to: path)
        return (engine, Array(try Data(contentsOf: URL(filePath: path))))
    }

    private func restore(_ bytes: [UInt8], into engine: EmbeddedEngine) throws {
        try Data(bytes).write(to: URL(filePath: path))
        try engine.restoreSnapshot(from: path)
    }

    /// What is not as it was written is refused, and changes nothing.
    @Test func everyDamageIsFound() throws {
        let (engine, bytes) = try written()
        let contents = engine.contents
        for index in bytes.indices {
            for change in [1, 0x80, 0xFF] as [UInt8] {
                var damaged = bytes
                damaged[index] ^= change
                #expect(throws: SnapshotError.self, "byte \(index)") { try restore(damaged, into: engine) }
            }
            #expect(throws: SnapshotError.self, "cut off at \(index)") {
                try restore(Array(bytes[..<index]), into: engine)
            }
        }
        #expect(throws: SnapshotError(path, .damaged("1 bytes behind its end"))) {
            try restore(bytes + [0], into: engine)
        }
        #expect(differences(engine.contents, contents) == [])
        try restore(bytes, into: engine)
        #expect(differences(engine.contents, contents) == [])
    }

    /// Bodies that have the right checksum, made by somebody who means no good.
    @Test func malformedRecordsAreRefused() throws {
        let engine = EmbeddedEngine(clock: ManualClock())
        let key: [UInt8] = [0] + Array(repeating: 0xFF, count: 7) + [0x7F, 1, UInt8(ascii: "k")]
        let endless = Array(repeating: UInt8(0xFF), count: 10)
        let bodies: [(UInt8, [UInt8])] = [
            (0, key), (7, key), (254, key), (1, []), (1, [0]), (1, [16] + key.dropFirst()), (2, key), (2, key + [1]),
            (3, key + [0]), (3, key + [1]), (3, key + [1, 0]), (3, key + [2, 1, 65, 0, 1, 65, 0]), (4, key + [0]),
            (4, key + [1, 5, 65]), (4, key + [1, 0, 0]), (4, key + endless), (5, key + [2, 1, 65, 1, 65]),
            (5, key + [0xFF, 0xFF, 0xFF, 0xFF, 0x0F]), (6, key + [1, 1, 65, 0, 0]),
            (6, key + [1, 1, 65, 0, 0, 0, 0, 0, 0, 0xF8, 0x7F]), (1, Array(key.prefix(9)) + endless),
            (7, key), (7, key + Array(repeating: 0, count: 39)), (7, key + Array(repeating: 0, count: 40) + [0xFF, 1]),
            (1, Array(key.prefix(9)) + [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F]),
        ]
        for (kind, body) in bodies {
            #expect(throws: SnapshotError.self, "\(kind) \(body)") {
                try restore(Self.file([(kind, body)]), into: engine)
            }
        }
        #expect(throws: SnapshotError(path, .damaged("a key that is there twice"))) {
            try restore(Self.file([(1, key), (1, key)]), into: engine)
        }
        try restore(Self.file([(1, key)]), into: engine)
        #expect(engine.contents.count == 1)
    }

    private static func file(_ records: [(UInt8, [UInt8])], version: UInt32 = 1) -> [UInt8] {
        var bytes = Array("PERILUNE".utf8)
        bytes.append(number: version)
        for (kind, body) in records { bytes += [kind, UInt8(body.count)] + body }
        bytes += [255, 16]
        bytes.append(number: UInt64(records.count))
        var checksum = Checksum()
        checksum.update(bytes)
        bytes.append(number: checksum.value)
        return bytes
    }

    @Test func errorsSayWhatIsWrong() throws {
        let engine = EmbeddedEngine()
        #expect(throws: SnapshotError(path, .missing)) { try engine.restoreSnapshot(from: path) }
        #expect(throws: SnapshotError(path, .notASnapshot)) { try restore(Array("REDIS0011".utf8), into: engine) }
        #expect(throws: SnapshotError(path, .notASnapshot)) { try restore([], into: engine) }
        #expect(throws: SnapshotError(folder.path, .notASnapshot)) { try engine.restoreSnapshot(from: folder.path) }
        let error = #expect(throws: SnapshotError.self) { try restore(Self.file([], version: 2), into: engine) }
        #expect(error?.description == "\(path): a snapshot of version 2, of which this program knows 1 only")
    }

    /// The checksum is the one that others compute, too.
    @Test func checksumIsTheStandardOne() {
        var checksum = Checksum()
        checksum.update(Array("1234".utf8))
        checksum.update(Array("56789".utf8))
        #expect(checksum.value == 0x995D_C9BB_DF19_39FA)
    }

    @Test func whatCannotBeWrittenLeavesTheOldFile() throws {
        let (engine, bytes) = try written()
        engine.perform(["SET", "more", "1"])
        // A folder stands where the file would be made.
        try FileManager.default.createDirectory(atPath: path + ".tmp", withIntermediateDirectories: false)
        #expect(throws: SnapshotError.self) { try engine.writeSnapshot(to: path) }
        #expect(Array(try Data(contentsOf: URL(filePath: path))) == bytes)
        #expect(throws: SnapshotError.self) { try engine.writeSnapshot(to: folder.path + "/none/snapshot") }
        // The engine can be used, and saved, as before.
        try FileManager.default.removeItem(atPath: path + ".tmp")
        try engine.writeSnapshot(to: path)
        let other = EmbeddedEngine(clock: ManualClock())
        try other.restoreSnapshot(from: path)
        #expect(differences(other.contents, engine.contents) == [])
    }

    @Test func onlyTheOwnerCanReadIt() throws {
        // What a crash has left is no obstacle, and its rights are not taken over.
        try Data("half".utf8).write(to: URL(filePath: path + ".tmp"))
        _ = try written()
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["snapshot"])
    }
}
