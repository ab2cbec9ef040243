package import Perilune
import PeriluneCore

/// Callers of several processes at the same time, whose computations end in a random order.
///
/// See ``CacheOracle`` for what none of them may get.
package final class CacheCrowd: Sendable {
    /// What has come of it.
    package struct Tally: Sendable {
        /// Values given that the caller had not computed itself.
        package var shared = 0
        package var computed = 0
        package var changes = 0
        package var failures = 0
        package var complaints: [String] = []
    }

    private struct State {
        var oracle = CacheOracle()
        var tally = Tally()
        var waiting: [CheckedContinuation<Void, Never>] = []
        var isOver = false
    }

    private let regions: [CacheRegion<String>]
    private let keys: Int
    private let padding: Int
    private let disturb: @Sendable (inout SeededGenerator) async -> Void
    private let state = Locked(State())

    /// Creates the callers.
    ///
    /// - Parameters:
    ///   - regions: The region as each process has it.
    ///   - keys: How many keys they use.
    ///   - padding: How many bytes longer each value is than it need be.
    ///   - disturb: What befalls the engine now and then.
    package init(
        _ regions: [CacheRegion<String>], keys: Int = 4, padding: Int = 0,
        disturb: @escaping @Sendable (inout SeededGenerator) async -> Void = { _ in }
    ) {
        self.regions = regions
        self.keys = keys
        self.padding = padding
        self.disturb = disturb
    }

    /// Lets so many callers take so many steps each.
    package func run(callers: Int, steps: Int, seed: UInt64 = .random(in: 0...UInt64.max)) async -> Tally {
        await withTaskGroup(of: Void.self) { group in
            let scheduler = Task { await self.schedule(SeededGenerator(seed: seed)) }
            for caller in 0..<callers {
                group.addTask {
                    var generator = SeededGenerator(seed: seed &+ UInt64(caller) &+ 1)
                    for _ in 0..<steps { await self.step(&generator) }
                }
            }
            await group.waitForAll()
            state.withLock { $0.isOver = true }
            await scheduler.value
        }
        return state.withLock { state in
            if !state.tally.complaints.isEmpty { state.tally.complaints.insert("seed \(seed)", at: 0) }
            return state.tally
        }
    }

    /// Lets one computation after another go on, in a random order.
    private func schedule(_ generator: SeededGenerator) async {
        var generator = generator
        while true {
            let (next, isOver) = state.withLock { state in
                let index = state.waiting.indices.randomElement(using: &generator)
                return (index.map { state.waiting.remove(at: $0) }, state.isOver)
            }
            next?.resume()
            if next == nil {
                if isOver { return }
                await shortPause()
            } else {
                for _ in 0..<Int.random(in: 0..<8, using: &generator) { await Task.yield() }
            }
        }
    }

    private func suspend() async {
        await withCheckedContinuation { continuation in state.withLock { $0.waiting.append(continuation) } }
    }

    private func step(_ generator: inout SeededGenerator) async {
        guard let region = regions.randomElement(using: &generator) else { return }
        let key = Int.random(in: 0..<keys, using: &generator)
        let tags = CacheTagSet.random(using: &generator)
        switch Int.random(in: 0..<100, using: &generator) {
        case 0..<70:
            await value(region, key, tags, found: .random(using: &generator), Int.random(in: 0..<20, using: &generator))
        case 70..<82: await serve(key) { try await region.get(self.name(key), tags: tags.tags) }
        case 82..<88 where !tags.isEmpty:
            await change(.anyOf(tags)) { try await region.invalidate(tags: tags.tags) }
        case 88..<90 where tags.single.count > 1:
            await change(.allOf(tags)) { try await region.invalidate(allOf: tags.tags) }
        case 90..<91: await change(.everything) { try await region.clear() }
        case 91..<94: await change(.key(key)) { try await region.delete(self.name(key)) }
        case 94..<96: await put(region, key, tags)
        case 96..<98: _ = try? await region.extend(name(key))
        default: await disturb(&generator)
        }
    }

    private func name(_ key: Int) -> CacheKey { CacheKey("k\(key)") }

    /// Asks for a value, and computes it if need be; some computations fail, some values are kept from others, and some
    /// callers do not wait.
    private func value(
        _ region: CacheRegion<String>, _ key: Int, _ tags: CacheTagSet, found: CacheTagSet, _ kind: Int
    ) async {
        let mine = Locked<Set<Int>>([])
        await serve(key, mine: mine) {
            let task = Task {
                try await region.value(for: self.name(key), tags: tags.tags) { computation in
                    let number = self.state.withLock { state in
                        state.tally.computed += 1
                        return state.oracle.make(key: key, tags: tags.union(found))
                    }
                    mine.withLock { _ = $0.insert(number) }
                    await self.suspend()
                    computation.tag(found.tags)
                    if kind == 0 { throw CacheOriginError() }
                    if kind == 1 { computation.doNotStore() }
                    return CacheOracle.text(of: number, padding: self.padding)
                }
            }
            if kind == 2 { task.cancel() }
            return try await task.value
        }
    }

    /// Checks what a caller gets.
    private func serve(
        _ key: Int, mine: Locked<Set<Int>> = Locked([]), _ call: () async throws -> String?
    ) async {
        let demands = state.withLock { $0.oracle.demands }
        do {
            guard let text = try await call() else { return }
            let mine = mine.withLock { $0 }
            state.withLock { state in
                if let number = CacheOracle.number(of: text), !mine.contains(number) { state.tally.shared += 1 }
                if let complaint = state.oracle.complaint(about: text, for: key, demands) {
                    state.tally.complaints.append(complaint)
                }
            }
        } catch is CacheOriginError {
        } catch is CancellationError {
        } catch {
            state.withLock { $0.tally.failures += 1 }
        }
    }

    /// Changes the database, then tells the cache.
    private func change(_ change: CacheOracle.Change, _ call: () async throws -> Void) async {
        let time = state.withLock { $0.oracle.tick() }
        do {
            try await call()
            state.withLock { state in
                state.tally.changes += 1
                state.oracle.demands.add(change, at: time)
            }
        } catch {
            state.withLock { $0.tally.failures += 1 }
        }
    }

    private func put(_ region: CacheRegion<String>, _ key: Int, _ tags: CacheTagSet) async {
        // The truth of whenever it is done.
        let number = state.withLock { $0.oracle.make(key: key, tags: tags, born: .max) }
        await change(.key(key)) {
            try await region.set(
                CacheOracle.text(of: number, padding: self.padding), for: self.name(key), tags: tags.tags)
            self.state.withLock { $0.oracle.change(number, born: $0.oracle.tick()) }
        }
    }
}
