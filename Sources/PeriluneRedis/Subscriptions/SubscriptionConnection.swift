import Logging
import PeriluneCore
import PeriluneIO

/// The connection on which a server sends messages to all subscribers of an engine: the machine's decisions carried out.
///
/// Callers' threads only add and remove subscribers; the loop's thread sends, receives and hands out.
///
/// `@unchecked Sendable` because `shared` is locked and everything below "loop's thread" is touched there alone.
final class SubscriptionConnection: ServerConnection, @unchecked Sendable {
    typealias Machine = SubscriptionStateMachine
    typealias Caller = UnsafeContinuation<Result<Void, EngineError>, Never>

    /// Somebody who wants messages.
    struct Member {
        let source: RedisMessages.Source
        /// Who waits for the confirmation.
        var caller: Caller?
    }

    /// What callers and the loop's thread share.
    struct Shared {
        var machine: Machine
        var members: [Machine.Subscriber: Member] = [:]
        var lastSubscriber: Machine.Subscriber = 0
        /// The requests that the loop has not sent.
        var pending: [RedisCommand] = []
        /// The thread, from the first subscriber on.
        var loop: EventLoop?
        /// Whether the loop will look here anyway.
        var isNotified = false
    }

    /// Who knows where the server is. Asked anew for every connection.
    let topology: Topology
    /// Which of the servers it is.
    let target: Topology.Target
    let configuration: RedisConfiguration
    let tls: Result<TLSContext?, SystemError>
    let logger: Logger
    let shared: Locked<Shared>
    private let owner: SharedEventLoop

    // The loop's thread.
    var decoder = RESPDecoder()
    var endpoint: SocketEndpoint?
    var handshake: Handshake?
    var connector: Connector?
    var transport: Transport?
    let sending = ByteBuffer()
    var waitsToWrite = false
    var timer: EventLoop.Timer?
    var timerDeadline = UInt64.max
    /// Counts the attempts to connect and their ends, so that what comes late of an earlier one is known.
    var attempt = 0

    /// Prepares a connection. It is made with the first subscriber.
    init(
        to target: Topology.Target, in topology: Topology, _ configuration: RedisConfiguration, loop: SharedEventLoop,
        logger: Logger
    ) {
        self.topology = topology
        self.target = target
        self.configuration = configuration
        tls = configuration.tlsContext
        self.logger = logger
        owner = loop
        let limits = Machine.Limits(
            pendingRequests: max(1, configuration.maximumPendingCommands),
            silence: max(2, configuration.subscriptionSilence.wholeNanoseconds), backoff: configuration.backoff,
            followsRedirections: topology.purpose == .oneOfMany)
        shared = Locked(Shared(machine: Machine(limits: limits)))
    }

    var loop: EventLoop? { shared.withLock { $0.loop } }

    // MARK: From any thread

    /// Subscribes, and waits until the server has confirmed.
    ///
    /// - Parameter deadline: The monotonic time by which it has, or this throws.
    func subscribe(
        to topics: [SubscriptionTopic], buffer: RedisMessages.BufferLimit, deadline: UInt64
    ) async throws(EngineError) -> RedisMessages {
        let (messages, source) = RedisMessages.make(buffer: buffer)
        let number = shared.withLock { shared in
            shared.lastSubscriber += 1
            return shared.lastSubscriber
        }
        let result: Result<Void, EngineError> = await withTaskCancellationHandler {
            await withUnsafeContinuation { caller in
                let member = Member(source: source, caller: caller)
                if let failure = add(member, number, topics, deadline: deadline) {
                    caller.resume(returning: .failure(failure))
                }
            }
        } onCancel: {
            remove(number)
        }
        try result.get()
        source.onTermination { [weak self] in self?.remove(number) }
        return messages
    }

