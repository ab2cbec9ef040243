import ArgumentParser
import Foundation
import Logging
import PeriluneServer
import ServiceLifecycle
import UnixSignals

/// `perilune serve`: the HTTP API.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve the HTTP API for management and for services in other languages.",
        discussion: """
            Settings are taken from these flags, then from environment variables (PERILUNE_HOST, PERILUNE_PORT, \
            REDIS_URL, PERILUNE_TOKEN, PERILUNE_READ_TOKEN, PERILUNE_NAMESPACE, PERILUNE_LOG_LEVEL, ...), then from \
            .env, then from perilune.yaml. Ends with status 2 when one of them is wrong.
            """)

    @Option(help: "The address to listen on. (default: 127.0.0.1)")
    var host: String?

    @Option(help: "The port to listen on; 0 for one that is free. (default: 8390)")
    var port: String?

    @Option(
        name: .customLong("redis"),
        help: ArgumentHelp(
            """
            redis://[[user]:password@]host[:port][/database], unix:///path, redis+sentinel://host,host2/service, \
            redis+cluster://host,host2, or embedded: (default: embedded:)
            """,
            valueName: "url"))
    var redisURL: String?

    @Option(help: ArgumentHelp("A file that holds the admin token.", valueName: "file"))
    var tokenFile: String?

    @Option(help: ArgumentHelp("The configuration file. (default: perilune.yaml if it exists)", valueName: "file"))
    var config: String?

    @Option(help: ArgumentHelp("trace, debug, info, notice, warning, error or critical.", valueName: "level"))
    var logLevel: String?

    func run() async throws {
        let configuration: ManagementConfiguration
        let engine: Engine
        let logger: Logger
        do {
            configuration = try .load(flags: flags, environment: ProcessInfo.processInfo.environment)
            logger = Self.logger(configuration.logLevel)
            engine = try Engine(configuration: configuration, logger: logger)
        } catch {
            Output.error("\(error)")
            throw ExitCode(2)
        }
        let server = ManagementServer(engine: engine, configuration: configuration, logger: logger) { address in
            let report = StartReport(
                address: address, engine: engine, configuration: configuration, showsToken: Output.isTerminal)
            for line in report.lines { Output.line(line) }
        }
        var group = ServiceGroupConfiguration(
            services: [server], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        // A client that stops in the middle of a request must not keep the process alive; and what runs containers
        // usually waits ten seconds before it kills.
        group.maximumGracefulShutdownDuration = .seconds(8)
        do {
            try await ServiceGroup(configuration: group).run()
        } catch {
            Output.error("\(error)")
            throw ExitCode(1)
        }
    }

    private var flags: ManagementConfiguration.Flags {
        var flags = ManagementConfiguration.Flags()
        flags.host = host
        flags.port = port
        flags.redisURL = redisURL
        flags.tokenFile = tokenFile
        flags.config = config
        flags.logLevel = logLevel
        return flags
    }

    /// Logs go to standard error: standard output is for what the program has to say.
    private static func logger(_ level: Logger.Level) -> Logger {
        LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
        var logger = Logger(label: "perilune")
        logger.logLevel = level
        return logger
    }
}
