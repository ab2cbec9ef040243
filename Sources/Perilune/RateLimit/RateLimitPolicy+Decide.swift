package import PeriluneCore

extension RateLimitPolicy {
    /// The script that carries the policy out.
    package var script: LuaScript {
        switch algorithm {
        case .tokenBucket where limits.count == 1: Scripts.Ratelimit.TokenBucket.script
        case .tokenBucket: Scripts.Ratelimit.Limits.script
        case .fixedWindow: Scripts.Ratelimit.FixedWindow.script
        case .slidingWindow: Scripts.Ratelimit.SlidingWindow.script
        }
    }

    /// The kind in the key: each script has its own form of state, and a policy that changes its algorithm starts
    /// anew rather than misread the old one.
    var kind: StaticString {
        switch algorithm {
        case .tokenBucket where limits.count == 1: "tb"
        case .tokenBucket: "ml"
        case .fixedWindow: "fw"
        case .slidingWindow: "sw"
        }
    }

    /// Runs the policy's script and reads its reply.
    func decide(key: RedisKey, cost: Int, on engine: any ScriptEngine) async throws(EngineError) -> Decision {
        guard limits.count == 1 else {
            let packed = try await Scripts.Ratelimit.Limits.call(
                on: engine, buckets: key, cost: cost, limits: limits.map { (capacity: $0.quota, interval: $0.interval) }
            )
            return try decision(packedDebts: packed, cost: cost)
        }
        let limit = limits[0]
        switch algorithm {
        case .tokenBucket:
            let reply = try await Scripts.Ratelimit.TokenBucket.call(
                on: engine, bucket: key, capacity: limit.quota, interval: limit.interval, cost: cost)
            return decision(debtOrWait: reply, cost: cost)
        case .fixedWindow:
            let reply = try await Scripts.Ratelimit.FixedWindow.call(
                on: engine, window: key, limit: limit.quota, length: limit.periodMicroseconds / 1_000, cost: cost)
            return decision(windowState: reply)
        case .slidingWindow:
            let reply = try await Scripts.Ratelimit.SlidingWindow.call(
                on: engine, windows: key, limit: limit.quota, length: limit.periodMicroseconds / 1_000, cost: cost)
            return decision(windowState: reply)
        }
    }

    /// Reads the reply of `ratelimit.token_bucket`.
    func decision(debtOrWait reply: Int, cost: Int) -> Decision {
        let limit = limits[0]
        let denied = reply < 0
        let debt = denied ? limit.quota * limit.interval - reply - max(cost, 1) * limit.interval : reply
        let status = LimitStatus(tokenBucket: limit, debt: debt, cost: cost, denied: denied)
        return Decision(allowed: !denied, policy: self, status: status)
    }

    /// Reads the reply of `ratelimit.fixed_window` and `ratelimit.sliding_window`.
    func decision(windowState reply: Int) -> Decision {
        let limit = limits[0]
        let denied = reply < 0
        let (time, remaining) = (denied ? -1 - reply : reply).quotientAndRemainder(dividingBy: limit.quota + 1)
        let status = LimitStatus(
            limit: limit, remaining: remaining,
            retryAfter: denied ? .milliseconds(time) : .zero, resetAfter: .milliseconds(time))
        return Decision(allowed: !denied, policy: self, status: status)
    }

    /// Reads the reply of `ratelimit.limits`: one little-endian double a limit.
    func decision(packedDebts: [UInt8], cost: Int) throws(EngineError) -> Decision {
        guard packedDebts.count == limits.count * 8 else {
            throw EngineError(
                .unexpectedReply, "ratelimit.limits answered with \(packedDebts.count) bytes", mayHaveRun: true)
        }
        var statuses: [LimitStatus] = []
        statuses.reserveCapacity(limits.count)
        var denied = false
        var decisive = 0
        for (index, limit) in limits.enumerated() {
            var bits: UInt64 = 0
            for byte in packedDebts[index * 8..<index * 8 + 8].reversed() { bits = bits << 8 | UInt64(byte) }
            let value = Double(bitPattern: bits)
            guard let debt = Int(exactly: value < 0 ? -1 - value : value) else {
                throw EngineError(
                    .unexpectedReply, "ratelimit.limits answered with a debt of \(value)", mayHaveRun: true)
            }
            denied = value < 0
            let status = LimitStatus(tokenBucket: limit, debt: debt, cost: cost, denied: denied)
            statuses.append(status)
            let best = statuses[decisive]
            if (status.retryAfter, -status.remaining, status.resetAfter)
                > (best.retryAfter, -best.remaining, best.resetAfter)
            {
                decisive = index
            }
        }
        return Decision(allowed: !denied, policy: self, decisive: decisive, statuses: statuses)
    }
}

extension LimitStatus {
    /// Where a token bucket with a debt stands.
    ///
    /// - Parameters:
    ///   - debt: In microseconds, after the call when it was allowed.
    ///   - cost: What the call wanted; 0 asks for 1.
    ///   - denied: Whether the call was denied, by this or another limit.
    init(tokenBucket limit: RateLimit, debt: Int, cost: Int, denied: Bool) {
        let room = limit.quota * limit.interval - debt
        let wait = denied ? max(cost, 1) * limit.interval - room : 0
        self.init(
            limit: limit, remaining: max(room, 0) / limit.interval,
            retryAfter: .milliseconds(Self.milliseconds(max(wait, 0))),
            resetAfter: .milliseconds(Self.milliseconds(debt)))
    }

    private static func milliseconds(_ microseconds: Int) -> Int {
        (microseconds + 999) / 1_000
    }
}
