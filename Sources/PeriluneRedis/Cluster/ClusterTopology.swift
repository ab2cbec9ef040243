import PeriluneCore
import PeriluneIO

/// The nodes of a Redis Cluster, and which of them serves what.
///
/// Nothing is known until the first call. What is known is looked up anew with `CLUSTER SLOTS` when a node says that it
/// is wrong, or when a node cannot be reached; calls to other nodes go on meanwhile. There is one connection to each
/// node that was needed; a node that has left the cluster loses it.
final class ClusterTopology: Sendable {
    typealias Node = RedisConfiguration.Endpoint

    struct State {
        var map = SlotMap()
        /// The connections to the map's primaries, in their order.
        var primaries: [RedisConnection] = []
        var connections: [Node: RedisConnection] = [:]
        /// Connections to nodes that have left, as long as calls are under way there.
        var retired = RetiredConnections()
        /// The primary that got the last call which any could get.
        var turn = 0
        /// A node that is said to know better, to be asked first.
        var informed: Node?
        var isShutDown = false
    }

    /// How long to wait for the answer of one node before the next one is asked as well: 200 ms.
    private static let nodePatience: UInt64 = 200_000_000
    /// The answers that leave slots without a node of which the fullest one is taken.
    private static let mostIncomplete = 3
    /// Nodes that only redirections know of, beyond one for each known node.
    private static let mostStrangers = 16

    private let seeds: [Node]
    /// How long a lookup may take, in nanoseconds.
    private let patience: UInt64
    private let makeConnection: RedisConnection.Factory
    let state = Locked(State())
    private let lookups = LookupRunner()

    /// - Parameters:
    ///   - seeds: Nodes that are known beforehand.
    ///   - patience: How long a lookup may take.
    init(_ seeds: [Node], patience: Duration, connect: @escaping RedisConnection.Factory) {
        self.seeds = seeds
        self.patience = patience.wholeNanoseconds
        makeConnection = connect
    }

    // MARK: Finding

    /// The connection for an attempt of a call. Waits, when nobody is known to serve the slot, until somebody does.
    func connection(
        to target: Topology.Target, deadline: UInt64
    ) async -> Result<RedisConnection, EngineError> {
        while true {
            if let found = state.withLock({ find(target, &$0) }) { return found }
            if Task.isCancelled { return .failure(.cancelled(mayHaveRun: false)) }
            guard MonotonicTime.now < deadline else { return .failure(failureToFind(target)) }
            await wait(until: deadline)
            if let failure = lookups.failure, failure.code == .misconfigured { return .failure(failure) }
        }
    }

    private func find(_ target: Topology.Target, _ state: inout State) -> Result<RedisConnection, EngineError>? {
        if state.isShutDown { return .failure(.hasShutDown) }
        switch target {
        case .slot(let slot):
            return state.map.position(ofPrimaryFor: slot).map { .success(state.primaries[$0]) }
        case .node(let node):
            guard state.connections[node] != nil || hasRoom(state) else {
                return .failure(EngineError(.unreachable, "the nodes of the cluster name too many others"))
            }
            return .success(connect(to: node, &state))
        case .primary, .anyPrimary:
            guard !state.primaries.isEmpty else { return nil }
            state.turn = (state.turn + 1) % state.primaries.count
            return .success(state.primaries[state.turn])
        }
    }

    private func failureToFind(_ target: Topology.Target) -> EngineError {
        if let failure = lookups.failure { return failure }
        if case .slot(let slot) = target, !state.withLock({ $0.primaries.isEmpty }) {
            return EngineError(.unreachable, "no node of the cluster serves slot \(slot)")
        }
        return EngineError(.unreachable, "no node of the cluster has answered in time")
    }

    /// Whether a node that is not in the map may be connected to: as many as a redirection or two for each node need.
    private func hasRoom(_ state: State) -> Bool {
        state.connections.count < 2 * state.map.nodes.count + seeds.count + Self.mostStrangers
    }

    /// The connection to a node, made when it is needed first.
    private func connect(to node: Node, _ state: inout State) -> RedisConnection {
        if let connection = state.connections[node] { return connection }
        let connection = makeConnection(node.socketEndpoint, .oneOfMany)
        state.connections[node] = connection
        return connection
    }

    /// A slot of each node that serves any; waits until some are known.
    func slotOfEachPrimary(deadline: UInt64) async -> Result<[Int], EngineError> {
        if case .failure(let error) = await connection(to: .anyPrimary, deadline: deadline) { return .failure(error) }
        return .success(state.withLock { $0.map.slotOfEachPrimary })
    }

    // MARK: Learning

