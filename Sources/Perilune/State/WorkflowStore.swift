public import PeriluneCore

#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

/// A workflow as it was read.
public struct StoredWorkflow<Value> {
    /// The workflow's data.
    public let data: Value
    /// Where the workflow is; `nil` when it was stored without a step.
    public let step: String?
    /// The version by which a later change can tell that nobody else has changed the workflow since; see
    /// ``StateCondition/version(_:)``.
    public let version: Int
}

extension StoredWorkflow: Sendable where Value: Sendable {}
extension StoredWorkflow: Equatable where Value: Equatable {}
extension StoredWorkflow: Hashable where Value: Hashable {}

/// The data of workflows, and the steps they are at.
///
/// ```swift
/// let workflows = try WorkflowStore(engine: engine)
/// try await workflows.store(Report(region: "north"), for: "w-1", at: "collect")
/// try await workflows.advance("w-1", from: "collect", to: "analyse") { $0.set("samples", to: 12) }
/// ```
///
/// Every call is one atomic step. Of several workers that advance a workflow from the same step, one does. The data is an
/// object in JSON whose members are kept by themselves, so that writers who change different ones lose nothing.
///
/// A workflow lives for ``timeToLive`` from its last change. Reading does not prolong it; ``touch(_:)`` does.
public struct WorkflowStore: Sendable {
    /// As long as a session lasts without activity: half an hour.
    public static let defaultTimeToLive: Duration = .seconds(30 * 60)

    /// How long a workflow lives after a change.
    public let timeToLive: Duration
    /// How large a workflow's data may become.
    public var limits: StateLimits { settings.limits }

    let settings: StateSettings
    private let family: KeyFamily

    /// Creates a store.
    ///
    /// - Parameters:
    ///   - engine: Where workflows are kept.
    ///   - name: The store's name in keys: 1 to 64 of the characters `A-Z a-z 0-9 . _ -`. Stores of different names share
    ///     nothing.
    ///   - timeToLive: How long a workflow lives after a change: up to ten years, rounded up to milliseconds.
    ///   - limits: How large a workflow's data may become.
    ///   - keySpace: How keys are named.
    ///   - encoder: Makes JSON of values. Must not be changed any more.
    ///   - decoder: Makes values of JSON. Must not be changed any more.
    /// - Throws: ``StateError/invalidSetting(_:)``.
    public init(
        engine: any ScriptEngine, name: String = "workflows", timeToLive: Duration = Self.defaultTimeToLive,
        limits: StateLimits = StateLimits(), keySpace: KeySpace = .standard, encoder: JSONEncoder = JSONEncoder(),
        decoder: JSONDecoder = JSONDecoder()
    ) throws(StateError) {
        self.settings = try StateSettings(
            engine: engine, limits: limits, timeToLive: timeToLive, encoder: encoder, decoder: decoder)
        self.timeToLive = timeToLive
        self.family = try StateSettings.family("wf", name: name, in: keySpace)
    }

    // MARK: Data

    /// Replaces a workflow's data and its step, and makes it if there is none.
    ///
    /// - Parameters:
    ///   - data: A value that is an object in JSON.
    ///   - workflow: The workflow: any text of 1 to 256 bytes in UTF-8.
    ///   - step: The step it is at then: 1 to 256 bytes in UTF-8; `nil` for none.
    ///   - condition: When to do it.
    /// - Returns: The workflow's new version.
    /// - Throws: ``StateError``.
    /// - Complexity: One round trip; O(length of the JSON, and of what is replaced).
    @discardableResult
    public func store(
        _ data: some Encodable, for workflow: String, at step: String? = nil, if condition: StateCondition = .always
    ) async throws(StateError) -> Int {
        var changes = try settings.settingMembers(of: data)
        if let step { changes.append(("set", StateDocument.stepField, try Self.text(of: step))) }
        return try await document(of: workflow).update(.replace, changes, if: condition).version
    }

    /// Reads a workflow.
    ///
    /// - Parameters:
    ///   - type: What to read the data as. Members that the type does not know are left out.
    ///   - workflow: The workflow.
    /// - Returns: The data, the step and the version; `nil` when there is no such workflow. It does not live longer for
    ///   it.
    /// - Throws: ``StateError``; ``StateError/notDecodable(_:)`` when the data is of another type, or damaged.
    /// - Complexity: One round trip; O(length of the JSON).
    public func workflow<Value: Decodable>(
        _ type: Value.Type, for workflow: String
    ) async throws(StateError) -> StoredWorkflow<Value>? {
        guard let snapshot = try await document(of: workflow).read() else { return nil }
        let data = try settings.decode(snapshot.members, as: type)
        return StoredWorkflow(data: data, step: snapshot.step, version: snapshot.version)
    }

