import PeriluneCore

extension CacheRegion {
    /// Does what a region needs beside its calls, until the task is cancelled:
    ///
    /// - keeps the near cache right, which gives nothing without it;
    /// - adds what this process has counted to the statistics, every two seconds;
    /// - asks again for invalidations that a shard has not acknowledged, and for those of the last minute, at most 1024 for
    ///   each shard, that a server has lost, once a second;
    /// - looks once a second whether a server was started anew or another has taken its place, which may hold older data: then
    ///   everything in its shards is invalid;
    /// - forgets tags whose last invalidation is older than every value, once a minute, in one process at a time.
    ///
    /// ```swift
    /// try await withThrowingTaskGroup { group in
    ///     group.addTask { await region.run() }
    ///     ...
    /// }
    /// ```
    ///
    /// - Complexity: A round trip a second for each shard, and one more for each in which something was invalidated lately;
    ///   with a near cache also one every 400 ms.
    public func run() async {
        await withTaskGroup { group in
            if let listener { group.addTask { await listener.run() } }
            group.addTask { await self.storage.run() }
        }
    }

    /// Adds what this process has counted to the statistics of all. ``run()`` does it every two seconds.
    ///
    /// - Throws: ``CacheError``. What was not added is there for the next time, unless it may have been.
    /// - Complexity: One round trip; none when there is nothing to add.
    public func flushStatistics() async throws(CacheError) {
        try await storage.flushStatistics()
    }
}

extension CacheAdministration {
    /// Does what ``CacheRegion/run()`` does, but for the near cache: for a process that has no ``CacheRegion`` of this
    /// region running.
    public func run() async {
        await storage.run()
    }
}

extension CacheStorage {
    func run() async {
        await withTaskGroup { group in
            group.addTask {
                await self.every(.seconds(2)) { () throws(CacheError) in try await self.flushStatistics() }
            }
            group.addTask {
                await self.every(.seconds(1)) { () throws(CacheError) in try await self.lookAfterInvalidations() }
            }
            group.addTask {
                await self.every(.seconds(1)) { () throws(CacheError) in
                    try await self.inEachShard { shard throws(CacheError) in try await self.checkServer(of: shard) }
                }
            }
            group.addTask {
                await self.every(.seconds(60)) { () throws(CacheError) in
                    try await self.checkShards()
                    try await self.prune()
                }
            }
        }
        // What was counted since is of use to those who look at the end of a process. This task is cancelled; that is not.
        await Task { try? await self.flushStatistics() }.value
    }

    private func every(_ time: Duration, _ body: () async throws(CacheError) -> Void) async {
        while !Task.isCancelled {
            do {
                try await clock.sleep(until: clock.microseconds + time.wholeMicroseconds)
            } catch { return }
            do throws(CacheError) {
                try await body()
            } catch {
                guard !Task.isCancelled else { return }
                if case .engine(let failure) = error { note(failure) }
            }
        }
    }
}
