extension Command {
    /// The commands on sketches of sets.
    static let hyperLogLogs: [Command] = [
        Command("pfadd", -2, [.write, .mayGrow]) { keyspace, arguments in
            let present = try sketchEntry(for: arguments[1], in: &keyspace)
            let entry = present ?? keyspace.set(arguments[1], to: StoredString.bytes(HyperLogLog().bytes))
            var isChanged = present == nil
            try modify(entry, in: keyspace) { sketch throws(HyperLogLog.Corruption) in
                for index in 2..<max(arguments.count, 2) where try sketch.add(arguments[index]) { isChanged = true }
                if isChanged { sketch.knownCount = nil }
            }
            return .integer(isChanged ? 1 : 0)
        },
        Command("pfcount", -2, .mayReplicate) { keyspace, arguments in
            guard arguments.count == 2 else {
                return .integer(HyperLogLog.count(try union(of: arguments, in: &keyspace).registers))
            }
            guard let entry = try sketchEntry(for: arguments[1], in: &keyspace) else { return .integer(0) }
            var count = 0
            try modify(entry, in: keyspace) { sketch throws(HyperLogLog.Corruption) in
                if let known = sketch.knownCount {
                    count = known
                } else {
                    count = HyperLogLog.count(try sketch.registers)
                    sketch.knownCount = count
                }
            }
            return .integer(count)
        },
        Command("pfmerge", -2, [.write, .mayGrow]) { keyspace, arguments in
            let (registers, isDense) = try union(of: arguments, in: &keyspace)
            let entry =
                try sketchEntry(for: arguments[1], in: &keyspace)
                ?? keyspace.set(arguments[1], to: StoredString.bytes(HyperLogLog().bytes))
            try modify(entry, in: keyspace) { sketch throws(HyperLogLog.Corruption) in
                if isDense { try sketch.makeDense() }
                for (register, value) in registers.enumerated() where value > 0 {
                    _ = try sketch.raise(register, to: value)
                }
                sketch.knownCount = nil
            }
            return .ok
        },
    ]

    private static let corruption = CommandError("INVALIDOBJ Corrupted HLL object detected")

    /// The entry of a key that holds a sketch; `nil` when there is no key.
    private static func sketchEntry(
        for key: ByteSlice, in keyspace: inout Keyspace
    ) throws(CommandError) -> Entry? {
        guard let entry = try keyspace.stringEntry(for: key) else { return nil }
        guard HyperLogLog.isSketch(entry.string.bytes) else {
            throw CommandError("WRONGTYPE Key is not a valid HyperLogLog string value.")
        }
        return entry
    }

    /// Changes a sketch where it is. What has been changed before an error stays so.
    private static func modify(
        _ entry: Entry, in keyspace: Keyspace, _ body: (inout HyperLogLog) throws(HyperLogLog.Corruption) -> Void
    ) throws(CommandError) {
        var isCorrupted = false
        _ = keyspace.modifyString(of: entry) { bytes in
            var sketch = HyperLogLog(moving: &bytes)
            do throws(HyperLogLog.Corruption) { try body(&sketch) } catch { isCorrupted = true }
            bytes = sketch.bytes
        }
        if isCorrupted { throw corruption }
    }

    /// The highest of each register in the sketches under keys, which are the arguments from the second on, and whether
    /// one of them keeps all registers.
    private static func union(
        of arguments: Arguments, in keyspace: inout Keyspace
    ) throws(CommandError) -> (registers: [UInt8], isDense: Bool) {
        var union = [UInt8](repeating: 0, count: HyperLogLog.registerCount)
        var isDense = false
        for index in 1..<arguments.count {
            guard let entry = try sketchEntry(for: arguments[index], in: &keyspace) else { continue }
            var bytes = entry.string.bytes
            let sketch = HyperLogLog(moving: &bytes)
            if sketch.encoding == .dense { isDense = true }
            let registers: [UInt8]
            do throws(HyperLogLog.Corruption) { registers = try sketch.registers } catch { throw corruption }
            for (register, value) in registers.enumerated() where value > union[register] { union[register] = value }
        }
        return (union, isDense)
    }
}
