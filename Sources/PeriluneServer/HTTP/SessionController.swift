import HTTPTypes
import Hummingbird
import Perilune
import PeriluneHummingbird

/// The operations on sessions.
struct SessionController: Sendable {
    let sessions: SessionAdministration
    let failures: EngineFailures

    var routes: [Route] {
        [
            Route(.get, "/api/v1/cache/session/:session_id", scope: .read, show),
            Route(.delete, "/api/v1/cache/session/:session_id", scope: .admin, revoke),
            Route(.get, "/api/v1/users/:id/sessions", scope: .read, list),
            Route(.delete, "/api/v1/users/:id/sessions", scope: .admin, revokeAll),
            Route(.get, "/api/v1/sessions/stats", scope: .read, statistics),
            Route(.get, "/api/v1/sessions/events", scope: .read, events),
        ]
    }

    // MARK: One session

    private func show(_ request: Request, _ context: ManagementContext) async throws -> Response {
        let id = try Self.sessionID(request.pathParameter("session_id", context), named: "session_id")
        let session = try await failures.reported(to: context.logger) { () async throws(SessionError) in
            try await sessions.session(id)
        }
        guard let session else { throw Self.noSession }
        return Response(json: .object(members(of: session, for: context.scope, withData: true)))
    }

    private func revoke(_ request: Request, _ context: ManagementContext) async throws -> Response {
        let id = try Self.sessionID(request.pathParameter("session_id", context), named: "session_id")
        let wasThere = try await failures.reported(to: context.logger) { () async throws(SessionError) in
            try await sessions.revoke(id)
        }
        guard wasThere else { throw Self.noSession }
        return Response(status: .noContent, headers: [.cacheControl: "no-store"])
    }

    private static let noSession = Problem(
        .notFound, "There is no such session: it has ended, or there never was one.")

    /// Reads the id of a session. What is none is not shown, for it may be somebody's token.
    private static func sessionID(_ text: String, named name: String) throws(Problem) -> SessionID {
        do {
            return try SessionID(text)
        } catch {
            let wanted = "the number of its shard, a dot and 22 characters"
            guard !text.hasPrefix("v1.") else {
                throw Problem(
                    .badRequest,
                    "\(name): a session's token, which is its client's secret and belongs in no URL; "
                        + "wanted is the session's id: \(wanted).")
            }
            throw Problem(.badRequest, "\(name): not the id of a session, which is \(wanted).")
        }
    }

    // MARK: The sessions of a user

    private func list(_ request: Request, _ context: ManagementContext) async throws -> Response {
        let user = try request.pathParameter("id", context)
        let all = try await failures.reported(to: context.logger) { () async throws(SessionError) in
            try await sessions.sessions(of: user)
        }
        return Response(
            json: [
                "user": .string(user),
                "sessions": .array(all.map { .object(members(of: $0, for: context.scope, withData: false)) }),
            ])
    }

    private func revokeAll(_ request: Request, _ context: ManagementContext) async throws -> Response {
        let user = try request.pathParameter("id", context)
        let except = try Self.exception(in: request)
        let count = try await failures.reported(to: context.logger) { () async throws(SessionError) in
            try await sessions.revokeAll(of: user, except: except)
        }
        return Response(json: ["revoked": .integer(count)])
    }

    /// The session that is to stay. Another parameter is refused: a misspelt one would end the session that it names.
    private static func exception(in request: Request) throws(Problem) -> SessionID? {
        var except: SessionID?
        for (name, value) in request.uri.queryParameters where !name.isEmpty {
            guard name == "except", except == nil else {
                throw Problem(.badRequest, "The one parameter here is except, and it may be given once.")
            }
            except = try sessionID(String(value), named: "except")
        }
        return except
    }

    // MARK: All sessions

    private func statistics(_ request: Request, _ context: ManagementContext) async throws -> Response {
        let statistics = try await failures.reported(to: context.logger) { () async throws(SessionError) in
            try await sessions.statistics()
        }
        return Response(json: JSONValue(statistics))
    }

    /// Tells which sessions have ended, so many of each shard; those of one answer in the order of time.
    private func events(_ request: Request, _ context: ManagementContext) async throws -> Response {
        let query = request.uri.queryParameters
        guard let position = SessionEventPosition(query.get("after") ?? "") else {
            throw Problem(.badRequest, "after: not what an answer before has as next.")
        }
        let most = 100
        let limit = query.get("limit").map { Int($0) } ?? 10
        guard let limit, (1...most).contains(limit) else {
            throw Problem(.badRequest, "limit: not a number from 1 to \(most) of events of each shard.")
        }
        let (events, next) = try await failures.reported(to: context.logger) { () async throws(SessionError) in
            try await sessions.events(after: position, limit: limit)
        }
        return Response(
            json: [
                "events": .array(events.sorted { $0.time < $1.time }.map { JSONValue($0) }),
                "next": .string(next.description),
            ])
    }

    // MARK: What is shown

    /// A session as a caller may see it: its device and its data with the admin scope alone.
    private func members(
        of session: StoredSession, for scope: AccessTokens.Scope?, withData: Bool
    ) -> [JSONValue.Member] {
        let known = JSONValue.members(of: session)
        guard scope == .admin else { return known }
        var opened: [JSONValue.Member] = []
        var unreadable: [JSONValue.Member] = []
        do {
            let device = try sessions.device(of: session)
            opened.append(.init(name: "device", value: device.map { JSONValue($0) } ?? .null))
        } catch {
            unreadable.append(.init(name: "device", value: .string(Self.reason(error))))
        }
        if withData {
            do {
                opened.append(.init(name: "data", value: .text(try sessions.data(of: session))))
            } catch {
                unreadable.append(.init(name: "data", value: .string(Self.reason(error))))
            }
        }
        if !unreadable.isEmpty { opened.append(.init(name: "unreadable", value: .object(unreadable))) }
        return known + opened
    }

    /// Why something cannot be read, and which setting is about it.
    private static func reason(_ error: SessionError) -> String {
        switch error {
        case .unknownKey(let id): "sealed with the key \(id), which is not in sessions.encryption_keys"
        case .notSealed: "not sealed, although there are sessions.encryption_keys"
        case .notDecodable(let reason): reason
        default: error.description
        }
    }
}
