extension ScriptFuzz {
    /// An expression of a kind, with so many more inside each other at most.
    mutating func expression(_ kind: Kind, depth: Int = 3) -> String {
        if depth > 0, fuzz.chance(3), let variable = variable(kind) { return variable }
        switch kind {
        case .number: return number(depth)
        case .string: return string(depth)
        case .boolean: return boolean(depth)
        case .list: return list(depth)
        case .anything: return anything(depth)
        }
    }

    private mutating func number(_ depth: Int) -> String {
        guard depth > 0, !fuzz.chance(4) else {
            return fuzz.pick(
                "(#KEYS - 2)", "1", "2", "-1", "3", "10", "0.5", "1.5", "-2.5", "0.1", "255", "1e15", "2^31", "2^53",
                "1e300",
                "100", "(1/0)", "(-1/0)", "0x10", "123456789012345", "1700000000000", "#ARGV", "#KEYS")
        }
        func some() -> String { expression(.number, depth: depth - 1) }
        func text() -> String { expression(.string, depth: depth - 1) }
        switch fuzz.below(14) {
        case 0, 1: return "(\(some()) \(fuzz.pick("+", "-", "^")) \(some()))"
        // Not of two constants, which could be folded to -0: 5.1 keeps one constant for all zeros of a function.
        case 2, 3: return "(\(some()) \(fuzz.pick("*", "/", "%")) tonumber(\(some())))"
        case 4: return "math.\(fuzz.pick("floor", "ceil", "abs"))(\(some()))"
        case 5: return "math.\(fuzz.pick("max", "min", "fmod"))(\(some()), \(some()))"
        case 6: return "(tonumber(\(text())) or \(some()))"
        case 7: return "#\(fuzz.chance(2) ? text() : list(depth - 1))"
        case 8: return "(string.byte(\(text()), \(fuzz.pick("1", "-1", "2"))) or 7)"
        case 9: return "bit.\(fuzz.pick("band", "bor", "bxor"))(\(small()), \(small()))"
        case 10: return "bit.\(fuzz.pick("lshift", "rshift", "arshift", "rol"))(\(small()), \(fuzz.below(33)))"
        case 11: return "select('#', \(expression(.anything, depth: depth - 1)), nil)"
        case 12: return "(string.find(\(text()), \(pattern())) or 0)"
        default: return "(tonumber(ARGV[\(1 + fuzz.below(4))] or 'x') or -3)"
        }
    }

    private mutating func small() -> String {
        fuzz.pick("0", "1", "255", "-1", "65535", "0x7fffffff", "2^31", "#ARGV", "12345")
    }

    private mutating func string(_ depth: Int) -> String {
        guard depth > 0, !fuzz.chance(4) else {
            return fuzz.pick(
                "'a'", "''", "'abc'", "'1'", "'10'", "'-5.0'", "'hello world'", "'0x1f'", "'\\0\\255'", "'a.b,c'",
                "ARGV[1]", "ARGV[2]", "KEYS[1]", "'1e3'", "' 7 '")
        }
        func some() -> String { expression(.string, depth: depth - 1) }
        func count() -> String { expression(.number, depth: depth - 1) }
        switch fuzz.below(16) {
        case 0..<3: return "(\(some()) .. \(fuzz.chance(2) ? some() : count()))"
        case 3: return "tostring(\(fuzz.chance(2) ? count() : expression(.boolean, depth: depth - 1)))"
        case 4: return "string.sub(\(some()), \(fuzz.index1()), \(fuzz.index1()))"
        case 5: return "string.\(fuzz.pick("upper", "lower", "reverse"))(\(some()))"
        case 6: return "string.rep(\(some()), \(fuzz.below(4)))"
        case 7: return "string.format('\(fuzz.pick("%s", "%5s", "%-6s|", "%.2s", "%q"))', \(some()))"
        case 8: return "string.format('\(fuzz.pick("%.3f", "%g", "%.14g", "%5.1f", "%e", "%.17g"))', \(count()))"
        case 9: return "string.format('\(fuzz.pick("%d", "%5d", "%03d", "%x", "%c"))', \(small()))"
        case 10: return "(string.gsub(\(some()), \(pattern()), \(fuzz.pick("'x'", "'<%0>'", "''", "string.upper"))))"
        case 11: return "table.concat({\(some()), \(count()), \(some())}, \(some()))"
        case 12: return "type(\(expression(.anything, depth: depth - 1)))"
        case 13: return "redis.sha1hex(\(some()))"
        case 14:
            return fuzz.pick(
                "cjson.encode(\(count()))", "cjson.encode({\(some()), \(count())})", "cjson.encode({k = \(some())})",
                "struct.pack('>I4', \(small()))", "struct.pack('s', \(some()))", "struct.pack('<d', \(count()))",
                "cmsgpack.pack(\(count()))", "cmsgpack.pack({\(some()), \(count())})", "bit.tohex(\(small()))")
        default: return "(string.match(\(some()), \(pattern())) or 'none') .. ''"
        }
    }