    /// Notes where a call belongs.
    ///
    /// - Returns: The target of its next attempt.
    func follow(_ redirection: Redirection) -> Topology.Target {
        let node = Topology.Target.node(redirection.node)
        guard redirection.kind == .moved else {
            // Connections to nodes that are not in the map go when it is looked up the next time.
            if state.withLock({ $0.connections[redirection.node] == nil }) { doubt() }
            return node
        }
        let isNoted = state.withLock { state in
            guard !state.isShutDown, state.connections[redirection.node] != nil || hasRoom(state),
                state.map.assign(redirection.slot...redirection.slot, to: redirection.node)
            else {
                return false
            }
            if state.primaries.count < state.map.primaries.count {
                state.primaries.append(connect(to: redirection.node, &state))
            }
            state.informed = redirection.node
            return true
        }
        doubt()
        return isNoted ? .slot(redirection.slot) : node
    }

    /// Sees to it that the map is looked up anew. Returns at once.
    func doubt() {
        lookups.request { await self.lookUp() }
    }

    /// Waits until the map was looked up anew, or until the deadline.
    func wait(until deadline: UInt64) async {
        await lookups.requestAndWait({ await self.lookUp() }, until: deadline)
    }

    private func lookUp() async -> EngineError? {
        let deadline = MonotonicTime.adding(patience, to: MonotonicTime.now)
        let (isShutDown, nodes) = state.withLock { state in
            defer { state.informed = nil }
            // One that leaves does not hold up those that know; the order of the rest spreads the work.
            let known = state.map.primaries.shuffled() + state.map.replicas.shuffled()
            return (state.isShutDown, (state.informed.map { [$0] } ?? []) + known)
        }
        if isShutDown { return .hasShutDown }
        var sources: [Node] = []
        var seen: Set<Node> = []
        // A seed is among the first, for all that is known may be gone.
        let order = nodes.prefix(1) + seeds.shuffled().prefix(1) + nodes.dropFirst() + seeds
        for node in order where seen.insert(node).inserted { sources.append(node) }
        let answers = Locked(Answers())
        var round = LookupRound(sources, patience: Self.nodePatience, deadline: deadline)
        let complete = await round.run { node in await self.ask(node, deadline: deadline, answers) }
        let (fullest, failure) = answers.withLock { ($0.fullest, $0.failure) }
        guard let map = complete ?? fullest else {
            return failure ?? EngineError(.unreachable, "no node of the cluster has answered in time")
        }
        take(map)
        return nil
    }

    /// What the nodes have said that does not end the lookup.
    private struct Answers {
        var fullest: SlotMap?
        var incomplete = 0
        var failure: EngineError?
    }

    private func ask(_ node: Node, deadline: UInt64, _ answers: Locked<Answers>) async -> SlotMap? {
        let connection = state.withLock { $0.isShutDown ? nil : connect(to: node, &$0) }
        guard let connection else { return nil }
        let request = Request(RedisCommand("CLUSTER", ["SLOTS"], isRepeatable: true))
        let (reply, _) = await connection.perform(request, begin: MonotonicTime.now, deadline: deadline)
        do throws(EngineError) {
            let map = try SlotMap(try Self.slots(reply), askedOf: node)
            if map.isComplete { return map }
            return answers.withLock { answers in
                if map.coverage > answers.fullest?.coverage ?? 0 { answers.fullest = map }
                answers.incomplete += 1
                return answers.incomplete < Self.mostIncomplete ? nil : answers.fullest
            }
        } catch {
            answers.withLock { answers in
                // The first one that tells what is wrong with the configuration, otherwise the last one.
                if answers.failure?.code != .misconfigured { answers.failure = error }
            }
            return nil
        }
    }

    private static func slots(_ reply: RedisConnection.Reply) throws(EngineError) -> RedisReply {
        let reply = try reply.get()
        guard case .error(let error) = reply else { return reply }
        // A server that is no node of a cluster does not become one.
        guard error.line.hasPrefix("ERR This instance has cluster support disabled") else { throw EngineError(error) }
        throw EngineError(.misconfigured, "the server is no node of a cluster: \(error.line)")
    }

    private func take(_ map: SlotMap) {
        let former = state.withLock { state -> [RedisConnection] in
            guard !state.isShutDown else { return [] }
            state.map = map
            state.primaries = map.primaries.map { connect(to: $0, &state) }
            let nodes = Set(map.nodes)
            let former = state.connections.filter { !nodes.contains($0.key) }
            for node in former.keys { state.connections[node] = nil }
            state.retired.add(former.values)
            return Array(former.values)
        }
        for connection in former { connection.retire() }
    }

    // MARK: The end

    var connections: [RedisConnection] { state.withLock { Array($0.connections.values) } }

    /// What has happened on the connections that there are no more.
    var formerStatistics: ConnectionStatistics { state.withLock { $0.retired.statistics } }

    func shutDown() -> [RedisConnection] {
        lookups.shutDown()
        return state.withLock { state in
            state.isShutDown = true
            return state.connections.values + state.retired.connections
        }
    }
}
