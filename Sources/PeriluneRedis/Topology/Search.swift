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
            switch Sign(after: attempt, of: original, to: home) {
            case .redirection(let redirection): return follow(redirection, in: cluster)
            case .astray: return .nowhere
            case .none: break
            }
            (request, target) = (original, home)
            if Self.wasRetired(attempt) { return .found }
            if attempt.connection == nil { return .nowhere }
            await cluster.wait(until: deadline)
            return .found
        }
    }

    /// Keeps to the node that was asked, where it would otherwise be any.
    mutating func stay(after attempt: RedisEngine.Attempt) {
        guard target == .anyPrimary, let connection = attempt.connection else { return }
        target = .node(RedisConfiguration.Endpoint(connection.endpoint))
    }

    /// Whether the connection was given up between the choice and the call. The next choice is another one.
    private static func wasRetired(_ attempt: RedisEngine.Attempt) -> Bool {
        guard attempt.connection != nil, case .failure(let error) = attempt.reply else { return false }
        return error == .retired
    }

    /// What a node of a cluster says about where a call belongs.
    private enum Sign {
        case none
        case redirection(Redirection)
        /// The call has another slot than was thought, so that no node would take it.
        case astray

        init(after attempt: RedisEngine.Attempt, of request: Request, to home: Topology.Target) {
            guard case .success(let reply) = attempt.reply, let error = request.refusal(in: reply),
                [.moved, .ask].contains(error.kind), let connection = attempt.connection
            else {
                self = .none
                return
            }
            let asked = RedisConfiguration.Endpoint(connection.endpoint)
            guard case .slot(let slot) = home, Redirection.slot(in: error.line) == slot else {
                self = .astray
                return
            }
            // A node that does not know the other one's host sends the call nowhere.
            self = Redirection(error.line, ofCallIn: slot, by: asked).map { .redirection($0) } ?? .none
        }
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
        if redirection.kind == .ask { request.isAsking = true }
        return redirections > Self.mostRedirections ? .notYet : .found
    }
}
