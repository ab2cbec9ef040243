extension CommandFuzz {
    package mutating func bitmapLine() -> Line {
        let keys: (inout CommandFuzz) -> String = { $0.pick("b", "b", "c", "c", "d", "s", $0.pick("e", "l", "none")) }
        let key = keys(&self)
        let unit = pick(nil, nil, "BIT", "byte", "bit", "BYTE", pick("x", nil))
        switch below(12) {
        case 0..<3:
            return .init(["SETBIT", key, bitPosition(), chance(12) ? integer() : pick("0", "1")])
        case 3: return .init(["GETBIT", key, bitPosition()])
        case 4: return .init(["BITCOUNT", key])
        case 5: return .init(["BITCOUNT", key, bitBound(), bitBound(), unit])
        case 6: return .init(["BITPOS", key, pick("0", "1")])
        case 7, 8:
            let last = chance(3) ? nil : bitBound()
            return .init(
                ["BITPOS", key, chance(20) ? integer() : pick("0", "1"), bitBound(), last]
                    + (last == nil ? [] : [unit]))
        case 9, 10:
            return .init(
                ["BITOP", pick("AND", "or", "XOR", "NOT", "not", "NAND"), pick("c", "d")]
                    + several(1...3, keys))
        default:
            return .init(
                pick(
                    ["GET", key], ["STRLEN", key], ["OBJECT", "ENCODING", key], ["SETRANGE", key, "3", "yz"],
                    ["APPEND", key, "\0\0\0"],
                    ["GETRANGE", key, bitBound(), bitBound()], ["DEL", "c"], ["PEXPIRE", key, "100"],
                    ["SET", "b", "\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}"]))
        }
    }

    package mutating func bitFieldLine() -> Line {
        let key = pick("b", "c", "c", "d", "s", pick("e", "l", "none"))
        var words = [chance(8) ? "BITFIELD_RO" : "BITFIELD", key]
        for _ in 0..<below(5) {
            if chance(3) {
                words += ["OVERFLOW", pick("WRAP", "SAT", "FAIL", "sat", pick("x", "FAIL"))]
            }
            let type = pick("i", "u") + (chance(6) ? integer() : String(1 + below(64)))
            let offset = (chance(3) ? "#" : "") + (chance(12) ? integer() : String(below(40)))
            switch below(words[0] == "BITFIELD" ? 3 : 1) {
            case 0: words += ["GET", type, offset]
            case 1: words += ["SET", type, offset, bitFieldAmount()]
            default: words += ["INCRBY", type, offset, bitFieldAmount()]
            }
        }
        return .init(chance(6) ? ["GET", key] : words)
    }

    private mutating func bitPosition() -> String {
        chance(12) ? pick("x", "", "-1", "4294967296", "9223372036854775807") : String(below(200))
    }

    private mutating func bitBound() -> String {
        chance(10) ? integer() : String(below(160) - 80)
    }

    private mutating func bitFieldAmount() -> String {
        if chance(3) { return integer() }
        let magnitude = 1 << below(63)
        return String((chance(2) ? magnitude : -magnitude) + below(3) - 1)
    }
}
