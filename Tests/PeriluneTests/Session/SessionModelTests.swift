import Perilune
import PeriluneTestSupport
import Testing

/// The store against a plain Swift model, under random interleavings and a moving clock.
@Suite struct SessionModelTests {
    @Test(arguments: SessionConfiguration.LimitPolicy.allCases)
    func answersAsTheModelDoes(_ policy: SessionConfiguration.LimitPolicy) async throws {
        try await Property(runs: 60, length: 150, generate: SessionStep.random) { steps in
            var run = try Run(policy)
            for (number, step) in steps.enumerated() {
                if let wrong = try await run.take(step) { return "step \(number), \(step): \(wrong)" }
                let immortal = try await run.harness.immortalKeys()
                guard immortal.isEmpty else { return "step \(number), \(step): without expiry: \(immortal)" }
            }
            return try await run.lastCheck()
        }
        .verify()
    }

    private struct Run {
        let harness: SessionHarness
        private var model: SessionModel
        /// By the model's indexes.
        private var sessions: [(token: SessionToken, id: SessionID)] = []

        init(_ policy: SessionConfiguration.LimitPolicy) throws {
            model = SessionModel(policy: policy)
            let limit = model.limit
            harness = try SessionHarness { configuration in
                configuration.idleTimeout = .seconds(1)
                configuration.lifetime = .seconds(3)
                configuration.shards = 2
                configuration.limit = .init(limit, policy: policy)
            }
        }

        mutating func take(_ step: SessionStep) async throws -> String? {
            let store = harness.store
            switch step {
            case .create(let user):
                let new = await result { () throws(SessionError) in
                    try await store.create(Visit(visits: 0), user: user.map(String.init))
                }
                return begin(new, user: user, hasRoom: model.makeRoom(user))
            case .touch(let index):
                guard let session = sessions[wrapping: index] else { return nil }
                let found = try await store.session(for: session.token)
                defer {
                    if model.isAlive(index % sessions.count) {
                        model.entries[index % sessions.count].lastSeen = model.now
                    }
                }
                return compare(found, index % sessions.count)
            case .peek(let index):
                guard let session = sessions[wrapping: index] else { return nil }
                return compare(try await store.peek(session.id), index % sessions.count)
            case .increment(let index, let expected):
                guard let session = sessions[wrapping: index] else { return nil }
                let index = index % sessions.count
                let version = await result { () throws(SessionError) in
                    try await store.update(session.id, expecting: expected) { changes throws(SessionError) in
                        try changes.increment("visits")
                    }
                }
                let found = model.entries[index].version
                if !model.isAlive(index) { return version == .failure(.notFound) ? nil : "\(version)" }
                if let expected, expected != found {
                    return version == .failure(.versionConflict(expected: expected, found: found)) ? nil : "\(version)"
                }
                model.entries[index].version += 1
                model.entries[index].count += 1
                return version == .success(found + 1) ? nil : "\(version)"
            case .rotate(let index):
                guard let session = sessions[wrapping: index] else { return nil }
                return rotate(
                    await result { () throws(SessionError) in try await store.rotate(session.id) },
                    index % sessions.count)
            case .logIn(let index, let user):
                guard let session = sessions[wrapping: index] else { return nil }
                let new = await result { () throws(SessionError) in
                    try await store.logIn(session.id, user: String(user))
                }
                return logIn(new, index % sessions.count, user)
            case .revoke(let index):
                guard let session = sessions[wrapping: index] else { return nil }
                let was = try await store.revoke(session.id)
                return was == model.end(index % sessions.count) ? nil : "\(was)"
            case .revokeAll(let user, let except):
                let kept = except.flatMap { sessions[wrapping: $0]?.id }
                let count = try await store.revokeAll(of: String(user), except: kept)
                let ended = model.live(of: user).filter { sessions[$0].id != kept && model.end($0) }
                return count == ended.count ? nil : "\(count) and not \(ended.count)"
            case .list(let user):
                let ids = Set(try await store.sessions(of: String(user)).map(\.id))
                let expected = Set(model.live(of: user).map { sessions[$0].id })
                return ids == expected ? nil : "\(ids) and not \(expected)"
            case .sweep:
                try await store.sweep()
            case .advance(let milliseconds):
                harness.clock.advance(by: .milliseconds(milliseconds))
                model.now += milliseconds
            }
            return nil
        }

