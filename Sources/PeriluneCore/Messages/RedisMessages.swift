/// The messages of a subscription, and what happens to it.
///
/// ```swift
/// for try await event in try await engine.subscribe(to: ["news"]) {
///     switch event {
///     case .message(let message): print(message.channel, message.text ?? "")
///     case .dropped, .interrupted, .resubscribed: cache.removeAll()
///     }
/// }
/// ```
///
/// Messages of one channel come in the order in which they were published. An engine never waits for a subscriber:
/// messages that it does not take are kept up to a limit, and beyond it the oldest are dropped, which the subscriber is
/// told.
///
/// The sequence ends when the engine is shut down, or when the task that iterates is cancelled. It throws
/// ``EngineError`` when the server refuses the subscription after a reconnect. The subscription ends with the sequence,
/// or when the sequence and its iterators are gone. Each event is given to one iterator.
public struct RedisMessages: AsyncSequence, Sendable {
    public typealias Element = Event
    public typealias Failure = EngineError

    /// What a subscriber is told.
    public enum Event: Sendable, Hashable {
        /// Somebody has published.
        case message(RedisMessage)
        /// So many messages, older than all that follow, did not fit into the buffer and are lost.
        case dropped(Int)
        /// The connection is lost. What is published from now on is missed, until ``resubscribed``.
        case interrupted
        /// All channels are subscribed to again. What was published since ``interrupted`` may have been missed.
        case resubscribed
    }

    /// What is kept for a subscriber that does not take its messages.
    public struct BufferLimit: Sendable, Hashable {
        /// Messages.
        public var messages: Int
        /// Bytes of their payloads and channels. A message larger than that is dropped.
        public var bytes: Int

        /// Creates a limit. Less than 1 counts as 1.
        public init(messages: Int = 4096, bytes: Int = 16 << 20) {
            self.messages = Swift.max(1, messages)
            self.bytes = Swift.max(1, bytes)
        }
    }

    /// Ends the subscription when the last one who could take messages lets go of it.
    fileprivate final class Interest: Sendable {
        let mailbox: MessageMailbox

        init(_ mailbox: MessageMailbox) { self.mailbox = mailbox }

        deinit { mailbox.end() }
    }

    private let interest: Interest

    /// Makes a sequence and the other end of it, for who implements an engine.
    public static func make(buffer: BufferLimit = BufferLimit()) -> (messages: RedisMessages, source: Source) {
        let mailbox = MessageMailbox(buffer)
        return (RedisMessages(interest: Interest(mailbox)), Source(mailbox))
    }

    public func makeAsyncIterator() -> Iterator { Iterator(interest: interest) }

    /// Takes what has come.
    public struct Iterator: AsyncIteratorProtocol {
        private let interest: Interest

        fileprivate init(interest: Interest) { self.interest = interest }

        /// The next event, when there is one.
        ///
        /// - Returns: `nil` when the subscription is over.
        /// - Throws: ``EngineError``, once, when the engine could not keep the subscription.
        public mutating func next(
            isolation actor: isolated (any Actor)? = #isolation
        ) async throws(EngineError) -> Event? {
            try await interest.mailbox.next().get()
        }
    }

    /// The engine's end of a subscription. The sequence ends when it is gone.
    public final class Source: Sendable {
        private let mailbox: MessageMailbox

        fileprivate init(_ mailbox: MessageMailbox) { self.mailbox = mailbox }

        deinit { mailbox.finish(nil) }

        /// Gives a message to the subscriber, or keeps it for it. Never waits.
        public func yield(_ message: RedisMessage) {
            mailbox.put(.message(message))
        }

        /// Tells the subscriber that messages are missed from now on.
        public func interrupt() {
            mailbox.put(.interrupted)
        }

        /// Tells the subscriber that no more messages are missed.
        public func resubscribe() {
            mailbox.put(.resubscribed)
        }

        /// Ends the sequence behind what has come already.
        ///
        /// - Parameter error: Why; `nil` when the subscription just ends.
        public func finish(throwing error: EngineError? = nil) {
            mailbox.finish(error)
        }

        /// Calls a closure when the subscriber is gone, once, from any thread; at once when it is gone already. Not called
        /// after ``finish(throwing:)``.
        public func onTermination(_ body: @escaping @Sendable () -> Void) {
            mailbox.onTermination(body)
        }
    }
}
