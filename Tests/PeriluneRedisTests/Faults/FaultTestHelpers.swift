import Logging
import PeriluneCore
import PeriluneFaultProxy
import PeriluneRedis
import PeriluneTestSupport
import Testing

/// A server, a proxy in front of it, and what is expected of a client behind both under load.
struct FaultScene {
    let server: RedisServer
    let proxy: FaultProxy
    /// Another way to the server, without faults.
    let control: RedisEngine

    /// By how much a call may end too late on a machine that is busy with others.
    static let grace = Duration.seconds(10)
    /// In what time a client must be at work again there when the server is.
    static let recovery = Duration.seconds(10)

    /// Keeps its data when it is killed: the server writes them before it answers.
    static let durable = ["--appendonly", "yes", "--appendfsync", "no"]

    /// Runs a body while 64 tasks call through the proxy, and checks what must hold whatever fails.
    ///
    /// - Parameters:
    ///   - fault: Its name, for the line that is printed.
    ///   - failures: The errors that calls may have, by code or by the first word of the server's.
    ///   - arguments: Of the server.
    ///   - timeout: How long a call may take.
    static func run(
        _ fault: String, failures: Set<String>, arguments: [String] = [], timeout: Duration = .seconds(1),
        _ body: (FaultScene, FaultLoad) async throws -> Void
    ) async throws {
        let server = try RedisServer.start(arguments: arguments)
        let proxy = try FaultProxy(toPort: server.port, seed: 1)
        let configuration = try RedisConfiguration(url: "redis://127.0.0.1:\(proxy.port)")
        try await run(fault, failures: failures, server, proxy, configuration, timeout: timeout, body)
    }

    #if TLS
        /// The same over TLS.
        static func runOverTLS(
            _ fault: String, failures: Set<String>, timeout: Duration = .seconds(1),
            _ body: (FaultScene, FaultLoad) async throws -> Void
        ) async throws {
            let authority = try CertificateAuthority()
            let files = try authority.issue("server", for: "IP:127.0.0.1")
            let server = try TLSRedisServer.start(files, authority: authority)
            let proxy = try FaultProxy(toPort: server.port, seed: 1)
            var configuration = try RedisConfiguration(url: "rediss://127.0.0.1:\(proxy.port)")
            configuration.tls?.trustRoots = .file(authority.certificateFile)
            try await run(
                "\(fault), over TLS", failures: failures, server.server, proxy, configuration, timeout: timeout, body)
        }
    #endif

    private static func run(
        _ fault: String, failures: Set<String>, _ server: RedisServer, _ proxy: FaultProxy,
        _ configuration: RedisConfiguration, timeout: Duration, _ body: (FaultScene, FaultLoad) async throws -> Void
    ) async throws {
        var configuration = configuration
        configuration.commandTimeout = timeout
        try await withEngine(settings(server.url)) { control in
            try await withEngine(configuration) { engine in
                let scene = FaultScene(server: server, proxy: proxy, control: control)
                let load = try FaultLoad(on: engine, timeout: timeout)
                let report = try await load.run { load in
                    #expect(try await load.recoveryTime() != nil, "the load does not begin: \(load.soFar)")
                    try await body(scene, load)
                }
                print("\(fault): \(report)")
                #expect(report.wrongAnswers == [])
                #expect(report.longestOverrun < grace, "\(report)")
                #expect(failures.isSuperset(of: report.failures.keys), "\(report)")
                let tally = try await control.send(RedisCommand("HGETALL", ["p:{faults}:runs"]))
                #expect(report.contradictions(to: tally) == [])
            }
        }
    }

    /// Expects that calls succeed again soon.
    func expectRecovery(_ load: FaultLoad) async throws {
        let time = try await load.recoveryTime()
        #expect(time.map { $0 < Self.recovery } == true, "back after \(String(describing: time)): \(load.soFar)")
    }
}
