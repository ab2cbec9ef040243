public import PeriluneCore

#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

/// What agents remember of their conversations: a state whose members change one by one, and a list of messages.
///
/// ```swift
/// let agents = try AgentStateStore(engine: engine)
/// let talk = try ConversationID(agent: "triage", conversation: "c-17")
/// try await agents.merge(["topic": "cholera"], into: talk)
/// try await agents.increment("turns", of: talk)
/// try await agents.append([Turn(role: "user", text: "…")], to: talk)
/// let memory = try await agents.state(Memory.self, of: talk)
/// ```
///
/// Every call is one atomic step. A state is an object in JSON; each of its members is kept by itself, so that writers who
/// change different members at the same time lose nothing, and who changes one sends and rewrites no other.
///
/// State and messages of a conversation live equally long: ``timeToLive`` from the last change of either. Reading does
/// not prolong it; ``touch(_:)`` does.
public struct AgentStateStore: Sendable {
    /// Twice as long as a session lasts without activity: an hour.
    public static let defaultTimeToLive: Duration = .seconds(2 * 30 * 60)

    /// How long a conversation lives after a change.
    public let timeToLive: Duration
    /// How large a state may become.
    public var limits: StateLimits { settings.limits }
    /// How many messages are kept.
    public let messageLimits: MessageLimits

    let settings: StateSettings
    private let states: KeyFamily
    private let messages: KeyFamily

    /// Creates a store.
    ///
    /// - Parameters:
    ///   - engine: Where conversations are kept.
    ///   - name: The store's name in keys: 1 to 64 of the characters `A-Z a-z 0-9 . _ -`. Stores of different names share
    ///     nothing.
    ///   - timeToLive: How long a conversation lives after a change: up to ten years, rounded up to milliseconds.
    ///   - limits: How large a state may become.
    ///   - messageLimits: How many messages are kept.
    ///   - keySpace: How keys are named.
    ///   - encoder: Makes JSON of values. Must not be changed any more.
    ///   - decoder: Makes values of JSON. Must not be changed any more.
    /// - Throws: ``StateError/invalidSetting(_:)``.
    public init(
        engine: any ScriptEngine, name: String = "agents", timeToLive: Duration = Self.defaultTimeToLive,
        limits: StateLimits = StateLimits(), messageLimits: MessageLimits = MessageLimits(),
        keySpace: KeySpace = .standard, encoder: JSONEncoder = JSONEncoder(), decoder: JSONDecoder = JSONDecoder()
    ) throws(StateError) {
        try messageLimits.validate()
        self.settings = try StateSettings(
            engine: engine, limits: limits, timeToLive: timeToLive, encoder: encoder, decoder: decoder)
        self.timeToLive = timeToLive
        self.messageLimits = messageLimits
        self.states = try StateSettings.family("st", name: name, in: keySpace)
        self.messages = try StateSettings.family("ms", name: name, in: keySpace)
    }

    // MARK: State

    /// Replaces a conversation's state by a value, and makes it if there is none. Messages stay.
    ///
    /// - Parameters:
    ///   - state: A value that is an object in JSON.
    ///   - conversation: The conversation.
    ///   - condition: When to do it.
    /// - Returns: The state's new version.
    /// - Throws: ``StateError``.
    /// - Complexity: One round trip; O(length of the JSON, and of what is replaced).
    @discardableResult
    public func store(
        _ state: some Encodable, for conversation: ConversationID, if condition: StateCondition = .always
    ) async throws(StateError) -> Int {
        let changes = try settings.settingMembers(of: state)
        return try await document(of: conversation).update(.replace, changes, if: condition).version
    }

    /// Reads a conversation's state.
    ///
    /// - Parameters:
    ///   - type: What to read it as. Members that the type does not know are left out.
    ///   - conversation: The conversation.
    /// - Returns: The state and its version; `nil` when there is none. The conversation does not live longer for it.
    /// - Throws: ``StateError``; ``StateError/notDecodable(_:)`` when the state is of another type, or damaged.
    /// - Complexity: One round trip; O(length of the JSON).
    public func state<State: Decodable>(
        _ type: State.Type, of conversation: ConversationID
    ) async throws(StateError) -> StoredState<State>? {
        guard let snapshot = try await document(of: conversation).read() else { return nil }
        return StoredState(value: try settings.decode(snapshot.members, as: type), version: snapshot.version)
    }

