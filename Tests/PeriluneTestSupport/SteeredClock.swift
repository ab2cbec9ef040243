import Foundation
import PeriluneCore
import PeriluneIO

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The wall clock of a redis-server, in the hand of a test.
///
/// A few lines of C, preloaded into the server, show it the time that this object holds. So the same calls at the same
/// times can be made on a real server and on the embedded engine, and their replies compared to the byte.
///
/// `@unchecked Sendable` because the only state is the mapped word, which is stored to as a whole.
package final class SteeredClock: @unchecked Sendable {
    /// The environment for the server.
    package let environment: [String]

    private let word: UnsafeMutablePointer<Int64>
    private let folder: TemporaryFolder

    /// Whether it can be used here: Linux, with a C compiler.
    package static var isAvailable: Bool { compiler != nil }

    private static let compiler: String? = {
        #if os(Linux)
            return ["/usr/bin/clang", "/usr/bin/cc", "/usr/bin/gcc"].first { access($0, X_OK) == 0 }
        #else
            return nil
        #endif
    }()

    /// The library is compiled once for each version of its source, next to what the package is built into.
    private static let library = Result { () throws -> String in
        guard let compiler else { throw RedisServer.StartError(description: "no C compiler") }
        let source = #filePath.replacing("SteeredClock.swift", with: "SteeredClock/steered_clock.c")
        let digest = LuaScript.sha(of: try Data(contentsOf: URL(filePath: source)))
        let folder = #filePath.replacing("Tests/PeriluneTestSupport/SteeredClock.swift", with: ".build/steered-clock")
        let library = "\(folder)/\(digest).so"
        if access(library, R_OK) == 0 { return library }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let own = "\(library).\(getpid())"
        try ChildProcess.run(compiler, ["-shared", "-fPIC", "-O2", "-o", own, source])
        // Another process may have been faster, with the same result.
        guard rename(own, library) == 0 else { throw RedisServer.StartError(description: "no \(library)") }
        return library
    }

    /// Creates a clock that stands at a time, in microseconds since 1970.
    package init(microseconds: Int64 = 1_700_000_000_000_000) throws {
        folder = try TemporaryFolder()
        let path = folder.path + "/clock"
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0, ftruncate(file, 8) == 0 else { throw RedisServer.StartError(description: "no clock file") }
        defer { close(file) }
        let map = mmap(nil, 8, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
        guard let map, map != MAP_FAILED else { throw RedisServer.StartError(description: "no mapped clock") }
        word = map.bindMemory(to: Int64.self, capacity: 1)
        word.pointee = microseconds
        environment = ["LD_PRELOAD=" + (try Self.library.get()), "STEERED_CLOCK=" + path]
    }

    deinit {
        munmap(word, 8)
    }

    /// Sets the clock, in microseconds since 1970.
    package func set(microseconds: Int64) {
        word.pointee = microseconds
    }
}
