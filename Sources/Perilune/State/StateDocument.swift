import PeriluneCore

/// One state in the keyspace: what stores of conversations and of workflows have in common.
///
/// A hash holds one member a field; see the script `state.update`.
struct StateDocument {
    /// A change as the script takes it.
    typealias Change = (kind: String, field: String, value: [UInt8])

    /// What the script makes of the members that are there.
    enum Operation: String {
        case merge, replace
    }

    /// A document as it is stored.
    struct Snapshot {
        let version: Int
        let members: [JSONMembers.Member]
        /// What a workflow keeps besides its members.
        let step: String?
    }

    /// The field of a workflow's step. No member is called like this: names with NUL are refused.
    static let stepField = "\0s"

    let settings: StateSettings
    let key: RedisKey
    /// The document's other keys.
    var companions: [RedisKey] = []

    // MARK: Reading

    /// - Returns: `nil` when there is no such document.
    func read() async throws(StateError) -> Snapshot? {
        let fields: [RedisReply]
        do {
            let command = RedisCommand("HGETALL", [key.argument], isRepeatable: true)
            fields = try await settings.engine.run(TypedCommand(command, expecting: "an array", decode: \.array))
        } catch { throw .engine(error) }
        var version: Int?
        var members: [JSONMembers.Member] = []
        var step: String?
        members.reserveCapacity(fields.count / 2)
        for index in stride(from: 0, to: fields.count - 1, by: 2) {
            guard let field = fields[index].string, let value = fields[index + 1].bytes else {
                throw .notDecodable("a field's name is not text")
            }
            if field.utf8.first != 0 {
                members.append(JSONMembers.Member(name: field, value: value))
            } else if field == "\0" {
                version = Int(String(decoding: value.prefix { $0 != 0x20 }, as: UTF8.self))
                guard version != nil else { throw .notDecodable("the version is not a number") }
            } else if field == Self.stepField {
                step = String(decoding: value, as: UTF8.self)
            }
        }
        return version.map { Snapshot(version: $0, members: members, step: step) }
    }

    // MARK: Writing

    /// Runs `state.update`.
    func update(
        _ operation: Operation, _ changes: [Change], if condition: StateCondition
    ) async throws(StateError) -> StateUpdate {
        guard changes.count <= StateSettings.mostChanges else { throw .tooLarge }
        let reply: RedisReply
        do {
            reply = try await Scripts.State.Update.call(
                on: settings.engine, document: key, companions: companions, operation: operation.rawValue,
                condition: condition.word, ttl: settings.milliseconds, fields: settings.limits.members,
                bytes: settings.limits.bytes, changes: changes)
        } catch {
            switch error.serverError?.code {
            case "FULL": throw .tooLarge
            case "NOTINT": throw .notAnInteger
            default: throw .engine(error)
            }
        }
        guard let elements = reply.array, let version = elements.first?.integer else { throw Self.unexpectedReply }
        if version > 0 {
            let sums = elements.dropFirst().compactMap(\.integer)
            guard sums.count == changes.count(where: { $0.kind == "increment" }), sums.count == elements.count - 1
            else {
                throw Self.unexpectedReply
            }
            return StateUpdate(version: version, sums: sums)
        }
        if version == 0 { throw .notFound }
        // Only a workflow's step is ever expected.
        if elements.count > 1 { throw .stepConflict(found: elements[1].string) }
        throw .versionConflict(found: Int(clamping: version.magnitude))
    }

    static var unexpectedReply: StateError {
        .engine(EngineError(.unexpectedReply, "state.update answered with no version and sums", mayHaveRun: true))
    }

    /// Lets a document and its companions live on from now, without changing it.
    ///
    /// - Returns: Whether there is anything.
    func touch() async throws(StateError) -> Bool {
        // The document last, so that nothing outlives it.
        let commands = (companions + [key]).map {
            RedisCommand("PEXPIRE", [$0.argument, .integer(settings.milliseconds)])
        }
        do throws(EngineError) {
            let replies = try await settings.engine.transaction(commands)
            for case .error(let error) in replies { throw EngineError(error) }
            return replies.contains(.integer(1))
        } catch { throw .engine(error) }
    }

    /// Deletes all keys.
    ///
    /// - Returns: Whether there was any.
    func delete() async throws(StateError) -> Bool {
        do {
            let command = RedisCommand("DEL", ([key] + companions).map(\.argument))
            return try await settings.engine.run(TypedCommand(command, expecting: "an integer", decode: \.integer)) > 0
        } catch { throw .engine(error) }
    }
}
