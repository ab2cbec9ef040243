import Perilune

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What one request knows of its session, and what its client is to be told: without the store, and without waiting.
///
/// Calls of one request may overlap. What was read is kept only if nothing has changed meanwhile, and a new token only
/// if the one that it replaces is still the request's: of two changes at once one counts.
struct SessionSlot<Value: Sendable>: Sendable {
    /// What is known of the session that the token leads to.
    enum Knowledge: Sendable {
        case unknown
        case nothing
        case session(Session<Value>)
    }

    /// What the request came with.
    let credential: SessionCredential
    /// The token that leads to the session now.
    private(set) var token: SessionToken?
    /// What is known of the session.
    private(set) var knowledge: Knowledge
    /// How often something has changed.
    private(set) var changes = 0
    /// Whether the answer depends on the session.
    var isUsed = false
    /// Whether the answer has left: its client cannot be told anything any more.
    private(set) var isClosed = false
    private var news: SessionNews?
    /// Whether there is something to tell the client.
    var hasNews: Bool { news != nil }

    init(_ credential: SessionCredential = SessionCredential()) {
        self.credential = credential
        token = credential.token
        knowledge = credential.token == nil ? .nothing : .unknown
    }

    /// Notes what was read.
    ///
    /// - Parameter changes: The ``changes`` from before it was read.
    mutating func note(_ session: Session<Value>?, since changes: Int) {
        guard changes == self.changes else { return }
        knowledge = session.map(Knowledge.session) ?? .nothing
    }

    /// Notes that the session has changed: it has to be read again.
    mutating func noteChange() {
        changes += 1
        if token != nil { knowledge = .unknown }
    }

    /// Notes that the session has changed, and what it is now; `nil` when it has to be read again.
    ///
    /// - Parameter changes: The ``changes`` from before it was changed.
    mutating func noteChange(to session: Session<Value>?, since changes: Int) {
        let isLatest = changes == self.changes
        noteChange()
        if let session, isLatest { knowledge = .session(session) }
    }

    /// Takes a session that has just got its token for the request's.
    ///
    /// - Parameters:
    ///   - new: The session.
    ///   - old: The request's ``token`` when that was asked for.
    /// - Returns: Whether its client will be told. If not, nobody can ever use the session.
    mutating func take(_ new: NewSession<Value>, replacing old: SessionToken?) -> Bool {
        guard !isClosed, token?.text == old?.text else { return false }
        changes += 1
        token = new.token
        knowledge = .session(new.session)
        news = .token(new.token, maxAge: Self.secondsLeft(new.session.summary))
        return true
    }

    /// Notes that the request has no session any more, if a token is still the one that led to it.
    ///
    /// - Returns: The token that leads to it if that is another one by now: its session has not ended.
    mutating func end(ofToken ended: SessionToken?) -> SessionToken? {
        if let token, token.text != ended?.text { return token }
        token = nil
        changes += 1
        knowledge = .nothing
        // A client that had no token, and was not told one, has none to forget.
        news = credential.isPresent ? .end : nil
        return nil
    }

    /// Notes that the answer leaves.
    ///
    /// - Returns: What its client is to be told.
    mutating func close() -> SessionNews? {
        isClosed = true
        return news
    }

    /// What is left to a session's deadline in seconds, rounded up: from when it was last seen, which is now when it has
    /// just got a token. If that is not known, from when it began: so no cookie ends before its session does.
    static func secondsLeft(_ summary: SessionSummary) -> Int {
        let seconds = summary.deadline.timeIntervalSince(summary.lastSeen ?? summary.created).rounded(.up)
        // The longest lifetime that a store takes is ten years.
        return Int(min(max(seconds, 0), 315_360_000))
    }
}
