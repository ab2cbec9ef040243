import HTTPTypes
import PeriluneCore

/// What an answer owes to the session of its request.
struct SessionUse: Sendable {
    /// The field of the request by which the session is found.
    let field: HTTPField.Name
    /// Whether the answer would be another one without the session, or with another.
    let isDependent: Bool
    /// Whether the answer tells the client a token, or that it has none any more.
    let tellsToken: Bool
}

/// The sessions that a request passes by on its way to its handler.
///
/// A ``SessionMiddleware`` adds `Vary` when the answer passes it on its way back. A ``ResponseCacheMiddleware`` behind it sees
/// the answer before that. So the former says here whose session there is, and the latter looks what became of it, whichever
/// comes first.
final class SessionUses: Sendable {
    /// Those of the request that is under way.
    @TaskLocal static var current: SessionUses?

    private let looks = Locked<[@Sendable () -> SessionUse?]>([])

    /// Runs what answers a request, and lets those know of its session who look.
    ///
    /// - Parameter session: The place of the session of the request.
    static func noting<Value: Codable & Sendable, Answer>(
        in session: SessionContext<Value>, _ answer: () async throws -> Answer
    ) async throws -> Answer {
        let look: @Sendable () -> SessionUse? = { session.use }
        if let current {
            current.looks.withLock { $0.append(look) }
            return try await answer()
        }
        let uses = SessionUses()
        uses.looks.withLock { $0.append(look) }
        return try await uses.collecting(answer)
    }

    /// Runs what answers a request, and notes the sessions that it may use.
    func collecting<Answer>(_ answer: () async throws -> Answer) async throws -> Answer {
        try await Self.$current.withValue(self) { try await answer() }
    }

    /// The fields that the answer depends on because of sessions, by their names in lower case.
    var fields: Set<String> {
        Set(all.filter(\.isDependent).map(\.field.canonicalName))
    }

    /// Whether others may have the answer if they say the same in some fields.
    ///
    /// - Parameter names: The names in the answer's `Vary`, in lower case.
    func allowSharing(varyingBy names: [String]) -> Bool {
        all.allSatisfy { use in
            !use.tellsToken && (!use.isDependent || names.contains(use.field.canonicalName))
        }
    }

    private var all: [SessionUse] { looks.withLock { $0 }.compactMap { $0() } }
}
