import Foundation
import PeriluneCore
import PeriluneIO

/// A primary with two replicas, and three sentinels that watch it, on free loopback ports.
package final class SentinelGroup: Sendable {
    /// The name by which the sentinels know the primary.
    package static let service = "main"

    /// The servers, of which the first one begins as the primary.
    package let servers: [RedisServer]
    package let sentinels: [Sentinel]

    /// A URL that names all sentinels.
    package var url: String {
        let list = sentinels.map { "127.0.0.1:\($0.port)" }.joined(separator: ",")
        return "redis+sentinel://\(list)/\(Self.service)"
    }

    /// Starts the processes and waits until the sentinels know each other and the replicas.
    ///
    /// - Parameters:
    ///   - password: What sentinels ask of clients and of each other; `nil` for nothing.
    ///   - downAfter: The silence in milliseconds after which a server counts as dead. A short one makes failovers quick,
    ///     also unwanted ones on a busy machine: it is for tests that kill the primary.
    package static func start(
        sentinelPassword password: String? = nil, downAfter: Int = 60_000
    ) async throws -> SentinelGroup {
        try await Blocking.run {
            let group = try SentinelGroup(password, downAfter)
            for sentinel in group.sentinels {
                try Blocking.wait(for: "agreement of the sentinels") {
                    let socket = try sentinel.connection()
                    let reply = try socket.ask("SENTINEL", "MASTER", Self.service)
                    return reply.contains("num-slaves $1 2 ") && reply.contains("num-other-sentinels $1 2 ")
                }
            }
            return group
        }
    }

    private init(_ password: String?, _ downAfter: Int) throws {
        let options = ["--repl-diskless-sync-delay", "0"]
        let primary = try RedisServer.start(arguments: options)
        let replicas = try (0..<2).map { _ in
            let server = try RedisServer.start(
                arguments: options + ["--replicaof", "127.0.0.1 \(primary.port)"])
            try Blocking.wait(for: "replication") {
                try RESPSocket(port: server.port).ask("INFO", "replication").contains("master_link_status:up")
            }
            return server
        }
        servers = [primary] + replicas
        sentinels = try (0..<3).map { _ in
            try Sentinel.start(watching: primary.port, downAfter: downAfter, password: password)
        }
    }

    /// The position of the server that the sentinels agree is the primary; `nil` while they do not.
    package func primary() async throws -> Int? {
        try await Blocking.run { try self.findPrimary() }
    }

    /// Asks a sentinel to make another server than the given one the primary, and waits until all agree that it is.
    package func failOver(from former: Int) async throws {
        try await Blocking.run {
            try Blocking.wait(for: "failover") {
                // Refused while the sentinel has no replica in good standing or is at it, and given up when it takes long.
                let socket = try self.sentinels[0].connection()
                if self.position(of: try Self.askForPrimary(socket)) == former {
                    _ = try socket.ask("SENTINEL", "FAILOVER", Self.service)
                }
                guard let primary = try self.findPrimary() else { return false }
                return primary != former
            }
        }
    }

    /// Waits until the sentinels agree that another server than the given one is the primary.
    package func waitForFailover(from former: Int) async throws {
        try await Blocking.run {
            try Blocking.wait(for: "failover") {
                guard let primary = try self.findPrimary() else { return false }
                return primary != former
            }
        }
    }

    private func findPrimary() throws -> Int? {
        let answers = try sentinels.filter(\.isRunning).map { try Self.askForPrimary($0.connection()) }
        guard let answer = answers.first, answers.allSatisfy({ $0 == answer }) else { return nil }
        return position(of: answer)
    }

    private static func askForPrimary(_ sentinel: RESPSocket) throws -> String {
        try sentinel.ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME", service)
    }

    private func position(of answer: String) -> Int? {
        servers.firstIndex { answer.hasSuffix(" \($0.port) ") }
    }
}

/// A sentinel of the test's own.
package final class Sentinel: Sendable {
    /// The loopback port.
    package let port: Int
    private let password: String?
    private let folder: TemporaryFolder
    private let process = Locked<ChildProcess?>(nil)

    fileprivate static func start(watching primary: Int, downAfter: Int, password: String?) throws -> Sentinel {
        // Somebody else may take the port between the search and the start.
        for _ in 0..<7 {
            if let sentinel = try? Sentinel(primary, downAfter, password) { return sentinel }
        }
        return try Sentinel(primary, downAfter, password)
    }

    private init(_ primary: Int, _ downAfter: Int, _ password: String?) throws {
        port = try Loopback.freePort()
        folder = try TemporaryFolder()
        self.password = password
        let service = SentinelGroup.service
        var lines = [
            "port \(port)", "bind 127.0.0.1", "dir \(folder.path)", "logfile \(folder.path)/log",
            "sentinel monitor \(service) 127.0.0.1 \(primary) 2",
            "sentinel down-after-milliseconds \(service) \(downAfter)", "sentinel failover-timeout \(service) 2000",
        ]
        if let password {
            lines += ["requirepass \(password)", "sentinel sentinel-pass \(password)"]
        }
        // Where the sentinel also keeps what it knows.
        let file = folder.path + "/sentinel.conf"
        try lines.joined(separator: "\n").appending("\n").write(toFile: file, atomically: true, encoding: .utf8)
        guard let program = RedisServer.program else {
            throw RedisServer.StartError(description: "redis-server is not installed")
        }
        let child = try ChildProcess(program: program, arguments: [file, "--sentinel"], directory: folder.path)
        process.withLock { $0 = child }
        try Blocking.wait(for: "sentinel") { Loopback.answers(port: port) || !child.isRunning }
        guard child.isRunning else { throw RedisServer.StartError(description: "the sentinel ended at once") }
    }

    deinit {
        // Before the directory goes.
        kill()
    }

    var isRunning: Bool { process.withLock { $0 != nil } }

    /// Ends the sentinel at once, as a crash would.
    package func kill() {
        process.withLock { process in
            process?.kill()
            process = nil
        }
    }

    func connection() throws -> RESPSocket {
        let socket = try RESPSocket(port: port)
        if let password { try socket.command("AUTH", password) }
        return socket
    }
}
