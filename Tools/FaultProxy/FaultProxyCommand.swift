import ArgumentParser
import Foundation
import PeriluneFaultProxy
import PeriluneIO

@main
struct FaultProxyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fault-proxy",
        abstract: "A TCP proxy that makes the network to a server as bad as it is told.",
        discussion: """
            Reads commands from standard input, one a line, and goes on without them at its end:

            \(FaultCommand.list)
            """)

    @Option(help: ArgumentHelp("Where to take clients.", valueName: "host:port"))
    var listen = Endpoint(host: "127.0.0.1", port: 0)

    @Option(help: ArgumentHelp("Where the server is.", valueName: "host:port"))
    var to: Endpoint

    @Option(help: ArgumentHelp("Begin with the command latency TIME.", valueName: "time"))
    var latency: FaultTime?

    @Option(help: "Draws the same again.")
    var seed: UInt64 = 0

    func run() async throws {
        var faults = latency.map { NetworkFaults.latency($0.duration) } ?? .none
        let proxy = try FaultProxy(at: listen.socket, to: to.socket, faults: faults, seed: seed)
        show("listening on \(SocketEndpoint.tcp(host: listen.host, port: proxy.port)), forwarding to \(to.socket)")
        while let line = readLine() {
            do throws(FaultCommand.Unknown) {
                switch try FaultCommand(line, addingTo: faults) {
                case .change(let changed):
                    faults = changed
                    await proxy.change(to: faults)
                case .disconnect(let byReset): await proxy.disconnect(byReset: byReset)
                case .status: show(proxy.counts)
                case .help: show(FaultCommand.list)
                }
            } catch {
                show("\(error)")
            }
        }
        // Until somebody kills it.
        while true { try await Task.sleep(for: .seconds(86_400)) }
    }

    private func show(_ counts: FaultProxy.Counts) {
        show(
            "connections: \(counts.open) open, \(counts.accepted) taken, \(counts.refused) refused; "
                + "bytes on those that ended: \(counts.bytesToServer) to the server, \(counts.bytesToClient) to clients"
        )
    }

    /// Prints a line at once, wherever the output goes.
    private func show(_ line: String) {
        FileHandle.standardOutput.write(Data((line + "\n").utf8))
    }
}

/// A host and a port, separated by the last colon; an IPv6 address may stand in brackets.
struct Endpoint: ExpressibleByArgument, CustomStringConvertible {
    let host: String
    let port: Int

    init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    init?(argument: String) {
        guard let colon = argument.lastIndex(of: ":"), let port = UInt16(argument[argument.index(after: colon)...])
        else { return nil }
        host = argument[..<colon].trimmingCharacters(in: ["[", "]"])
        self.port = Int(port)
    }

    var socket: SocketEndpoint { .tcp(host: host, port: port) }

    var description: String { socket.description }
}

/// A time as `200ms`.
struct FaultTime: ExpressibleByArgument {
    let duration: Duration

    init?(argument: String) {
        guard let duration = FaultCommand.duration(argument) else { return nil }
        self.duration = duration
    }
}
