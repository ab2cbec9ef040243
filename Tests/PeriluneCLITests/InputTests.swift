import PeriluneCore
import PeriluneTestSupport
import Testing

@testable import PeriluneCLI

@Suite struct LineReaderTests {
    private func lines(of bytes: [UInt8], pieces: [Int] = [.max]) throws -> [(text: String, isTooLong: Bool)] {
        var reader = LineReader(PieceSource(bytes, pieces: pieces))
        var lines: [(String, Bool)] = []
        while try reader.advance() {
            let text = reader.withLine { $0.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) } }
            lines.append((text, reader.isTooLong))
            #expect(reader.lineNumber == lines.count)
        }
        #expect(try !reader.advance())
        return lines
    }

    @Test(
        arguments: [
            ("", []),
            ("a", ["a"]),
            ("a\n", ["a"]),
            ("a\nb", ["a", "b"]),
            ("\n\n", ["", ""]),
            ("a\r\nb\r\n", ["a", "b"]),
            ("a\r", ["a"]),
            ("a\rb\n", ["a\rb"]),
            ("\u{FEFF}a\n\u{FEFF}\r\n\u{FEFF}b\u{FEFF}", ["a", "", "b\u{FEFF}"]),
        ] as [(String, [String])])
    func cutsLines(text: String, expected: [String]) throws {
        for pieces in [[Int.max], [1], [2, 1]] {
            #expect(try lines(of: Array(text.utf8), pieces: pieces).map(\.text) == expected)
        }
    }

    @Test func holdsOnlyTheBeginningOfLinesThatAreTooLong() throws {
        let longest = LineReader(PieceSource([])).longestLine
        for extra in [-1, 0, 1, 2, 3, longest, 5 * longest, 10 * longest] {
            for end in ["\n", "\r\n", ""] {
                let long = String(repeating: "x", count: longest + extra)
                let found = try lines(of: Array(("a\n" + long + end).utf8), pieces: [70_001, 3, 100_000])
                #expect(found.map(\.text) == ["a", String(long.prefix(longest))])
                #expect(found.map(\.isTooLong) == [false, extra > 0])
            }
            let long = String(repeating: "x", count: longest + extra)
            #expect(
                try lines(of: Array((long + "\nb\nc").utf8)).map(\.text) == [String(long.prefix(longest)), "b", "c"])
        }
    }

    @Test func anyPiecesGiveTheSameLines() throws {
        var generator = SeededGenerator(seed: 7)
        let bytes = (0..<300_000).map { _ in UInt8.random(in: 0..<100, using: &generator) == 0 ? 10 : UInt8(97) }
        let expected = bytes.split(separator: 10, omittingEmptySubsequences: false).map(\.count)
        let pieces = (0..<50).map { _ in Int.random(in: 1...9_000, using: &generator) }
        let found = try lines(of: bytes, pieces: pieces).map(\.text.utf8.count)
        #expect(found == (expected.last == 0 ? expected.dropLast() : expected))
    }
}

@Suite struct InputFileTests {
    private let folder: TemporaryFolder
    private let plain = Array(String(repeating: SampleLog.text, count: 100).utf8)

    init() throws {
        folder = try TemporaryFolder()
    }

    private func contents(_ bytes: [UInt8], piece: Int = 1000) throws -> [UInt8] {
        try allBytes(of: InputFile(path: folder.file(bytes)).contents(), piece: piece)
    }

    @Test func readsPlainFiles() throws {
        #expect(try contents(plain) == plain)
        #expect(try contents(plain, piece: 1) == plain)
        #expect(try contents([]) == [])
        #expect(try contents([0x1F]) == [0x1F])
        #expect(try contents([0x1F, 0x20, 0x21]) == [0x1F, 0x20, 0x21])
    }

    @Test func readsGzipFiles() throws {
        #expect(try contents(gzip(plain)) == plain)
        #expect(try contents(gzip(plain), piece: 1) == plain)
        #expect(try contents(gzip([])) == [])
    }

    @Test func readsGzipFilesOfSeveralMembers() throws {
        #expect(try contents(gzip(plain) + gzip([]) + gzip([1]) + gzip(plain)) == plain + [1] + plain)
        #expect(try contents(gzip(plain) + [0, 0, 0]) == plain)
    }

    @Test func knowsHowFarItHasRead() throws {
        let compressed = gzip(plain)
        let file = try InputFile(path: folder.file(compressed))
        #expect(file.size == compressed.count)
        _ = try allBytes(of: file.contents())
        #expect(file.position == compressed.count)
    }

    @Test func tellsWhereAGzipFileIsDamaged() throws {
        let compressed = gzip(plain)
        for count in [2, 5, 10, 11, compressed.count / 2, compressed.count - 8, compressed.count - 1] {
            let path = try folder.file(Array(compressed.prefix(count)))
            #expect(
                throws: ReplayError.damaged(
                    path, offset: count, reason: "the file ends in the middle of its compressed data")
            ) { try allBytes(of: InputFile(path: path).contents()) }
        }
        for (garbage, offset) in [([7], 0), ([0, 0x1F], 1), ([0x1F, 0x8B, 9], nil)] as [([UInt8], Int?)] {
            let path = try folder.file(compressed + garbage)
            let error = #expect(throws: ReplayError.self) { try allBytes(of: InputFile(path: path).contents()) }
            guard case .damaged(_, let found, _) = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
            if let offset { #expect(found == compressed.count + offset) }
        }
    }

    @Test func findsABadChecksum() throws {
        var compressed = gzip(plain)
        compressed[compressed.count - 6] ^= 1
        #expect(throws: ReplayError.self) { try contents(compressed) }
    }

    @Test(arguments: [1, 2] as [UInt64])
    func damagedFilesNeverCrash(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let compressed = gzip(Array(SampleLog.text.utf8))
        for _ in 0..<300 {
            var damaged = compressed
            for _ in 0..<3 {
                damaged[Int.random(in: 2..<damaged.count, using: &generator)] = UInt8.random(
                    in: 0...255, using: &generator)
            }
            do {
                #expect(try contents(damaged) == Array(SampleLog.text.utf8))
            } catch let error as ReplayError {
                guard case .damaged = error else {
                    Issue.record("\(error)")
                    continue
                }
            }
        }
    }

    @Test func refusesWhatCannotBeRead() {
        #expect(
            throws: ReplayError.cannotRead(folder.path + "/missing", reason: "no such file or directory")
        ) { try InputFile(path: folder.path + "/missing") }
        #expect(throws: ReplayError.cannotRead(folder.path, reason: "is a directory")) {
            try InputFile(path: folder.path)
        }
    }
}
