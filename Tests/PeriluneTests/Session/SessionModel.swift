import Perilune
import PeriluneCore
import PeriluneTestSupport

/// One thing that a service does to its sessions. Sessions are named by when they began, counted from 0.
enum SessionStep: Sendable {
    case create(user: Int?)
    case touch(Int)
    case peek(Int)
    case increment(Int, expecting: Int?)
    case rotate(Int)
    case logIn(Int, user: Int)
    case revoke(Int)
    case revokeAll(user: Int, except: Int?)
    case list(user: Int)
    case sweep
    case advance(milliseconds: Int)

    static func random(_ generator: inout SeededGenerator) -> SessionStep {
        let user = Int.random(in: 0..<3, using: &generator)
        let session = Int.random(in: 0..<24, using: &generator)
        let chance = Bool.random(using: &generator)
        return switch Int.random(in: 0..<20, using: &generator) {
        case 0..<4: .create(user: chance || user == 0 ? user : nil)
        case 4..<7: .touch(session)
        case 7: .peek(session)
        case 8..<10: .increment(session, expecting: chance ? Int.random(in: 1..<4, using: &generator) : nil)
        case 10: .rotate(session)
        case 11: .logIn(session, user: user)
        case 12: .revoke(session)
        case 13: chance ? .revokeAll(user: user, except: Bool.random(using: &generator) ? session : nil) : .sweep
        case 14: .list(user: user)
        case 15: .sweep
        // So that times meet often.
        default: .advance(milliseconds: [1, 249, 250, 500, 999, 1_000].randomElement(using: &generator) ?? 0)
        }
    }
}

/// What sessions are, in plain Swift: each lives for a second unused and for three in all.
struct SessionModel {
    struct Entry {
        var user: Int?
        var created: Int
        var lastSeen: Int
        var deadline: Int
        var version = 1
        var count = 0
        var id: String
        var hasEnded = false
        /// The session that this one has become.
        var successor: Int?
    }

    let policy: SessionConfiguration.LimitPolicy
    let limit = 2
    var now = 0
    var entries: [Entry] = []
    var statistics = SessionStatistics()

    func isAlive(_ index: Int) -> Bool {
        guard entries.indices.contains(index) else { return false }
        let entry = entries[index]
        return !entry.hasEnded && now <= entry.lastSeen + 1_000 && now < entry.deadline
    }

    func live(of user: Int) -> [Int] {
        entries.indices.filter { isAlive($0) && entries[$0].user == user }
    }

    /// Makes room for a session of a user.
    ///
    /// - Parameter replaced: One whose place it takes.
    /// - Returns: Whether there is room.
    mutating func makeRoom(_ user: Int?, replacing replaced: Int? = nil) -> Bool {
        guard let user else { return true }
        let all = live(of: user).filter { $0 != replaced }.sorted { left, right in
            let (a, b) = (entries[left], entries[right])
            let (first, second) = policy == .idle ? (a.lastSeen, b.lastSeen) : (a.created, b.created)
            return (first, a.id) < (second, b.id)
        }
        guard all.count >= limit else { return true }
        if policy == .reject { return false }
        for index in all.prefix(all.count - limit + 1) {
            entries[index].hasEnded = true
            statistics.evicted += 1
        }
        return true
    }

    mutating func begin(user: Int?, id: String) {
        entries.append(Entry(user: user, created: now, lastSeen: now, deadline: now + 3_000, id: id))
        statistics.created += 1
    }

    /// Ends a session, or what it has become: a note leads there for longer than any run takes.
    mutating func end(_ index: Int) -> Bool {
        if let successor = entries[index].successor { return end(successor) }
        guard isAlive(index) else { return false }
        entries[index].hasEnded = true
        statistics.revoked += 1
        return true
    }

    /// The statistics once all ends have been noticed: what is not alive and was not ended has expired.
    var truth: SessionStatistics {
        var truth = statistics
        truth.active = entries.indices.count(where: isAlive)
        truth.expired = truth.created - truth.active - truth.revoked - truth.evicted - truth.rotated
        return truth
    }
}
