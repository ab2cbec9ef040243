extension CommandFuzz {
    /// A command on sketches.
    package mutating func hyperLogLogLine() -> Line {
        let key: (inout CommandFuzz) -> String = { $0.pick("a", "a", "b", "c", "d", $0.pick("s", "l", "none")) }
        let range = pick(10, 1000, 1_000_000)
        switch below(10) {
        case 0..<4: return .init(["PFADD", key(&self)] + several(0...60) { "m\($0.below(range))" })
        case 4: return .init(["PFCOUNT", key(&self)])
        case 5: return .init(["PFCOUNT"] + several(1...4, key))
        case 6: return .init(["PFMERGE", pick("a", "d", "s")] + several(0...3, key))
        case 7: return .init(chance(6) ? ["DEL", pick("b", "c", "d")] : ["STRLEN", key(&self)])
        // Bytes that are no text are compared by their bits.
        default: return .init(["BITFIELD_RO", key(&self)] + (0..<48).flatMap { ["GET", "u63", "#\($0)"] })
        }
    }
}
