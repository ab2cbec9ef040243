/// A conversation with an agent.
///
/// Two are the same when the UTF-8 bytes of both parts are.
public struct ConversationID: Sendable {
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

extension ConversationID: Hashable {
    // Swift compares strings by canonical equivalence ("é" in one scalar equals "é" in two); keys are bytes.
    public static func == (lhs: ConversationID, rhs: ConversationID) -> Bool {
        lhs.agent.utf8.elementsEqual(rhs.agent.utf8) && lhs.conversation.utf8.elementsEqual(rhs.conversation.utf8)
    }

    public func hash(into hasher: inout Hasher) {
        var tag = tag
        tag.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