    /// Sets the members of a value in a conversation's state; its other members stay.
    ///
    /// A member that is an object or an array is replaced as a whole.
    ///
    /// - Parameters:
    ///   - members: A value that is an object in JSON. An optional that is `nil` is usually not encoded and changes
    ///     nothing; see ``StateChanges/remove(_:)``.
    ///   - conversation: The conversation.
    ///   - condition: When to do it. By default a state that is not there is made.
    /// - Returns: The state's new version.
    /// - Throws: ``StateError``.
    /// - Complexity: One round trip; O(length of the JSON).
    @discardableResult
    public func merge(
        _ members: some Encodable, into conversation: ConversationID, if condition: StateCondition = .always
    ) async throws(StateError) -> Int {
        let changes = try settings.settingMembers(of: members)
        return try await document(of: conversation).update(.merge, changes, if: condition).version
    }

    /// Sets, removes and increments members of a conversation's state: all of it or, when something is refused, nothing.
    ///
    /// - Parameters:
    ///   - conversation: The conversation.
    ///   - condition: When to do it. By default a state that is not there is made.
    ///   - change: Says what to change.
    /// - Returns: The state's new version, and the sums.
    /// - Throws: ``StateError``.
    /// - Complexity: One round trip; O(length of the changes, and of what they replace).
    @discardableResult
    public func update(
        _ conversation: ConversationID, if condition: StateCondition = .always,
        _ change: (inout StateChanges) -> Void
    ) async throws(StateError) -> StateUpdate {
        try await document(of: conversation).update(.merge, try settings.encode(change), if: condition)
    }

    /// Adds to a member that is an integer, or is missing and counts as 0 then.
    ///
    /// - Returns: The sum.
    /// - Throws: ``StateError``; ``StateError/notAnInteger`` when it is none, or the sum is more than 2^53 - 1 in
    ///   magnitude.
    /// - Complexity: One round trip; O(1).
    @discardableResult
    public func increment(
        _ member: String, by amount: Int = 1, of conversation: ConversationID, if condition: StateCondition = .always
    ) async throws(StateError) -> Int {
        let update = try await update(conversation, if: condition) { $0.increment(member, by: amount) }
        guard let sum = update.sums.first else { throw StateDocument.unexpectedReply }
        return sum
    }

    /// Changes a state in a way that depends on what it is: reads it, changes it here, and writes what has become
    /// different if nobody else has changed it meanwhile; then all again, four times at most.
    ///
    /// ``merge(_:into:if:)`` and ``update(_:if:_:)`` need no second attempt: prefer them where they do.
    ///
    /// - Parameters:
    ///   - type: The state's type. Members that it does not know stay as they are.
    ///   - conversation: The conversation.
    ///   - initial: What to change when there is no state.
    ///   - change: The change. May run more than once. What it throws is thrown, and nothing is written.
    /// - Returns: The state that was written, and its version.
    /// - Throws: ``StateError``, ``StateError/contention(attempts:)`` among them.
    /// - Complexity: Two round trips for each attempt; O(length of the JSON).
    @discardableResult
    public func modify<State: Codable>(
        _ type: State.Type, of conversation: ConversationID, creating initial: State? = nil,
        _ change: (inout State) throws(StateError) -> Void
    ) async throws(StateError) -> StoredState<State> {
        try await document(of: conversation).modify(type, creating: initial, change)
    }

    // MARK: Life

    /// Lets a conversation live on for ``timeToLive`` from now, without changing it.
    ///
    /// - Returns: Whether there is such a conversation.
    /// - Throws: ``StateError/engine(_:)``.
    /// - Complexity: One round trip.
    @discardableResult
    public func touch(_ conversation: ConversationID) async throws(StateError) -> Bool {
        try await document(of: conversation).touch()
    }

    /// Deletes a conversation's state and its messages.
    ///
    /// - Returns: Whether there was such a conversation.
    /// - Throws: ``StateError/engine(_:)``.
    /// - Complexity: One round trip; O(number of members and messages).
    @discardableResult
    public func delete(_ conversation: ConversationID) async throws(StateError) -> Bool {
        try await document(of: conversation).delete()
    }

    /// The keys that hold a conversation, for those who look at the keyspace themselves. They share a hash tag.
    public func keys(
        of conversation: ConversationID
    ) throws(StateError) -> (state: RedisKey, messages: RedisKey) {
        let tag = conversation.tag
        do { return (try states.key(tag: tag), try messages.key(tag: tag)) } catch { throw .invalidIdentifier(tag) }
    }

    private func document(of conversation: ConversationID) throws(StateError) -> StateDocument {
        let keys = try keys(of: conversation)
        return StateDocument(settings: settings, key: keys.state, companions: [keys.messages])
    }
}
