import ArgumentParser
import Foundation
import Logging
import PeriluneCore
import PeriluneEmbedded
import PeriluneServer
import ServiceLifecycle
import UnixSignals

/// `perilune redis`: the embedded engine for whatever speaks Redis' protocol.
struct RedisPortCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "redis",
        abstract: "Serve the embedded engine in Redis' protocol, for redis-cli and other clients.",
        discussion: """
            The data lives as long as the process, or in a file: --snapshot. Ends with status 2 when an option is wrong, \
            with 1 when the address cannot be listened at or the file cannot be read.
            """)

    @Option(help: "The address to listen on.")
    var host = "127.0.0.1"

    @Option(help: "The port to listen on; 0 for one that is free.")
    var port = 6390

    @Option(name: .customLong("unixsocket"), help: ArgumentHelp("Listen at a Unix socket, too.", valueName: "path"))
    var unixSocket: String?

    @Option(
        name: .customLong("requirepass-file"),
        help: ArgumentHelp("A file that holds the password clients must give.", valueName: "file"))
    var passwordFile: String?

    @Option(help: ArgumentHelp("Keep the data in a file, which is read at the start.", valueName: "file"))
    var snapshot: String?

    @Option(
        help: ArgumentHelp(
            "Write the file every so often when something was changed. It is also written at the end.",
            valueName: "seconds"))
    var snapshotInterval = 60

    @Option(
        name: .customLong("maxmemory"),
        help: ArgumentHelp(
            "Let the data take so much memory, such as 500mb, before commands that add to it are refused.",
            valueName: "bytes"))
    var mostMemory: String?

    @Flag(name: .customLong("enable-debug-command"), help: "Let clients call DEBUG, as tests of clients do.")
    var enablesDebug = false

    func validate() throws {
        guard (1...86_400).contains(snapshotInterval) else {
            throw ValidationError("--snapshot-interval: \(snapshotInterval) is not from 1 to 86400 seconds")
        }
        if let mostMemory, ByteCount.bytes(of: mostMemory) == nil {
            throw ValidationError("--maxmemory: '\(mostMemory)' is not a number of bytes such as 500000000 or 500mb")
        }
        guard (0...65535).contains(port) else { throw ValidationError("--port: \(port) is not a port from 0 to 65535") }
    }

    func run() async throws {
        var configuration = RedisPort.Configuration()
        configuration.host = host
        configuration.port = port
        configuration.unixSocket = unixSocket
        if let passwordFile { configuration.password = try password(in: passwordFile) }
        LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
        let logger = Logger(label: "perilune")
        let (host, unixSocket) = (host, unixSocket)
        var limits = EmbeddedLimits.server
        if let bytes = mostMemory.flatMap(ByteCount.bytes), bytes > 0 { limits.dataMemory = bytes }
        let engine = EmbeddedEngine(limits: limits)
        if enablesDebug { engine.enableDebugCommand() }
        var services: [any Service] = []
        if let snapshot {
            let service = SnapshotService(
                engine: engine, path: snapshot, interval: .seconds(snapshotInterval), logger: logger)
            do {
                try service.restore()
            } catch {
                Output.error("--snapshot: \(error)")
                throw ExitCode(1)
            }
            services.append(service)
        }
        let server = RedisPort(engine: engine, configuration: configuration, logger: logger) { port in
            if let port { Output.line("listening at \(host.contains(":") ? "[\(host)]" : host):\(port)") }
            if let unixSocket { Output.line("listening at \(unixSocket)") }
        }
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: services + [server], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        do {
            try await group.run()
        } catch {
            Output.error("\(error)")
            throw ExitCode(1)
        }
    }

    private func password(in file: String) throws -> String {
        do {
            let text = try String(contentsOfFile: file, encoding: .utf8)
            let password = text.trimmingCharacters(in: .newlines)
            if !password.isEmpty { return password }
            Output.error("--requirepass-file: \(file) is empty")
        } catch {
            Output.error("--requirepass-file: \(file) cannot be read")
        }
        throw ExitCode(2)
    }
}
