extension CommandFuzz {
    /// A command that sorts keys of its own: on a server, sorting changes the order of a sorted set.
    private mutating func separateSortLine() -> Line {
        var line = sortLine()
        line.words = line.words.map { ["l", "u", "i", "z", "d", "s", "none"].contains($0) ? "sort:" + $0 : $0 }
        // By bytes: a server takes no number any more once it has met one out of range, wherever that was. And not by
        // weights: elements of the same stand in an order of their own.
        if line.words[0].hasPrefix("SORT") {
            line.words.replace(["BY"], with: ["GET"])
            line.words.insert("ALPHA", at: 2)
        }
        return line
    }

    /// A command on keys of all types, so that every command meets every type.
    package mutating func mixedLine() -> Line {
        let key: (inout CommandFuzz) -> String = { $0.pick("l", "z", "h", "u", "s", "none") }
        switch below(17) {
        case 0: return hashLine()
        case 1: return listLine()
        case 2: return setLine(order: .any) { $0.pick("a", "b", "1", "2") }
        case 3: return sortedSetAddition()
        case 4: return sortedSetCombination()
        case 5: return sortedSetLine()
        case 6: return stringLine()
        case 7: return .init([pick("RENAME", "RENAMENX"), key(&self), key(&self)])
        case 8:
            return .init(
                ["COPY", key(&self), key(&self)]
                    + pick([], ["REPLACE"], ["replace", "DB", "0"], ["DB"], ["DB", "x"], ["DB", "99"]))
        case 9: return .init(["TYPE", key(&self)])
        case 10: return .init(["KEYS", pick("*", "?", "[l-z]", "n*", "**", "", "h")], order: .any)
        case 11:
            return .init(
                ["SCAN", pick("0", "x", "0"), "COUNT", pick("100", "0", "x", "1000")]
                    + pick([], ["TYPE", "zset"], ["TYPE", "HASH"], ["TYPE", "unheard"], ["MATCH", "[a-l]"]),
                order: .anyAfterCursor)
        case 12: return .init(["RANDOMKEY"], order: .random)
        case 13: return bitmapLine()
        case 14: return bitFieldLine()
        case 15:
            return separateSortLine()
        default:
            return .init(
                pick(
                    ["OBJECT", "ENCODING", "never"], ["OBJECT", "NONE", "h"],
                    ["OBJECT", "ENCODING"], ["OBJECT"], ["PEXPIRE", key(&self), "200"],
                    ["PTTL", key(&self)], ["SADD", key(&self), "1", "2"]))
        }
    }
}
