import PeriluneCore
import PeriluneIO

/// Where a call goes next that was refused where it was, or could not be sent there.
struct Search {
    enum Outcome {
        /// The request has a target, to be tried at once.
        case found
        /// The server that was asked says that it takes a while.
        case notYet
        /// There is no other server.
        case nowhere
    }

    /// The redirections that are followed at once. Nodes that send a call to each other in circles do not agree yet.
    private static let mostRedirections = 8

    private let original: Request
    private let home: Topology.Target
    /// What to send next.
    private(set) var request: Request
    /// Where to send it.
    private(set) var target: Topology.Target
    private var redirections = 0

    init(_ request: Request, target: Topology.Target) {
        original = request
        home = target
        self.request = request
        self.target = target
    }

    /// Finds the next target.
    mutating func next(
        after attempt: RedisEngine.Attempt, in topology: Topology, deadline: UInt64
    ) async -> Outcome {
        switch topology {
        case .standalone: return .nowhere
        case .sentinel(let sentinel):
            if Self.wasRetired(attempt) { return .found }
            if attempt.connection == nil { return .nowhere }
            await sentinel.wait(until: deadline)
            return .found
        case .cluster(let cluster):
            if let redirection = redirection(after: attempt) { return follow(redirection, in: cluster) }
            (request, target) = (original, home)
            if Self.wasRetired(attempt) { return .found }
            if attempt.connection == nil { return .nowhere }
            await cluster.wait(until: deadline)
            return .found
        }
    }

    /// Whether the connection was given up between the choice and the call. The next choice is another one.
    private static func wasRetired(_ attempt: RedisEngine.Attempt) -> Bool {
        guard attempt.connection != nil, case .failure(let error) = attempt.reply else { return false }
        return error.code == .shutDown
    }

    private func redirection(after attempt: RedisEngine.Attempt) -> Redirection? {
        guard case .success(let reply) = attempt.reply, let error = original.refusal(in: reply),
            let connection = attempt.connection
        else { return nil }
        let slot: Int
        switch home {
        case .slot(let number), .importer(_, let number): slot = number
        case .primary, .anyPrimary: return nil
        }
        return Redirection(
            error.line, ofCallIn: slot, by: RedisConfiguration.Endpoint(connection.endpoint))
    }

    private mutating func follow(_ redirection: Redirection, in cluster: ClusterTopology) -> Outcome {
        redirections += 1
        // An ASKING holds for one command, so that a transaction has to wait until its slot has arrived.
        if redirection.kind == .ask, case .several = original.body {
            (request, target) = (original, home)
            return .notYet
        }
        target = cluster.follow(redirection)
        request = original
        if case .importer = target { request.isAsking = true }
        return redirections > Self.mostRedirections ? .notYet : .found
    }
}
