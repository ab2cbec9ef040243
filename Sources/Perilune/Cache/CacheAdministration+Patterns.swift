import PeriluneCore

/// How far an invalidation by a pattern has come.
public struct CachePatternProgress: Sendable, Hashable {
    /// About how many keys have been looked at.
    public internal(set) var scanned = 0
    /// About how many there are to look at: all of the engine's, as often as they are gone through.
    public internal(set) var total = 0
    /// How many values were deleted.
    public internal(set) var deleted = 0
}

extension CacheAdministration {
    /// Deletes the values whose keys match a pattern, and lets what is being computed for such keys be refused.
    ///
    /// It goes through all keys of the engine, those of other regions and services too, in steps of about 500: other
    /// callers wait for no more than one of them. It is for rare cases. What is to be invalidated often should have a tag.
    ///
    /// When it returns, what was stored or being computed when it was called is deleted or refused, unless a slot of a
    /// cluster moved or a server failed over meanwhile. When it throws or is cancelled, a part of it is done. Doing it again
    /// does no harm.
    ///
    /// - Parameters:
    ///   - pattern: What a ``CacheKey/name`` has to match, as Redis' `SCAN` has it: `*` any bytes, `?` one, `[a-z]` one of
    ///     some, `[^a]` one that is not, `\` before what stands for itself. From 1 to 1024 bytes with at most 16 `*`.
    ///   - progress: Called after each step.
    /// - Returns: How far it came: to the end.
    /// - Throws: ``CacheError``: ``CacheError/invalidPattern(_:)``; ``CacheError/engine(_:)`` with
    ///   ``/PeriluneCore/EngineError/Code/cancelled`` when the task is cancelled.
    /// - Complexity: O(number of all keys): two round trips for every 500 of them, and a script for each that matches. Twice
    ///   that for a region of 11 to 100 shards, three times for one of up to 1000.
    @discardableResult
    public func invalidate(
        pattern: String, progress: (CachePatternProgress) async -> Void = { _ in }
    ) async throws(CacheError) -> CachePatternProgress {
        try await invalidate(pattern: pattern, deleted: { _ in }, progress: progress)
    }

    /// Begins an invalidation by a pattern that its caller takes step by step. See ``invalidate(pattern:progress:)``.
    ///
    /// - Throws: ``CacheError/invalidPattern(_:)``.
    package func sweep(pattern: String) throws(CacheError) -> CachePatternSweep {
        try CachePatternSweep(pattern, storage) { _ in }
    }

    func invalidate(
        pattern: String, deleted: @escaping @Sendable (CacheKey) -> Void,
        progress: (CachePatternProgress) async -> Void
    ) async throws(CacheError) -> CachePatternProgress {
        var sweep = try CachePatternSweep(pattern, storage, deleted: deleted)
        while let step = try await sweep.step() { await progress(step) }
        return sweep.progress
    }
}