    /// - Returns: Why the subscriber is not accepted; `nil` when its caller will be resumed.
    private func add(
        _ member: Member, _ number: Machine.Subscriber, _ topics: [SubscriptionTopic], deadline: UInt64
    ) -> EngineError? {
        let result = shared.withLock { shared -> Result<[Delivery], EngineError> in
            // A task that is cancelled before this has no member that could be removed, but it knows.
            if Task.isCancelled { return .failure(.cancelled(mayHaveRun: false)) }
            do throws(EngineError) {
                if shared.loop == nil, shared.machine.state != .shutDown { shared.loop = try startLoop() }
                var actions: [Machine.Action] = []
                try shared.machine.subscribe(number, to: topics, deadline: deadline, now: MonotonicTime.now, &actions)
                shared.members[number] = member
                return .success(shared.resolve(actions))
            } catch {
                return .failure(error)
            }
        }
        switch result {
        case .failure(let error): return error
        case .success(let deliveries):
            notify()
            for delivery in deliveries { delivery.carryOut() }
            return nil
        }
    }

    /// A subscriber is gone, or its task was cancelled while it waited.
    private func remove(_ number: Machine.Subscriber) {
        let caller = shared.withLock { shared -> Caller? in
            var actions: [Machine.Action] = []
            shared.machine.leave(number, now: MonotonicTime.now, &actions)
            _ = shared.resolve(actions)
            return shared.members.removeValue(forKey: number)?.caller
        }
        caller?.resume(returning: .failure(.cancelled(mayHaveRun: false)))
        notify()
    }

    private func notify() {
        let loop = shared.withLock { shared -> EventLoop? in
            if shared.isNotified { return nil }
            shared.isNotified = shared.loop != nil
            return shared.loop
        }
        loop?.notify(self)
    }

    private func startLoop() throws(EngineError) -> EventLoop {
        do throws(SystemError) {
            return try owner.start()
        } catch {
            throw EngineError(.unreachable, "no thread for the connection: \(error)")
        }
    }

    /// Ends all subscriptions and closes the connection.
    ///
    /// - Parameter waiter: Resumed when it is over.
    func shutDown(waiter: UnsafeContinuation<Void, Never>?) {
        let (deliveries, loop) = shared.withLock { shared -> ([Delivery], EventLoop?) in
            var actions: [Machine.Action] = []
            shared.machine.shutDown(&actions)
            let deliveries = shared.resolve(actions)
            let loop = shared.loop
            shared.loop = nil
            return (deliveries, loop)
        }
        for delivery in deliveries { delivery.carryOut() }
        guard let loop else {
            waiter?.resume()
            return
        }
        loop.execute {
            self.drop(on: loop)
            waiter?.resume()
        }
    }
}

extension SubscriptionConnection {
    /// Something for somebody, to be handed out when the lock is open.
    enum Delivery {
        case message(RedisMessage, RedisMessages.Source)
        case interruption(RedisMessages.Source)
        case resubscription(RedisMessages.Source)
        case confirmation(Caller)
        case end(Member, EngineError?)

        func carryOut() {
            switch self {
            case .message(let message, let source): source.yield(message)
            case .interruption(let source): source.interrupt()
            case .resubscription(let source): source.resubscribe()
            case .confirmation(let caller): caller.resume(returning: .success(()))
            case .end(let member, let error):
                if let caller = member.caller {
                    caller.resume(returning: .failure(error ?? .hasShutDown))
                } else {
                    member.source.finish(throwing: error)
                }
            }
        }
    }
}

extension SubscriptionConnection.Shared {
    /// Finds those whom the machine's actions concern, and keeps what is to be sent.
    mutating func resolve(_ actions: [SubscriptionStateMachine.Action]) -> [SubscriptionConnection.Delivery] {
        var deliveries: [SubscriptionConnection.Delivery] = []
        for action in actions {
            switch action {
            case .send(let command): pending.append(command)
            case .establish(let subscriber):
                guard let caller = members[subscriber]?.caller else { continue }
                members[subscriber]?.caller = nil
                deliveries.append(.confirmation(caller))
            case .deliver(let message, let subscribers):
                for subscriber in subscribers {
                    if let member = members[subscriber] { deliveries.append(.message(message, member.source)) }
                }
            case .interrupt(let subscriber):
                if let member = members[subscriber] { deliveries.append(.interruption(member.source)) }
            case .resubscribe(let subscriber):
                if let member = members[subscriber] { deliveries.append(.resubscription(member.source)) }
            case .end(let subscriber, let error):
                if let member = members.removeValue(forKey: subscriber) { deliveries.append(.end(member, error)) }
            // The loop's thread sees to it.
            case .lose, .close: continue
            }
        }
        return deliveries
    }
}
