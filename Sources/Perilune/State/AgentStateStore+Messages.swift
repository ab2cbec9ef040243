import PeriluneCore

/// A message of a conversation.
public struct StoredMessage<Content> {
    /// Its number: the first message of a conversation has 1, every other one more than the one before it. Numbers go on
    /// when old messages are dropped, and begin anew with a conversation that has expired or was deleted.
    public let sequence: Int
    /// The message.
    public let content: Content
}

extension StoredMessage: Sendable where Content: Sendable {}
extension StoredMessage: Equatable where Content: Equatable {}
extension StoredMessage: Hashable where Content: Hashable {}

extension AgentStateStore {
    /// Appends messages to a conversation, all of them in one step, and drops the oldest ones beyond ``messageLimits``.
    ///
    /// - Parameters:
    ///   - messages: 1 to 1,000 values, each not longer in JSON than ``MessageLimits/bytes``.
    ///   - conversation: The conversation. It need not exist.
    /// - Returns: The sequence number of the last of them.
    /// - Throws: ``StateError``. After ``StateError/engine(_:)`` with ``EngineError/mayHaveRun``, the newest messages
    ///   tell whether these are there.
    /// - Complexity: One round trip; O(length of the messages, and of those that are dropped).
    @discardableResult
    public func append(
        _ messages: [some Encodable], to conversation: ConversationID
    ) async throws(StateError) -> Int {
        guard (1...1_000).contains(messages.count) else { throw .messageCountOutOfRange(messages.count) }
        var texts: [[UInt8]] = []
        texts.reserveCapacity(messages.count)
        for message in messages {
            let text = try settings.encode(message)
            guard text.count <= messageLimits.bytes else { throw .messageTooLong(bytes: text.count) }
            texts.append(text)
        }
        let keys = try keys(of: conversation)
        do {
            return try await Scripts.State.Append.call(
                on: settings.engine, messages: keys.messages, document: keys.state, ttl: settings.milliseconds,
                count: messageLimits.count, bytes: messageLimits.bytes, appended: texts)
        } catch { throw .engine(error) }
    }

    /// Reads the newest messages of a conversation.
    ///
    /// - Parameters:
    ///   - type: What to read them as.
    ///   - conversation: The conversation.
    ///   - count: How many at most: 1 to 10,000; what lies outside is taken as the nearest of them.
    /// - Returns: The messages, the oldest first. The conversation does not live longer for it.
    /// - Throws: ``StateError``.
    /// - Complexity: One round trip; O(length of the messages).
    public func messages<Message: Decodable>(
        _ type: Message.Type, of conversation: ConversationID, last count: Int = 100
    ) async throws(StateError) -> [StoredMessage<Message>] {
        try await read(type, of: conversation, after: -1, count: count)
    }

    /// Reads the messages of a conversation that came after one that is known.
    ///
    /// - Parameters:
    ///   - type: What to read them as.
    ///   - conversation: The conversation.
    ///   - sequence: The number of the last message that is known. When the conversation has not come so far, since it
    ///     has begun anew, its messages are read from the oldest on.
    ///   - limit: How many at most, the oldest of them: 1 to 10,000; what lies outside is taken as the nearest of them.
    /// - Returns: The messages, the oldest first. A gap before the first one is what was dropped.
    /// - Throws: ``StateError``.
    /// - Complexity: One round trip; O(length of the messages).
    public func messages<Message: Decodable>(
        _ type: Message.Type, of conversation: ConversationID, after sequence: Int, limit: Int = 1_000
    ) async throws(StateError) -> [StoredMessage<Message>] {
        let known = min(max(sequence, 0), 1 << 53 - 1)
        return try await read(type, of: conversation, after: known, count: limit)
    }

    private func read<Message: Decodable>(
        _ type: Message.Type, of conversation: ConversationID, after sequence: Int, count: Int
    ) async throws(StateError) -> [StoredMessage<Message>] {
        let keys = try keys(of: conversation)
        let reply: RedisReply
        do {
            reply = try await Scripts.State.Messages.call(
                on: settings.engine, messages: keys.messages, document: keys.state, after: sequence,
                count: min(max(count, 1), 10_000))
        } catch { throw .engine(error) }
        guard let elements = reply.array, elements.count == 3, let first = elements[1].integer,
            (1...1 << 53).contains(first), let texts = elements[2].array
        else {
            throw .engine(EngineError(.unexpectedReply, "state.messages answered with no messages"))
        }
        var messages: [StoredMessage<Message>] = []
        messages.reserveCapacity(texts.count)
        for (index, text) in texts.enumerated() {
            let content = try settings.decode(text.bytes ?? [], as: type)
            messages.append(StoredMessage(sequence: first + index, content: content))
        }
        return messages
    }
}
