extension CommandFuzz {
    /// A random command on a few keys, right or wrong.
    package mutating func stringLine() -> Line {
        let key = pick("a", "b", "c")
        let value = pick("1", "-7", "hello", "007", "9223372036854775807", "1.5", "99999999999999999999")
        let number = pick("0", "1", "-1", "3", "1000", "x", "9223372036854775807")
        let expiry = pick(
            "EX \(number)", "PX \(number)", "EXAT 1700000100", "PXAT 1700000002500", "KEEPTTL", "EX", "PERSIST", "")
        let text =
            switch below(22) {
            case 0..<4: "SET \(key) \(value) \(expiry) \(pick("", "NX", "XX", "GET", "NX GET"))"
            case 4: "GETEX \(key) \(expiry)"
            case 5:
                "\(pick("GET", "STRLEN", "TYPE", "TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME", "PERSIST", "GETDEL")) \(key)"
            case 6..<9: "\(pick("GET", "PTTL", "TTL", "EXISTS", "DEL", "UNLINK", "TOUCH", "INCR", "DECR")) \(key)"
            case 9, 10: "\(pick("INCRBY", "DECRBY")) \(key) \(number)"
            case 11, 12:
                "\(pick("EXPIRE", "PEXPIRE")) \(key) \(number) \(pick("", "NX", "XX", "GT", "LT", "GT LT", "BAD"))"
            case 13: "\(pick("EXPIREAT", "PEXPIREAT")) \(key) \(pick("1700000100", "1700000005000", "0", "1", "-1"))"
            case 14: "\(pick("SETEX", "PSETEX")) \(key) \(number) \(value)"
            case 15: "APPEND \(key) \(value)"
            case 16: "GETRANGE \(key) \(number) \(pick("0", "-1", "2", "-3"))"
            case 17: "SETRANGE \(key) \(pick("0", "1", "7", "-1", "x")) \(value)"
            case 18: "\(pick("MGET", "EXISTS", "DEL")) a b c"
            case 19: "\(pick("MSET", "MSETNX")) a \(value) \(key) \(pick("2", "2 b"))"
            case 20: "\(pick("GETSET", "SETNX")) \(key) \(value)"
            default: pick("PING", "ECHO x", "FLUSHALL", "TIME", "GET", "SET a", "PING a b", "FLUSHDB ASYNC", "ECHO")
            }
        return Line(text.split(separator: " ").map { String($0) })
    }
}
