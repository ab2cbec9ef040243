/// A conversation with an agent.
public struct ConversationID: Sendable, Hashable {
    /// The agent.
    public let agent: String
    /// The conversation; agents may use the same identifiers for theirs.
    public let conversation: String

    /// Creates an identifier.
    ///
    /// - Parameters:
    ///   - agent: Any text of 1 to 256 bytes in UTF-8.
    ///   - conversation: Any text of 1 to 256 bytes in UTF-8.
    /// - Throws: ``StateError/invalidIdentifier(_:)``.
    public init(agent: String, conversation: String) throws(StateError) {
        try StateSettings.validate(identifier: agent)
        try StateSettings.validate(identifier: conversation)
        self.agent = agent
        self.conversation = conversation
    }

    /// Both in one text, from which both can be told.
    var tag: String { "\(agent.utf8.count):\(agent)\(conversation)" }
}
