import PeriluneCore
import PeriluneRedis
import PeriluneTestSupport
import Testing

private func text(_ text: String, on channel: RedisChannel = "news") -> RedisMessages.Event {
    .message(RedisMessage(channel: channel, payload: Array(text.utf8)))
}

/// Publishes until somebody got it: the shared connection may have to be made anew, too.
private func publish(_ payload: RedisArgument, to channel: RedisChannel, on engine: RedisEngine) async throws {
    try await until { (try? await engine.publish(payload, to: channel)) ?? 0 > 0 }
}

@Suite(
    "Subscriptions on a server", .enabled(if: RedisServer.isInstalled, "redis-server is not installed"),
    .timeLimit(.minutes(20)))
struct SubscriptionTests {
    @Test("A server that is killed and started again: the gap is told, and messages flow again")
    func restart() async throws {
        let server = try RedisServer.start()
        try await withEngine(settings(server.url)) { engine in
            var messages = try await engine.subscribe(to: ["news"]).makeAsyncIterator()
            var patterns = try await engine.subscribe(toPatterns: ["n*"]).makeAsyncIterator()
            var shards = try await engine.subscribe(toShardChannels: ["shard"]).makeAsyncIterator()
            #expect(try await engine.publish("1", to: "news") == 2)
            #expect(try await messages.next() == text("1"))
            _ = try await patterns.next()
            for round in 2...4 {
                server.kill()
                #expect(try await messages.next() == .interrupted)
                #expect(try await patterns.next() == .interrupted)
                #expect(try await shards.next() == .interrupted)
                try server.resume()
                #expect(try await messages.next() == .resubscribed)
                #expect(try await patterns.next() == .resubscribed)
                #expect(try await shards.next() == .resubscribed)
                try await publish(.integer(round), to: "news", on: engine)
                #expect(try await messages.next() == text("\(round)"))
                #expect(
                    try await patterns.next()
                        == .message(
                            RedisMessage(channel: "news", pattern: "n*", payload: Array("\(round)".utf8))))
                try await engine.publish("s", toShardChannel: "shard")
                #expect(try await shards.next() == text("s", on: "shard"))
            }
        }
    }

    @Test("CLIENT KILL of the subscriptions' connection: the gap is told, and messages flow again")
    func clientKill() async throws {
        let server = try RedisServer.start()
        try await withEngine(settings(server.url)) { engine in
            var messages = try await engine.subscribe(to: ["news"]).makeAsyncIterator()
            #expect(try await engine.send(RedisCommand("CLIENT", ["KILL", "TYPE", "pubsub"])) == .integer(1))
            #expect(try await messages.next() == .interrupted)
            #expect(try await messages.next() == .resubscribed)
            #expect(try await engine.publish("1", to: "news") == 1)
            #expect(try await messages.next() == text("1"))
        }
    }

    @Test("A user without permission is told; others on the same connection go on")
    func permissions() async throws {
        let server = try RedisServer.start()
        try await withEngine(settings(server.url)) { administrator in
            _ = try await administrator.send(
                RedisCommand("ACL", ["SETUSER", "limited", "on", ">secret", "+@all", "resetchannels", "&news:*"]))
            try await withEngine(settings("redis://limited:secret@127.0.0.1:\(server.port)")) { engine in
                var messages = try await engine.subscribe(to: ["news:1"]).makeAsyncIterator()
                for _ in 0..<2 {
                    let error = await failure { _ = try await engine.subscribe(to: ["news:2", "other"]) }
                    #expect(error?.serverError?.kind == .noPermission)
                    #expect(error?.mayHaveRun == false)
                }
                try await administrator.publish("1", to: "news:1")
                #expect(try await messages.next() == text("1", on: "news:1"))
                // What was allowed of the refused call is given up.
                #expect(try await administrator.publish("2", to: "news:2") == 0)
                // The server closes the connection of a user who has lost a permission.
                _ = try await administrator.send(RedisCommand("ACL", ["SETUSER", "limited", "resetchannels"]))
                #expect(try await messages.next() == .interrupted)
                let error = await failure { _ = try await messages.next() }
                #expect(error?.serverError?.kind == .noPermission)
                #expect(try await messages.next() == nil)
            }
        }
    }

    @Test("A new password ends what it locks out")
    func passwordChanged() async throws {
        let server = try RedisServer.start()
        try await withEngine(settings(server.url)) { administrator in
            _ = try await administrator.send(RedisCommand("ACL", ["SETUSER", "u", "on", ">old", "+@all", "&*"]))
            try await withEngine(settings("redis://u:old@127.0.0.1:\(server.port)")) { engine in
                var messages = try await engine.subscribe(to: ["news"]).makeAsyncIterator()
                _ = try await administrator.send(RedisCommand("ACL", ["SETUSER", "u", "resetpass", ">new"]))
                _ = try await administrator.send(RedisCommand("CLIENT", ["KILL", "TYPE", "pubsub"]))
                #expect(try await messages.next() == .interrupted)
                let error = await failure { _ = try await messages.next() }
                #expect(error?.code == .misconfigured)
                #expect((await failure { _ = try await engine.subscribe(to: ["news"]) })?.code == .misconfigured)
            }
        }
    }

    @Test("The server is asked for a channel once, and told when nobody wants it any more")
    func oneSubscription() async throws {
        let server = try RedisServer.start()
        try await withEngine(settings(server.url)) { engine in
            func count() async throws -> RedisReply? {
                try await engine.send(RedisCommand("PUBSUB", ["NUMSUB", "news"])).array?.last
            }
            let tasks = try await withThrowingTaskGroup(of: RedisMessages.self) { group in
                for _ in 0..<100 { group.addTask { try await engine.subscribe(to: ["news"]) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }.map { messages in
                Task {
                    var iterator = messages.makeAsyncIterator()
                    return try await iterator.next()
                }
            }
            #expect(try await count() == .integer(1))
            #expect(try await engine.publish("1", to: "news") == 1)
            for task in tasks { #expect(try await task.value == text("1")) }
            try await until { try await count() == .integer(0) }
            // Again, on the connection that is still there.
            var messages = try await engine.subscribe(to: ["news"]).makeAsyncIterator()
            try await engine.publish("2", to: "news")
            #expect(try await messages.next() == text("2"))
            #expect(
                try await engine.send(RedisCommand("CLIENT", ["LIST", "TYPE", "pubsub"])).string?
                    .split(separator: "\n").count == 1)
        }
    }

    @Test("The connection is closed a while after the last subscriber is gone")
    func idle() async throws {
        let server = try RedisServer.start()
        var configuration = try settings(server.url)
        configuration.subscriptionSilence = .milliseconds(400)
        try await withEngine(configuration) { engine in
            func pings() async throws -> Int {
                let statistics = try await engine.send(RedisCommand("INFO", ["commandstats"])).string ?? ""
                return statistics.firstMatch(of: #/cmdstat_ping:calls=(\d+)/#).flatMap { Int($0.1) } ?? 0
            }
            var messages: RedisMessages? = try await engine.subscribe(to: ["news"])
            // Long enough to be asked for signs of life.
            let first = try await pings()
            try await until { try await pings() >= first + 3 }
            // On a busy machine the server may have been too slow with one of them, and what is published on the lost
            // connection is lost, too.
            let publisher = Task {
                while !Task.isCancelled {
                    _ = try? await engine.publish("1", to: "news")
                    await shortPause()
                }
            }
            var iterator = messages?.makeAsyncIterator()
            while let event = try await iterator?.next(), event != text("1") {}
            publisher.cancel()
            await publisher.value
            messages = nil
            iterator = nil
            let clients = RedisCommand("INFO", ["clients"])
            try await until {
                try await engine.send(clients).string?.contains("connected_clients:1\r\n") == true
            }
        }
    }

    @Test("Many come and go at once, and nobody misses what is published for them")
    func churn() async throws {
        let server = try RedisServer.start()
        try await withEngine(settings(server.url)) { engine in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<16 {
                    group.addTask {
                        for round in 0..<50 {
                            let channel = RedisChannel("c\((task + round) % 5)")
                            let payload = "\(task) \(round)"
                            let messages = try await engine.subscribe(to: [channel])
                            try await engine.publish(.string(payload), to: channel)
                            for try await event in messages where event == text(payload, on: channel) { break }
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("The end of the engine is the end of its messages")
    func shutdown() async throws {
        let server = try RedisServer.start()
        let engine = RedisEngine(try settings(server.url))
        var messages = try await engine.subscribe(to: ["news"]).makeAsyncIterator()
        try await engine.publish("1", to: "news")
        let waiting = Task { [messages = try await engine.subscribe(to: ["other"])] in
            var iterator = messages.makeAsyncIterator()
            return try await iterator.next()
        }
        #expect(try await messages.next() == text("1"))
        await engine.shutdown()
        #expect(try await messages.next() == nil)
        #expect(try await waiting.value == nil)
        #expect((await failure { _ = try await engine.subscribe(to: ["news"]) })?.code == .shutDown)
        await engine.shutdown()
    }

    @Test("An engine that nobody holds ends its messages")
    func deallocated() async throws {
        let server = try RedisServer.start()
        var engine: RedisEngine? = RedisEngine(try settings(server.url))
        var messages = try await engine?.subscribe(to: ["news"]).makeAsyncIterator()
        engine = nil
        #expect(try await messages?.next() == .some(nil))
    }

    @Test("A subscriber that is cancelled while it waits for the server does not wait")
    func cancelledEarly() async throws {
        let server = try FakeServer { $0.ignoreTheRest() }
        try await withEngine(settings("redis://127.0.0.1:\(server.port)")) { engine in
            let task = Task { try await engine.subscribe(to: ["news"]) }
            task.cancel()
            #expect((await failure { _ = try await task.value })?.code == .cancelled)
        }
    }

    @Test("Nothing to subscribe to is over at once")
    func nothing() async throws {
        try await withEngine(settings("redis://127.0.0.1:1")) { engine in
            for try await event in try await engine.subscribe(to: []) { Issue.record("\(event)") }
        }
    }
}

@Suite("Subscriptions on servers that misbehave", .timeLimit(.minutes(20)))
struct SubscriptionFaultTests {
    /// Plays a server: each connection by its number, from 1 on.
    private func serve(_ body: @escaping @Sendable (Int, FakeServer.Peer) -> Void) throws -> FakeServer {
        let connections = Locked(0)
        return try FakeServer { peer in
            let number = connections.withLock { count in
                count += 1
                return count
            }
            peer.shakeHands()
            body(number, peer)
        }
    }

    private static func confirm(_ peer: FakeServer.Peer) {
        if let words = peer.readCommand(), words.count == 2 {
            peer.write("*3\r\n$9\r\nsubscribe\r\n$\(words[1].utf8.count)\r\n\(words[1])\r\n:1\r\n")
        }
    }

    @Test("A connection that swallows everything is noticed and replaced")
    func halfOpen() async throws {
        let server = try serve { number, peer in
            Self.confirm(peer)
            if number > 1 { peer.write("*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$1\r\n1\r\n") }
            // The first says nothing any more; the others answer signs of life.
            while peer.readCommand() != nil { if number > 1 { peer.write("*2\r\n$4\r\npong\r\n$0\r\n\r\n") } }
        }
        var configuration = try settings("redis://127.0.0.1:\(server.port)")
        // Longer than it takes to subscribe, however busy the machine is.
        configuration.subscriptionSilence = .seconds(12)
        try await withEngine(configuration) { engine in
            var messages = try await engine.subscribe(to: ["news"]).makeAsyncIterator()
            #expect(try await messages.next() == .interrupted)
            var events = [try await messages.next()]
            events.append(try await messages.next())
            #expect(events == [.resubscribed, text("1")])
        }
    }

    @Test(
        "Whatever a server pushes, the connection is made anew and works",
        arguments: [
            "*3\r\n$7\r\nmessage\r\n$5\r\nother\r\n$1\r\n1\r\n", "*0\r\n",
            "*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n",
            "garbage\r\n", ":1\r\n", "*3\r\n$12\r\nsunsubscribe\r\n$4\r\nnews\r\n:0\r\n", "$-1\r\n", "-ERR what\r\n",
            "*2\r\n$4\r\npong\r\n$0\r\n\r\n", "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n",
        ])
    func pushes(text garbage: String) async throws {
        let server = try serve { number, peer in
            Self.confirm(peer)
            if number == 1 {
                peer.write(garbage)
            } else {
                peer.write("*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$1\r\n1\r\n")
            }
            peer.ignoreTheRest()
        }
        try await withEngine(settings("redis://127.0.0.1:\(server.port)")) { engine in
            var messages = try await engine.subscribe(to: ["news"]).makeAsyncIterator()
            var events: [RedisMessages.Event?] = []
            for _ in 0..<3 { events.append(try await messages.next()) }
            #expect(events == [.interrupted, .resubscribed, text("1")])
        }
    }

    @Test("Bytes that come one at a time are messages all the same")
    func trickle() async throws {
        let server = try serve { _, peer in
            Self.confirm(peer)
            for byte in "*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$5\r\nhello\r\n".unicodeScalars {
                peer.write(String(byte))
            }
            peer.ignoreTheRest()
        }
        try await withEngine(settings("redis://127.0.0.1:\(server.port)")) { engine in
            var messages = try await engine.subscribe(to: ["news"]).makeAsyncIterator()
            #expect(try await messages.next() == text("hello"))
        }
    }

    @Test("Nobody there, nobody who speaks, nobody who confirms: typed errors in time")
    func lateness() async throws {
        let port = try Loopback.freePort()
        let mute = try FakeServer { $0.ignoreTheRest() }
        let silent = try serve { _, peer in peer.ignoreTheRest() }
        for (port, code, timeout) in [
            (port, EngineError.Code.unreachable, Duration.milliseconds(200)), (mute.port, .timedOut, .seconds(2)),
            (silent.port, .timedOut, .seconds(2)),
        ] {
            try await withEngine(settings("redis://127.0.0.1:\(port)", timeout: timeout)) { engine in
                let error = await failure { _ = try await engine.subscribe(to: ["news"]) }
                // On a busy machine the time may be up before the attempt has got that far.
                #expect([code, .unreachable].contains(error?.code))
                #expect(error?.mayHaveRun == false)
            }
        }
    }

    @Test("A server that is no Redis is a protocol violation")
    func noRedis() async throws {
        let server = try FakeServer { peer in
            peer.write("SSH-2.0-OpenSSH_9.2\r\n")
            peer.ignoreTheRest()
        }
        try await withEngine(settings("redis://127.0.0.1:\(server.port)")) { engine in
            #expect((await failure { _ = try await engine.subscribe(to: ["news"]) })?.code == .protocolViolation)
        }
    }
}
