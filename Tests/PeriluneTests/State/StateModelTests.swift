import Perilune
import PeriluneCore
import PeriluneEmbedded
import PeriluneTestSupport
import Testing

/// Conversations against their definition in plain Swift, under random calls and steps of the clock.
@Suite struct StateModelTests {
    enum Value: Codable, Hashable, Sendable {
        case number(Int)
        case text(String)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(Int.self) {
                self = .number(number)
            } else {
                self = .text(try container.decode(String.self))
            }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .number(let number): try container.encode(number)
            case .text(let text): try container.encode(text)
            }
        }

        /// How long its JSON is.
        var bytes: Int {
            switch self {
            case .number(let number): "\(number)".utf8.count
            case .text(let text): text.utf8.count + 2
            }
        }
    }

    enum Change: Sendable {
        case set(String, Value)
        case remove(String)
        case increment(String, Int)
    }

    enum Step: Sendable {
        case advance(Int64)
        case store([String: Value], ifMissing: Bool)
        case update([Change], ifPresent: Bool)
        case append([Value])
        case touch
        case delete
    }

    enum Outcome: Equatable {
        case done
        case sums([Int])
        case last(Int)
        case answer(Bool)
        case refused(StateError)
        case conflict
    }

    /// What a conversation is.
    struct Model {
        static let limits = StateLimits(members: 4, bytes: 60)
        static let messageLimits = MessageLimits(count: 5, bytes: 24)
        static let timeToLive: Int64 = 10_000_000

        var members: [String: Value]?
        var messages: [StoredValue] = []
        var sequence = 0
        var deadline: Int64?

        struct StoredValue: Equatable {
            let sequence: Int
            let content: Value
        }

        mutating func run(_ step: Step, now: Int64) -> Outcome {
            // A key whose time has come is still there; one whose time has passed is not.
            if let deadline, now / 1_000 > deadline { self = Model() }
            let outcome = apply(step)
            let isWrite =
                switch outcome {
                case .done, .sums, .last, .answer(true): true
                case .refused, .conflict, .answer(false): false
                }
            if isWrite, deadline != nil || members != nil || sequence > 0 { deadline = (now + Self.timeToLive) / 1_000 }
            return outcome
        }

        private mutating func apply(_ step: Step) -> Outcome {
            switch step {
            case .advance: return .refused(.notFound)
            case .touch: return .answer(deadline != nil)
            case .delete:
                let was = deadline != nil
                self = Model()
                return .answer(was)
            case .store(let value, let ifMissing):
                if ifMissing, members != nil { return .conflict }
                guard fits(value, instead: members ?? [:]) else { return .refused(.tooLarge) }
                members = value
                return .done
            case .update(let changes, let ifPresent):
                guard members != nil || !ifPresent else { return .refused(.notFound) }
                var changed = members ?? [:]
                var sums: [Int] = []
                for change in changes {
                    switch change {
                    case .set(let name, let value): changed[name] = value
                    case .remove(let name): changed[name] = nil
                    case .increment(let name, let amount):
                        guard case .number(let number) = changed[name] ?? .number(0) else {
                            return .refused(.notAnInteger)
                        }
                        sums.append(number + amount)
                        changed[name] = .number(number + amount)
                    }
                }
                guard fits(changed, instead: members ?? [:]) else { return .refused(.tooLarge) }
                members = changed
                return .sums(sums)
            case .append(let values):
                if let long = values.first(where: { $0.bytes > Self.messageLimits.bytes }) {
                    return .refused(.messageTooLong(bytes: long.bytes))
                }
                for value in values {
                    sequence += 1
                    messages.append(StoredValue(sequence: sequence, content: value))
                }
                while messages.count > Self.messageLimits.count
                    || messages.reduce(0, { $0 + $1.content.bytes }) > Self.messageLimits.bytes
                {
                    messages.removeFirst()
                }
                return .last(sequence)
            }
        }

        private func fits(_ new: [String: Value], instead old: [String: Value]) -> Bool {
            func bytes(_ members: [String: Value]) -> Int {
                members.reduce(0) { $0 + $1.key.utf8.count + $1.value.bytes }
            }
            return (new.count <= Self.limits.members || new.count <= old.count)
                && (bytes(new) <= Self.limits.bytes || bytes(new) <= bytes(old))
        }
    }

    static func outcome(of step: Step, on agents: AgentStateStore, _ talk: ConversationID) async throws -> Outcome {
        do throws(StateError) {
            switch step {
            case .advance: return .refused(.notFound)
            case .touch: return .answer(try await agents.touch(talk))
            case .delete: return .answer(try await agents.delete(talk))
            case .store(let value, let ifMissing):
                try await agents.store(value, for: talk, if: ifMissing ? .ifMissing : .always)
                return .done
            case .update(let list, let ifPresent):
                let update = try await agents.update(talk, if: ifPresent ? .ifPresent : .always) { changes in
                    for change in list {
                        switch change {
                        case .set(let name, let value): changes.set(name, to: value)
                        case .remove(let name): changes.remove(name)
                        case .increment(let name, let amount): changes.increment(name, by: amount)
                        }
                    }
                }
                return .sums(update.sums)
            case .append(let values): return .last(try await agents.append(values, to: talk))
            }
        } catch {
            if case .versionConflict = error { return .conflict }
            return .refused(error)
        }
    }

    static func step(_ generator: inout SeededGenerator) -> Step {
        func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
        func value() -> Value {
            number(0...1) == 0 ? .number(number(-200...200)) : .text(String(repeating: "x", count: number(0...24)))
        }
        func name() -> String { ["a", "b", "", "é", "long name", "n{0}"][number(0...5)] }
        switch number(0...19) {
        case 0: return .delete
        case 1: return .touch
        case 2..<5: return .advance(Int64(number(0...9_000_000)))
        case 5: return .advance(Int64(number(0...30_000_000)))
        case 6..<9:
            return .store(
                Dictionary((0..<number(0...5)).map { _ in (name(), value()) }) { $1 }, ifMissing: number(0...2) == 0)
        case 9..<13: return .append((0...number(0...6)).map { _ in value() })
        default:
            let changes = (0..<number(0...4)).map { _ -> Change in
                switch number(0...3) {
                case 0: .remove(name())
                case 1: .increment(name(), number(-9...9))
                default: .set(name(), value())
                }
            }
            return .update(changes, ifPresent: number(0...2) == 0)
        }
    }

    @Test func conversationsAreWhatTheirDefinitionSays() async throws {
        let property = Property(generate: Self.step) { steps in
            let clock = ManualClock(microseconds: 1_700_000_000_000_700)
            let agents = try AgentStateStore(
                engine: EmbeddedEngine(clock: clock), timeToLive: .microseconds(Model.timeToLive), limits: Model.limits,
                messageLimits: Model.messageLimits)
            let talk = try ConversationID(agent: "a", conversation: "c")
            var model = Model()
            var version = 0
            for step in steps {
                if case .advance(let time) = step { clock.advance(by: .microseconds(time)) }
                let expected = model.run(step, now: clock.microseconds)
                let outcome = try await Self.outcome(of: step, on: agents, talk)
                if outcome != expected { return "\(step): \(outcome) instead of \(expected)" }
                let state = try await agents.state([String: Value].self, of: talk)
                if state?.value != model.members { return "\(step): \(String(describing: state)) instead of \(model)" }
                let messages = try await agents.messages(Value.self, of: talk)
                let read = messages.map { Model.StoredValue(sequence: $0.sequence, content: $0.content) }
                if read != model.messages { return "\(step): \(read) instead of \(model)" }
                let after = try await agents.messages(Value.self, of: talk, after: model.sequence - 2, limit: 1)
                if after.first?.content != model.messages.first(where: { $0.sequence > model.sequence - 2 })?.content {
                    return "\(step): \(after) instead of \(model)"
                }
                // No version comes back while the clock moves; here it may stand still.
                if state == nil { version = 0 }
                if let state {
                    let isChange = expected == .done || { if case .sums = expected { true } else { false } }()
                    if isChange ? state.version <= version : state.version != version {
                        return "\(step): version \(state.version) after \(version)"
                    }
                    version = state.version
                }
            }
            return nil
        }
        try await property.verify()
    }
}