    /// Sets the members of a value in a workflow's data; its other members and its step stay.
    ///
    /// A member that is an object or an array is replaced as a whole.
    ///
    /// - Parameters:
    ///   - members: A value that is an object in JSON. An optional that is `nil` is usually not encoded and changes
    ///     nothing; see ``StateChanges/remove(_:)``.
    ///   - workflow: The workflow.
    ///   - condition: When to do it. By default there has to be such a workflow.
    /// - Returns: The workflow's new version.
    /// - Throws: ``StateError``.
    /// - Complexity: One round trip; O(length of the JSON).
    @discardableResult
    public func merge(
        _ members: some Encodable, into workflow: String, if condition: StateCondition = .ifPresent
    ) async throws(StateError) -> Int {
        let changes = try settings.settingMembers(of: members)
        return try await document(of: workflow).update(.merge, changes, if: condition).version
    }

    /// Sets, removes and increments members of a workflow's data: all of it or, when something is refused, nothing.
    ///
    /// - Parameters:
    ///   - workflow: The workflow.
    ///   - condition: When to do it. By default there has to be such a workflow.
    ///   - change: Says what to change.
    /// - Returns: The workflow's new version, and the sums.
    /// - Throws: ``StateError``.
    /// - Complexity: One round trip; O(length of the changes, and of what they replace).
    @discardableResult
    public func update(
        _ workflow: String, if condition: StateCondition = .ifPresent, _ change: (inout StateChanges) -> Void
    ) async throws(StateError) -> StateUpdate {
        try await document(of: workflow).update(.merge, try settings.encode(change), if: condition)
    }

    /// Changes the data in a way that depends on what it is; see ``AgentStateStore/modify(_:of:creating:_:)``.
    ///
    /// - Parameters:
    ///   - type: The data's type. Members that it does not know stay as they are.
    ///   - workflow: The workflow, whose step stays.
    ///   - initial: What to change when there is no workflow.
    ///   - change: The change. May run more than once. What it throws is thrown, and nothing is written.
    /// - Returns: The data that was written, and the version.
    /// - Throws: ``StateError``, ``StateError/contention(attempts:)`` among them.
    /// - Complexity: Two round trips for each attempt, of which there are four at most; O(length of the JSON).
    @discardableResult
    public func modify<Value: Codable>(
        _ type: Value.Type, of workflow: String, creating initial: Value? = nil,
        _ change: (inout Value) throws(StateError) -> Void
    ) async throws(StateError) -> StoredState<Value> {
        try await document(of: workflow).modify(type, creating: initial, change)
    }

    // MARK: Steps

    /// Moves a workflow from one step to another, together with changes of its data: all of it, if it is at that step.
    ///
    /// - Parameters:
    ///   - workflow: The workflow.
    ///   - step: The step it has to be at; `nil` for none.
    ///   - next: The step it goes to: 1 to 256 bytes in UTF-8.
    ///   - condition: What else has to hold.
    ///   - change: Says what to change in the data.
    /// - Returns: The workflow's new version, and the sums.
    /// - Throws: ``StateError``; ``StateError/stepConflict(found:)`` when it is at another step, and
    ///   ``StateError/notFound`` when there is no such workflow. Nothing is changed then.
    /// - Complexity: One round trip; O(length of the changes, and of what they replace).
    @discardableResult
    public func advance(
        _ workflow: String, from step: String?, to next: String, if condition: StateCondition = .ifPresent,
        _ change: (inout StateChanges) -> Void = { _ in }
    ) async throws(StateError) -> StateUpdate {
        var all: [StateDocument.Change] = [
            ("expect", StateDocument.stepField, try step.map(Self.text(of:)) ?? []),
            ("set", StateDocument.stepField, try Self.text(of: next)),
        ]
        all += try settings.encode(change)
        return try await document(of: workflow).update(.merge, all, if: condition)
    }

    private static func text(of step: String) throws(StateError) -> [UInt8] {
        try StateSettings.validate(identifier: step)
        return Array(step.utf8)
    }

    // MARK: Life

    /// Lets a workflow live on for ``timeToLive`` from now, without changing it.
    ///
    /// - Returns: Whether there is such a workflow.
    /// - Throws: ``StateError``.
    /// - Complexity: One round trip.
    @discardableResult
    public func touch(_ workflow: String) async throws(StateError) -> Bool {
        try await document(of: workflow).touch()
    }

    /// Deletes a workflow.
    ///
    /// - Returns: Whether there was such a workflow.
    /// - Throws: ``StateError``.
    /// - Complexity: One round trip; O(number of members).
    @discardableResult
    public func delete(_ workflow: String) async throws(StateError) -> Bool {
        try await document(of: workflow).delete()
    }

    /// The key that holds a workflow, for those who look at the keyspace themselves.
    ///
    /// - Throws: ``StateError/invalidIdentifier(_:)``.
    public func key(of workflow: String) throws(StateError) -> RedisKey {
        try StateSettings.validate(identifier: workflow)
        do { return try family.key(tag: workflow) } catch { throw .invalidIdentifier(workflow) }
    }

    private func document(of workflow: String) throws(StateError) -> StateDocument {
        StateDocument(settings: settings, key: try key(of: workflow))
    }
}