    private mutating func boolean(_ depth: Int) -> String {
        guard depth > 0, !fuzz.chance(6) else { return fuzz.pick("true", "false", "(1 == 1)") }
        func number() -> String { expression(.number, depth: depth - 1) }
        func text() -> String { expression(.string, depth: depth - 1) }
        switch fuzz.below(7) {
        case 0, 1: return "(\(number()) \(fuzz.pick("<", "<=", ">", ">=", "==", "~=")) \(number()))"
        case 2: return "(\(text()) \(fuzz.pick("==", "~=", "==", "<")) \(text()))"
        case 3: return "not \(expression(.boolean, depth: depth - 1))"
        case 4:
            return
                "(\(expression(.boolean, depth: depth - 1)) \(fuzz.pick("and", "or")) \(expression(.boolean, depth: depth - 1)))"
        case 5: return "(\(expression(.anything, depth: depth - 1)) == \(fuzz.pick("nil", "false", "1", "'a'")))"
        default: return "(type(\(expression(.anything, depth: depth - 1))) == 'table')"
        }
    }

    private mutating func list(_ depth: Int) -> String {
        // Without holes, whose table has a length of its own on either.
        func some() -> String { "(\(expression(.anything, depth: depth - 1)) or false)" }
        guard depth > 0 else { return fuzz.pick("{}", "{1, 2}", "{'a'}", "ARGV", "KEYS") }
        return fuzz.pick(
            "{\(some()), \(some())}", "{\(some())}", "ARGV", "{unpack(ARGV)}",
            "{pcall(tonumber, \(some()))}", "{string.find(\(string(depth - 1)), \(pattern()))}",
            "{string.byte(\(string(depth - 1)), 1, -1)}")
    }

    private mutating func anything(_ depth: Int) -> String {
        func some() -> String { expression(.anything, depth: depth - 1) }
        guard depth > 0 else { return fuzz.pick("nil", "1", "'x'", "true", "false", "{}", "2.9", "-1.5") }
        switch fuzz.below(12) {
        case 0, 1: return number(depth)
        case 2, 3: return string(depth)
        case 4: return boolean(depth)
        case 5: return list(depth)
        case 6:
            return fuzz.pick(
                "{ok = \(string(depth - 1))}", "{err = \(string(depth - 1))}", "{a = \(some())}",
                "{double = \(number(depth - 1))}",
                "{[2] = \(some())}", "{\(some()), nil, \(some())}", "redis.status_reply(\(string(depth - 1)))",
                "redis.error_reply(\(string(depth - 1)))")
        case 7:
            return fuzz.pick(
                "cjson.decode('[1,2.5,\"x\",null,true,{\"a\":[]}]')", "cjson.decode('\"\\\\u00e9\"')", "cjson.null",
                "cjson.decode(cjson.encode(\(list(0))))", "cmsgpack.unpack(cmsgpack.pack(\(some())))",
                "struct.unpack('>I4', struct.pack('>I4', \(small())))")
        case 8: return "redis.pcall('GET', \(fuzz.pick("KEYS[1]", "'a'", "'b'", "'h'")))"
        case 9: return "(\(some()) \(fuzz.pick("and", "or")) \(some()))"
        case 10: return fuzz.pick("nil", "print", "redis", "tostring", "cjson.encode", "_G", "undefined")
        default: return "(select(2, pcall(function() return \(some()) end)))"
        }
    }
}

extension CommandFuzz {
    /// A position in a short text, counted from 1.
    mutating func index1() -> String {
        pick("1", "2", "-1", "-2", "0", "3", "100", "-100")
    }
}
