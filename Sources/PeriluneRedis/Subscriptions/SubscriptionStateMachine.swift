import DequeModule
import HeapModule
import PeriluneCore
import PeriluneIO

/// What a connection for subscriptions knows and decides, without sockets, threads or clocks.
///
/// It knows what its subscribers want, what the server was asked and what it has confirmed. A server answers in the order
/// in which it is asked, so that every confirmation belongs to the oldest request that is open; between them come
/// messages. Whatever does not fit is a violation, after which nothing can be trusted and the connection is made anew.
///
/// Times are monotonic nanoseconds and always passed in.
struct SubscriptionStateMachine {
    /// The limits from the configuration.
    struct Limits {
        /// The requests that may be without an answer before no more subscribers are accepted.
        var pendingRequests = 8192
        /// How long a connection may be silent before it counts as dead. Half of it passes before a `PING` is sent, the
        /// other half may pass until its answer comes.
        var silence: UInt64 = 10_000_000_000
        var backoff = Backoff()
        /// Whether a server that sends to another one is left for that one.
        var followsRedirections = false
    }

    enum State: Equatable {
        /// Not connected, and nobody wants it to be.
        case idle
        /// An attempt to connect is under way: lookup, connect.
        case connecting(deadline: UInt64)
        /// Connected; the server is being told who we are.
        case handshaking(deadline: UInt64)
        /// Subscriptions can be made, and messages come.
        case active
        /// The last connection or attempt failed; the next one comes when the time has passed.
        case backingOff(until: UInt64)
        /// Over for good.
        case shutDown
    }

    /// The number of somebody who wants messages.
    typealias Subscriber = UInt64

    /// What is to be done.
    enum Action: Equatable {
        case send(RedisCommand)
        /// All that the subscriber wants is confirmed for the first time.
        case establish(Subscriber)
        case deliver(RedisMessage, Set<Subscriber>)
        case interrupt(Subscriber)
        case resubscribe(Subscriber)
        /// The subscriber is gone. Without an error, its messages just end.
        case end(Subscriber, EngineError?)
        /// The connection is of no use any more.
        case lose(EngineError)
        /// The connection is not needed any more.
        case close
    }

    /// Somebody who wants messages.
    struct Member {
        let topics: [SubscriptionTopic]
        /// How many of the topics are not confirmed.
        var missing = 0
        /// Whether all topics have been confirmed once.
        var isEstablished = false
        /// Whether the subscriber was told of the lost connection.
        var isInterrupted = false
    }

    /// Something that at least one member wants.
    struct Topic {
        enum Phase: Equatable {
            case unsent
            /// Asked for, by the request of that number.
            case requested(UInt64)
            case confirmed
        }

        var members: Set<Subscriber> = []
        var phase = Phase.unsent
    }

    /// Something that the server was asked and has not answered.
    struct Request {
        enum Content: Equatable {
            case subscribe(SubscriptionTopic)
            case unsubscribe(SubscriptionTopic)
            case ping
        }

        let number: UInt64
        let content: Content
        let time: UInt64
    }

    /// When a subscriber that is not established gives up.
    struct Deadline: Comparable {
        let time: UInt64
        let subscriber: Subscriber

        static func < (left: Deadline, right: Deadline) -> Bool {
            (left.time, left.subscriber) < (right.time, right.subscriber)
        }
    }

    let limits: Limits
    var state = State.idle
    var members: [Subscriber: Member] = [:]
    var topics: [SubscriptionTopic: Topic] = [:]
    /// The requests that the server has not answered, in the order of sending.
    var requests = Deque<Request>()
    var lastNumber: UInt64 = 0
    /// How many ends of subscriptions the server has not confirmed: until then messages come for them.
    var leaving: [SubscriptionTopic: Int] = [:]
    /// Deadlines of those who are not established; stale ones are dropped when they come to the top.
    var deadlines = Heap<Deadline>()
    /// When something came last.
    var lastReceived: UInt64 = 0
    /// When topics are asked for again that the server could not take just then.
    var retryTime: UInt64?
    /// Failed attempts and lost connections since the last answer.
    var failures = 0
    /// Why the last attempt to connect failed, for the subscribers that wait for the next one.
    var lastFailure: EngineError?

    init(limits: Limits = Limits()) {
        self.limits = limits
    }

    // MARK: Subscribers

    /// Adds a subscriber.
    ///
    /// - Parameters:
    ///   - wanted: The topics, at least one and no two the same.
    ///   - deadline: When the subscriber gives up if not all of them are confirmed.
    /// - Complexity: O(topics).
    mutating func subscribe(
        _ subscriber: Subscriber, to wanted: [SubscriptionTopic], deadline: UInt64, now: UInt64,
        _ actions: inout [Action]
    ) throws(EngineError) {
        guard state != .shutDown else { throw .hasShutDown }
        guard requests.count < limits.pendingRequests else {
            throw EngineError(.overloaded, "\(requests.count) subscriptions are waiting for their answers already")
        }
        var member = Member(topics: wanted)
        for topic in wanted {
            topics[topic, default: Topic()].members.insert(subscriber)
            if topics[topic]?.phase != .confirmed { member.missing += 1 }
        }
        members[subscriber] = member
        if member.missing == 0 {
            members[subscriber]?.isEstablished = true
            actions.append(.establish(subscriber))
        } else {
            deadlines.insert(Deadline(time: deadline, subscriber: subscriber))
            if retryTime == nil { request(wanted, now: now, &actions) }
        }
    }

    /// Removes a subscriber; nothing happens if it is gone.
    ///
    /// - Complexity: O(its topics).
    mutating func leave(_ subscriber: Subscriber, now: UInt64, _ actions: inout [Action]) {
        guard let member = members.removeValue(forKey: subscriber) else { return }
        for topic in member.topics {
            topics[topic]?.members.remove(subscriber)
            guard let left = topics[topic], left.members.isEmpty else { continue }
            topics[topic] = nil
            if left.phase != .unsent { ask(.unsubscribe(topic), now: now, &actions) }
        }
    }

    /// Removes a subscriber, which is told why.
    mutating func end(_ subscriber: Subscriber, _ error: EngineError?, now: UInt64, _ actions: inout [Action]) {
        guard members[subscriber] != nil else { return }
        leave(subscriber, now: now, &actions)
        actions.append(.end(subscriber, error))
    }

    // MARK: Requests

    /// Asks for topics that were not asked for yet, when there is a connection.
    mutating func request(_ wanted: some Sequence<SubscriptionTopic>, now: UInt64, _ actions: inout [Action]) {
        guard state == .active else { return }
        for topic in wanted where topics[topic]?.phase == .unsent {
            ask(.subscribe(topic), now: now, &actions)
            topics[topic]?.phase = .requested(lastNumber)
        }
    }

    mutating func ask(_ content: Request.Content, now: UInt64, _ actions: inout [Action]) {
        lastNumber += 1
        requests.append(Request(number: lastNumber, content: content, time: now))
        switch content {
        case .subscribe(let topic): actions.append(.send(topic.subscribing))
        case .unsubscribe(let topic):
            leaving[topic, default: 0] += 1
            actions.append(.send(topic.unsubscribing))
        case .ping: actions.append(.send(RedisCommand("PING")))
        }
    }
}
