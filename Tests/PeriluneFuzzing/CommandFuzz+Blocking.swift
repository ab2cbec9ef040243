/// Commands that wait, within a transaction, where they do not: one that finds nothing answers as if its time were up.
extension CommandFuzz {
    package mutating func blockingLine() -> Line {
        let key: (inout CommandFuzz) -> String = { $0.pick("l", "l", "L", "z", "u", "none") }
        let scored: (inout CommandFuzz) -> String = { $0.pick("z", "z", "Z", "l", "none") }
        let timeout =
            chance(6)
            ? pick("-1", "x", "", "1e400", "inf", "9223372036854775807", "nan", "0x1") : pick("0", "1", "0.01")
        let end = chance(12) ? "middle" : pick("LEFT", "RIGHT", "left")
        switch below(9) {
        case 0, 1: return .init([pick("BLPOP", "BRPOP")] + several(1...3, key) + [timeout])
        case 2: return .init(["BLMOVE", key(&self), key(&self), end, pick("LEFT", "RIGHT"), timeout])
        case 3: return .init(["BRPOPLPUSH", key(&self), key(&self), timeout])
        case 4: return .init(["BLMPOP", timeout] + several(keys: key) + [end] + poppedCount())
        case 5: return .init([pick("BZPOPMIN", "BZPOPMAX")] + several(1...3, scored) + [timeout])
        case 6: return .init(["BZMPOP", timeout] + several(keys: scored) + [pick("MIN", "MAX", "min")] + poppedCount())
        case 7:
            return .init(
                ["XREAD", "BLOCK", chance(6) ? integer() : "0"] + [
                    "STREAMS", pick("S1", "S2", "none"), pick("$", "0", "5"),
                ])
        default:
            return .init(
                [
                    "XREADGROUP", "GROUP", pick("g", "h"), "a", "BLOCK", chance(6) ? integer() : "0", "COUNT", "2",
                    "STREAMS",
                ]
                    + [pick("S1", "S2"), pick(">", ">", "0")])
        }
    }

    /// Keys with their number in front, which may be another.
    private mutating func several(keys key: (inout CommandFuzz) -> String) -> [String] {
        let keys = several(1...3, key)
        return [chance(15) ? integer() : "\(keys.count)"] + keys
    }

    private mutating func poppedCount() -> [String] {
        chance(2) ? [] : [pick("COUNT", "count"), chance(6) ? integer() : "\(1 + below(4))"]
    }
}
