import Perilune

/// What a model expects of a call on one limit, times in microseconds.
struct Expectation: Equatable {
    var allowed: Bool
    var remaining: Int
    var retryAfter: Int64
    var resetAfter: Int64
}

/// A rate limit algorithm in plain Swift, as its definition has it. `now` is in microseconds; like the engine's, the
/// model's clock shows whole milliseconds.
protocol LimitModel {
    /// Takes `cost`, or nothing when it is 0 or denied.
    mutating func take(_ cost: Int, now: Int64) -> [Expectation]
    mutating func reset()
}

func clock(_ now: Int64) -> Int64 { now / 1_000 * 1_000 }
func wholeMilliseconds(_ time: Int64) -> Int64 { (time + 999) / 1_000 * 1_000 }

/// GCRA by theoretical arrival times, for any number of limits at once.
struct BucketsModel: LimitModel {
    let limits: [(quota: Int64, interval: Int64)]
    private var arrivals: [Int64]

    init(_ limits: [(quota: Int, period: Int64)]) {
        self.limits = limits.map { (Int64($0.quota), ($0.period + Int64($0.quota) - 1) / Int64($0.quota)) }
        arrivals = Array(repeating: .min, count: limits.count)
    }

    mutating func take(_ cost: Int, now: Int64) -> [Expectation] {
        let now = clock(now)
        let wanted = Int64(max(cost, 1))
        var debts = arrivals.map { $0 == .min ? 0 : max($0 - now, 0) }
        let waits = zip(limits, debts).map { limit, debt in
            max(debt + wanted * limit.interval - limit.quota * limit.interval, 0)
        }
        let allowed = waits.allSatisfy { $0 == 0 }
        if allowed {
            for index in limits.indices { debts[index] += Int64(cost) * limits[index].interval }
            if cost > 0 { arrivals = debts.map { now + $0 } }
        }
        return limits.indices.map { index in
            let room = limits[index].quota * limits[index].interval - debts[index]
            return Expectation(
                allowed: allowed, remaining: Int(room / limits[index].interval),
                retryAfter: allowed ? 0 : wholeMilliseconds(waits[index]), resetAfter: wholeMilliseconds(debts[index]))
        }
    }

    mutating func reset() {
        arrivals = Array(repeating: .min, count: limits.count)
    }
}

/// Windows that begin with the first call after the last one ended.
struct FixedWindowModel: LimitModel {
    let quota: Int
    let length: Int64
    private var end: Int64 = .min
    private var count = 0

    init(quota: Int, length: Int64) {
        self.quota = quota
        self.length = length
    }

    mutating func take(_ cost: Int, now: Int64) -> [Expectation] {
        let now = clock(now)
        let isOpen = now < end
        let used = isOpen ? count : 0
        let left = isOpen ? end - now : length
        let allowed = used + max(cost, 1) <= quota
        if allowed && cost > 0 {
            if !isOpen { end = now + length }
            count = used + cost
        }
        return [
            Expectation(
                allowed: allowed, remaining: quota - used - (allowed ? cost : 0), retryAfter: allowed ? 0 : left,
                resetAfter: isOpen || cost > 0 ? left : 0)
        ]
    }

    mutating func reset() {
        end = .min
    }
}

/// Two counted windows, the older one weighted by how much of it the sliding window still covers.
struct SlidingWindowModel: LimitModel {
    let quota: Int
    let length: Int64
    private var start: Int64?
    private var previous = 0
    private var current = 0

    init(quota: Int, length: Int64) {
        self.quota = quota
        self.length = length / 1_000
    }

    /// The state at a time, without changing it: the window's start and both counts.
    private func state(at now: Int64) -> (start: Int64, previous: Int, current: Int) {
        guard let start else { return (now, 0, 0) }
        if now < start + length { return (start, previous, current) }
        if now < start + 2 * length { return (start + length, current, 0) }
        return (now, 0, 0)
    }

    private func isAllowed(_ cost: Int, at now: Int64) -> Bool {
        let state = state(at: now)
        let weighted = Int64(state.previous) * (state.start + length - now)
        return weighted + Int64(state.current + cost) * length <= Int64(quota) * length
    }

    mutating func take(_ cost: Int, now: Int64) -> [Expectation] {
        let now = now / 1_000
        var (start, previous, current) = state(at: now)
        let free = Int64(quota - current) * length - Int64(previous) * (start + length - now)
        guard isAllowed(max(cost, 1), at: now) else {
            // By definition: the first time at which the call would be allowed.
            var wait: Int64 = 0
            while !isAllowed(max(cost, 1), at: now + wait) { wait += 1 }
            return [
                Expectation(
                    allowed: false, remaining: Int(max(free, 0) / length), retryAfter: wait * 1_000,
                    resetAfter: wait * 1_000)
            ]
        }
        current += cost
        if cost > 0 { (self.start, self.previous, self.current) = (start, previous, current) }
        start += length - now
        let whole = current > 0 ? start + length : previous > 0 ? start : 0
        return [
            Expectation(
                allowed: true, remaining: Int(free / length) - cost, retryAfter: 0, resetAfter: whole * 1_000)
        ]
    }

    mutating func reset() {
        start = nil
    }
}
