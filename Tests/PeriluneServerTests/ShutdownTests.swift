import Perilune
import PeriluneEmbedded
import PeriluneTestSupport
import Testing

@testable import PeriluneServer

/// An engine whose calls wait until they are let go, but for the server's own probe at its start.
private final class GatedEngine: ForwardingEngine {
    let inner = EmbeddedEngine(clock: ManualClock())
    private let entered = AsyncStream.makeStream(of: Void.self)
    private let opened = AsyncStream.makeStream(of: Void.self)
    let isShutDown = Locked(false)

    func call(
        _ script: LuaScript, keys: [RedisKey], arguments: [RedisArgument]
    ) async throws(EngineError) -> RedisReply {
        if keys.contains(where: { $0.name.contains("{health:") }) {
            return try await inner.call(script, keys: keys, arguments: arguments)
        }
        entered.continuation.yield()
        for await _ in opened.stream { break }
        if isShutDown.withLock({ $0 }) { throw EngineError(.shutDown, "shut down") }
        return try await inner.call(script, keys: keys, arguments: arguments)
    }

    func waitForCall() async {
        for await _ in entered.stream { break }
    }

    func open() {
        opened.continuation.finish()
    }
}

@Suite struct ShutdownTests {
    @Test func requestsUnderWayAreAnsweredBeforeTheEngineEnds() async throws {
        let engine = GatedEngine()
        let replies = AsyncStream.makeStream(of: HTTPReply.self)
        let onShutdown: @Sendable () async -> Void = { engine.isShutDown.withLock { $0 = true } }
        try await withServer(scriptEngine: engine, onShutdown: onShutdown) { server in
            Task {
                defer { replies.continuation.finish() }
                replies.continuation.yield(try await server.check(#"{"identifier":"a"}"#))
            }
            await engine.waitForCall()
            // The shutdown begins as this returns. Once nobody new is let in, the request inside may go on.
            Task {
                // Somebody else's server may get the port then, and answers otherwise if at all.
                while (try? await server.send("GET", "health"))?.status == 200 {
                    await shortPause()
                }
                engine.open()
            }
        }
        #expect(engine.isShutDown.withLock { $0 })
        var all: [HTTPReply] = []
        for await reply in replies.stream { all.append(reply) }
        #expect(all.map(\.status) == [200])
    }

    @Test func aPortInUseIsOneLine() async throws {
        try await withServer { server in
            let port = server.client.port
            let second = ManagementServer(
                engine: Engine(kind: .embedded, description: "", scriptEngine: EmbeddedEngine()),
                configuration: ManagementConfiguration(port: port), logger: silent)
            let error = await #expect(throws: ListenError.self) { try await second.run() }
            #expect(
                error?.description == """
                    cannot listen on 127.0.0.1 port \(port): Address already in use; choose another address with --host \
                    and --port
                    """)
        }
    }

    @Test func anAddressOfAnotherMachineIsOneLine() async throws {
        let server = ManagementServer(
            engine: Engine(kind: .embedded, description: "", scriptEngine: EmbeddedEngine()),
            configuration: ManagementConfiguration(host: "192.0.2.1", port: 0), logger: silent)
        let error = await #expect(throws: ListenError.self) { try await server.run() }
        #expect(
            error?.description == """
                cannot listen on 192.0.2.1 port 0: Cannot assign requested address; choose another address with --host \
                and --port
                """)
    }
}
