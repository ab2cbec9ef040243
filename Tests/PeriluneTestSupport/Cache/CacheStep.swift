package import PeriluneCore

/// Something that a process does which shares a cache with others, or that befalls the engine.
package enum CacheStep: Sendable {
    /// Processes and keys that there are.
    package static let processes = 3
    package static let keys = 3

    /// Reads, naming some tags.
    case read(process: Int, key: Int, naming: CacheTagSet)
    /// Looks for a value, and begins to compute it when there is none.
    case miss(process: Int, key: Int, naming: CacheTagSet)
    /// Stores one of what is being computed, by its number.
    case store(Int, tags: CacheTagSet, isLarge: Bool)
    /// Gives up to compute one of what is being computed.
    case abandon(Int)
    /// A process dies while it computes something.
    case die(Int)
    case put(process: Int, key: Int, tags: CacheTagSet)
    case delete(process: Int, key: Int)
    case invalidate(process: Int, CacheTagSet)
    case invalidateAll(process: Int, CacheTagSet)
    case clear(process: Int)
    case extend(process: Int, key: Int, seconds: Int)
    case prune(process: Int, olderThan: Int)
    case wait(milliseconds: Int)
    /// The server's clock is set back.
    case setBack(milliseconds: Int)
    case evictEntry(key: Int)
    case evictLease(key: Int)
    case evictHead
    /// A replica has got everything so far.
    case replicate
    /// The replica becomes the primary, without what it has not got. A process looks after what it has invalidated.
    case failOver
    case lookAfter(process: Int)

    /// Makes a step.
    ///
    /// - Parameters:
    ///   - hasClock: Whether the clock can be moved.
    ///   - hasReplica: Whether the engine fails over.
    package static func random(
        hasClock: Bool, hasReplica: Bool, using generator: inout SeededGenerator
    ) -> CacheStep {
        let process = Int.random(in: 0..<processes, using: &generator)
        let key = Int.random(in: 0..<keys, using: &generator)
        let tags = CacheTagSet.random(using: &generator)
        let number = Int.random(in: 0..<1_000, using: &generator)
        switch Int.random(in: 0..<100, using: &generator) {
        case 0..<22: return .read(process: process, key: key, naming: tags)
        case 22..<44: return .miss(process: process, key: key, naming: tags)
        case 44..<62: return .store(number, tags: tags, isLarge: number < 5)
        case 62..<64: return .abandon(number)
        case 64: return .die(number)
        case 65..<69: return .put(process: process, key: key, tags: tags)
        case 69..<72: return .delete(process: process, key: key)
        case 72..<79: return .invalidate(process: process, tags)
        case 79..<84: return .invalidateAll(process: process, tags)
        case 84: return .clear(process: process)
        case 85..<87:
            // Where time passes by itself nobody knows what is left of a short one.
            return .extend(process: process, key: key, seconds: hasClock ? 1 + number % 60 : 3_600 + number)
        case 87 where number < 400: return .prune(process: process, olderThan: number % 40)
        case 88: return .evictEntry(key: key)
        case 89 where number < 400: return .evictLease(key: key)
        case 90 where number < 400: return .evictHead
        case 91..<93 where hasClock: return .wait(milliseconds: number * number / 20)
        case 93 where hasClock && number < 200: return .setBack(milliseconds: number * 50)
        case 94..<97 where hasReplica: return .replicate
        case 97 where hasReplica: return .failOver
        case 98..<100 where hasReplica: return .lookAfter(process: process)
        default: return .read(process: process, key: key, naming: tags)
        }
    }
}
