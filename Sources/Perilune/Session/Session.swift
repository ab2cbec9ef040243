#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

/// A session as it was when it was read.
public struct Session<Value: Sendable>: Sendable {
    /// What is known of it without its data.
    public let summary: SessionSummary
    /// The version of the data: 1 at first, 1 more with every change.
    public let version: Int
    /// The data.
    public let value: Value

    /// The public name.
    public var id: SessionID { summary.id }
    /// Whose it is; `nil` for nobody's.
    public var user: String? { summary.user }
}

/// A session that has just got its token.
public struct NewSession<Value: Sendable>: Sendable {
    /// The session.
    public let session: Session<Value>
    /// For the client alone.
    public let token: SessionToken
}

/// What is known of a session without its data. Times are the engine's.
public struct SessionSummary: Sendable, Hashable {
    /// The public name.
    public let id: SessionID
    /// Whose it is; `nil` for nobody's.
    public let user: String?
    /// What the client is; `nil` when nothing was told.
    public let device: SessionDevice?
    /// When it began.
    public let created: Date
    /// When it ends in any case.
    public let deadline: Date
    /// How long it lives unused.
    public let idleTimeout: Duration
    /// When it was last used; `nil` when that was not looked at, because reading it was the use.
    public let lastSeen: Date?

    /// When it ends unless it is used again: `nil` when ``lastSeen`` is.
    public var expires: Date? {
        lastSeen.map { min($0.addingTimeInterval(idleTimeout / .seconds(1)), deadline) }
    }
}

extension SessionSummary {
    /// - Parameter lastSeen: In milliseconds since 1970.
    init(_ record: SessionRecord, id: SessionID, device: SessionDevice?, lastSeen: Int?) {
        func date(_ milliseconds: Int) -> Date { Date(timeIntervalSince1970: Double(milliseconds) / 1_000) }
        self.init(
            id: id, user: record.user, device: device, created: date(record.created), deadline: date(record.deadline),
            idleTimeout: .milliseconds(record.idle), lastSeen: lastSeen.map(date))
    }
}
