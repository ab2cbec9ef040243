import NIOCore
import PeriluneTestSupport
import Testing

@testable import PeriluneServer

/// What one client's connection can take from the others.
@Suite(.timeLimit(.minutes(20))) struct ConnectionTests {
    private static func check(_ more: String, token: String? = Harness.admin) -> String {
        let authorization = token.map { "Authorization: Bearer \($0)\r\n" } ?? ""
        return "POST /api/v1/rate-limit/check HTTP/1.1\r\nHost: x\r\n\(authorization)"
            + "Content-Type: application/json\r\n\(more)"
    }

    /// Shortens a deadline that a test waits for. Only that one: on a busy machine a client may miss any of them.
    private static func impatient(
        _ deadline: WritableKeyPath<ManagementConfiguration, TimeAmount>
    ) -> (inout ManagementConfiguration) -> Void {
        { $0[keyPath: deadline] = .milliseconds(50) }
    }

    // MARK: Requests that do not end

    @Test func aRefusedRequestIsNotReadToItsEnd() async throws {
        // The body never comes, and no deadline for it ends the connection: the client would wait in vain.
        let heads = [
            (401, Self.check("Content-Length: 100000\r\n\r\nx", token: nil)),
            (403, Self.check("Content-Length: 100000\r\n\r\nx", token: Harness.read)),
            (413, Self.check("Content-Length: 100000\r\n\r\nx")),
            (404, "POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nx"),
            (405, "PUT /api/v1/health HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n"),
            (415, Self.check("Content-Length: 5\r\n\r\n").replacing("application/json", with: "text/plain")),
        ]
        let configure: (inout ManagementConfiguration) -> Void = { $0.deadlines.body = .hours(1) }
        try await withServer(configure: configure) { server in
            for (status, head) in heads {
                let reply = try HTTPReply(try await server.client.exchange(Array(head.utf8)))
                #expect(reply.status == status)
                #expect(reply["Connection"] == "close")
                #expect(reply["Content-Type"] == "application/problem+json")
                #expect(reply.rest.isEmpty)
            }
        }
    }

    @Test func aRefusedRequestThatWasReadKeepsItsConnection() async throws {
        try await withServer { server in
            let refused = Self.check("Content-Length: 2\r\n\r\n{}", token: nil)
            let health = "GET /api/v1/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            let reply = try HTTPReply(try await server.client.exchange(Array((refused + health).utf8)))
            #expect(reply.status == 401)
            #expect(try HTTPReply(reply.rest).status == 200)
        }
    }

    @Test func aBodyHasADeadlineHoweverOftenAByteComes() async throws {
        try await withServer(configure: Self.impatient(\.deadlines.body)) { server in
            let head = Self.check("Content-Length: 60000\r\n\r\n{")
            let text = try await converse(port: server.client.port) { conversation in
                try conversation.say(head)
                return try conversation.hearTheRest()
            }
            let reply = try HTTPReply(Array(text.utf8))
            #expect(reply.status == 408)
            #expect(reply["Connection"] == "close")
            #expect(reply["Content-Type"] == "application/problem+json")
            #expect(reply.body.contains("has not arrived in time"))
            // Bytes that keep coming keep nothing open: sooner or later they are refused.
            let wasCutOff = try await converse(port: server.client.port) { conversation in
                try conversation.say(Self.check("Transfer-Encoding: chunked\r\n\r\n"))
                while try conversation.say("1\r\n \r\n") {}
                return true
            }
            #expect(wasCutOff)
            #expect(try await server.send("GET", "cache/rate-limit/a").status == 200)
        }
    }

    @Test func aClientThatSaysNothingIsCutOff() async throws {
        try await withServer(configure: Self.impatient(\.deadlines.idle)) { server in
            let text = try await converse(port: server.client.port) { try $0.hearTheRest() }
            #expect(text.isEmpty)
            let half = try await converse(port: server.client.port) { conversation in
                try conversation.say("GET /api/v1/health HTTP/1.1\r\nHost:")
                return try conversation.hearTheRest()
            }
            #expect(half.isEmpty)
        }
    }

    @Test func aClientThatDoesNotReadIsCutOff() async throws {
        try await withServer(configure: Self.impatient(\.deadlines.answer)) { server in
            let requests = String(repeating: "GET /api/v1/health HTTP/1.1\r\nHost: x\r\n\r\n", count: 1000)
            let wasCutOff = try await converse(port: server.client.port) { conversation in
                while try conversation.say(requests) {}
                return true
            }
            #expect(wasCutOff)
            #expect(try await server.send("GET", "health").status == 200)
        }
    }

    @Test func aBodyInPiecesIsRead() async throws {
        try await withServer { server in
            let body = #"{"identifier":"slow"}"#
            let text = try await converse(port: server.client.port) { conversation in
                try conversation.say(Self.check("Connection: close\r\nContent-Length: \(body.utf8.count)\r\n\r\n"))
                for character in body { try conversation.say(String(character)) }
                return try conversation.hearTheRest()
            }
            #expect(try HTTPReply(Array(text.utf8)).status == 200)
        }
    }

    // MARK: Expect: 100-continue

    @Test func aClientThatWaitsIsToldToSendItsBody() async throws {
        try await withServer { server in
            let body = #"{"identifier":"a"}"#
            let head = Self.check("Expect: 100-continue\r\nContent-Length: \(body.utf8.count)\r\n\r\n")
            let (first, second) = try await converse(port: server.client.port) { conversation in
                try conversation.say(head)
                let first = try conversation.hear(until: "\r\n\r\n")
                try conversation.say(body)
                return (first, try conversation.hear(until: "]}"))
            }
            #expect(first == "HTTP/1.1 100 Continue\r\n\r\n")
            #expect(try HTTPReply(Array(second.utf8)).status == 200)
        }
    }

    @Test func aClientThatWaitsIsToldThatItsRequestIsRefused() async throws {
        try await withServer { server in
            for (token, length, status) in [(nil, 18, 401), (Harness.read, 18, 403), (Harness.admin, 70_000, 413)] {
                let head = Self.check("Expect: 100-continue\r\nContent-Length: \(length)\r\n\r\n", token: token)
                let reply = try HTTPReply(try await server.client.exchange(Array(head.utf8)))
                #expect(reply.status == status)
                #expect(reply["Connection"] == "close")
            }
        }
    }

    @Test func aClientThatDidNotWaitGetsOneAnswer() async throws {
        try await withServer { server in
            let body = #"{"identifier":"a"}"#
            let request = Self.check(
                "Expect: 100-continue\r\nConnection: close\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
            let reply = try HTTPReply(try await server.client.exchange(Array(request.utf8)))
            #expect(reply.status == 200)
            #expect(reply.rest.isEmpty)
        }
    }

    // MARK: The number of connections

    @Test func whenAllConnectionsAreTakenTheNextOneWaits() async throws {
        let log = RecordedLog()
        let configure: (inout ManagementConfiguration) -> Void = { configuration in
            configuration.deadlines.idle = .milliseconds(50)
            configuration.maximumConnections = 2
        }
        try await withServer(logger: log.logger, configure: configure) { server in
            try await withThrowingTaskGroup(of: String.self) { tasks in
                // Those that say nothing take all connections several times over, and are cut off.
                for _ in 0..<20 {
                    tasks.addTask { try await converse(port: server.client.port) { try $0.hearTheRest() } }
                }
                for try await text in tasks { #expect(text.isEmpty) }
            }
            // A client that is slow to speak is cut off here, too, and tries again.
            var status: Int?
            for _ in 0..<1000 where status == nil { status = try? await server.send("GET", "health").status }
            #expect(status == 200)
        }
        let limit = "warning As many connections are open as may be; further ones wait until others end. connections=2"
        #expect(log.lines.contains(limit))
    }

    @Test func whenAllConnectionsAreTakenIdleOnesAreGivenToOthers() async throws {
        let configure: (inout ManagementConfiguration) -> Void = { configuration in
            configuration.deadlines.idle = .milliseconds(50)
            configuration.maximumConnections = 2
        }
        try await withServer(configure: configure) { server in
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                // They ask once and stay. Hummingbird alone would let them for a minute.
                for _ in 0..<20 {
                    tasks.addTask {
                        try await converse(port: server.client.port) { conversation in
                            try conversation.say("GET /api/v1/health HTTP/1.1\r\nHost: x\r\n\r\n")
                            _ = try conversation.hearTheRest()
                        }
                    }
                }
                try await tasks.waitForAll()
            }
        }
    }

    @Test func anIdleConnectionIsKeptWhileThereIsRoom() async throws {
        try await withServer(configure: Self.impatient(\.deadlines.idle)) { server in
            let port = server.client.port
            let answers = try await converse(port: port) { conversation in
                var answers: [String] = []
                for _ in 0..<3 {
                    try conversation.say("GET /api/v1/health HTTP/1.1\r\nHost: x\r\n\r\n")
                    answers.append(String(try conversation.hear(until: "}").prefix(15)))
                    // As long as the deadline that would hold if there were no room, told by connections that it ends.
                    for _ in 0..<3 { _ = try Conversation(port: port).hearTheRest() }
                }
                return answers
            }
            // One that is too slow to ask for the first time is cut off, which is not what this is about.
            if answers.first?.isEmpty == false {
                #expect(answers == Array(repeating: "HTTP/1.1 200 OK", count: 3))
            }
        }
    }

    @Test func aTakenLimitIsToldOnce() {
        let log = RecordedLog()
        let limit = ConnectionLimit(maximum: 4, logger: log.logger)
        for _ in 0..<3 { limit.connectionOpened() }
        #expect(limit.isAcceptingNewConnections())
        #expect(log.lines.isEmpty)
        for _ in 0..<10 {
            limit.connectionOpened()
            #expect(!limit.isAcceptingNewConnections())
            limit.connectionClosed()
            #expect(limit.isAcceptingNewConnections())
        }
        #expect(log.lines.count == 1)
        limit.connectionClosed()
        limit.connectionOpened()
        limit.connectionOpened()
        #expect(log.lines.count == 2)
    }

    @Test(arguments: [
        (nil, 2, 4096), (1_048_576, 2, 4096), (1024, 2, 952), (1024, 64, 704), (100, 2, 28), (40, 2, 16), (0, 1, 16),
    ])
    func theLimitLeavesDescriptorsForTheRest(descriptors: Int?, cores: Int, maximum: Int) {
        #expect(ConnectionLimit.maximum(descriptors: descriptors, cores: cores) == maximum)
    }

    @Test func thisProcessHasRoomForConnections() {
        #expect((16...4096).contains(ConnectionLimit.standardMaximum))
    }
}