        func lastCheck() async throws -> String? {
            // All have ended then, and all notes have gone.
            harness.clock.advance(by: .seconds(100))
            var truth = model
            truth.now += 100_000
            try await harness.store.sweep()
            let statistics = try await harness.store.statistics()
            guard statistics == truth.truth else { return "\(statistics) and not \(truth.truth)" }
            let left = try await harness.keys().filter {
                !$0.hasSuffix(":c") && !$0.hasSuffix(":e") && !$0.hasSuffix(":l")
            }
            return left.isEmpty ? nil : "left: \(left)"
        }

        // MARK: Steps

        private mutating func begin(
            _ new: Result<NewSession<Visit>, SessionError>, user: Int?, hasRoom: Bool
        ) -> String? {
            switch new {
            case .success(let new) where hasRoom:
                sessions.append((new.token, new.session.id))
                model.begin(user: user, id: new.session.id.description)
                return nil
            case .failure(.limitReached) where !hasRoom: return nil
            default: return "\(new)"
            }
        }

        private mutating func rotate(_ new: Result<NewSession<Visit>, SessionError>, _ index: Int) -> String? {
            guard model.isAlive(index) else { return new.error == .notFound ? nil : "\(new)" }
            guard case .success(let new) = new else { return "\(new)" }
            var entry = model.entries[index]
            model.entries[index].hasEnded = true
            model.entries[index].successor = model.entries.count
            entry.id = new.session.id.description
            entry.lastSeen = model.now
            model.entries.append(entry)
            sessions.append((new.token, new.session.id))
            model.statistics.rotated += 1
            model.statistics.created += 1
            return nil
        }

        private mutating func logIn(
            _ new: Result<NewSession<Visit>, SessionError>, _ index: Int, _ user: Int
        ) -> String? {
            guard model.isAlive(index) else { return new.error == .notFound ? nil : "\(new)" }
            let old = model.entries[index]
            guard model.makeRoom(user, replacing: index) else {
                return new.error == .limitReached(model.limit) ? nil : "\(new)"
            }
            guard case .success(let new) = new else { return "\(new)" }
            model.entries[index].hasEnded = true
            model.entries[index].successor = model.entries.count
            model.statistics.rotated += 1
            model.begin(user: user, id: new.session.id.description)
            model.entries[model.entries.count - 1].version = old.version
            model.entries[model.entries.count - 1].count = old.count
            sessions.append((new.token, new.session.id))
            return nil
        }

        private func compare(_ found: Session<Visit>?, _ index: Int) -> String? {
            guard model.isAlive(index) else { return found == nil ? nil : "is there" }
            let entry = model.entries[index]
            guard let found else { return "is not there" }
            let isSame =
                found.value.visits == entry.count && found.version == entry.version
                && found.user == entry.user.map(String.init)
            return isSame ? nil : "\(found) and not \(entry)"
        }

        private func result<Success: Sendable>(
            _ call: () async throws(SessionError) -> Success
        ) async -> Result<Success, SessionError> {
            do throws(SessionError) { return .success(try await call()) } catch { return .failure(error) }
        }
    }
}

extension Array {
    /// An element, counted from the beginning again after the last one.
    fileprivate subscript(wrapping index: Int) -> Element? {
        isEmpty ? nil : self[index % count]
    }
}

extension Result where Failure == SessionError {
    fileprivate var error: SessionError? {
        if case .failure(let error) = self { error } else { nil }
    }
}
