extension Command {
    /// The commands that concern databases other than the selected one.
    static let databases: [Command] = [
        Command(engine: "copy", -3, [.write, .mayGrow, .anyDatabase], copy),
        Command(engine: "flushall", -1, [.write, .anyKey]) { engine, arguments in
            try checkFlush(arguments)
            engine.databases.removeAll()
            return .ok
        },
        Command(engine: "flushdb", -1, [.write, .anyKey]) { engine, arguments in
            try checkFlush(arguments)
            engine.databases.current.removeAll()
            return .ok
        },
        Command(engine: "move", 3, [.write, .anyDatabase], move),
        Command(engine: "select", 2) { engine, arguments in
            engine.databases.select(try database(arguments[1]))
            return .ok
        },
        Command(engine: "swapdb", 3, [.write, .anyKey]) { engine, arguments in
            guard let first = arguments[1].integer, Int32(exactly: first) != nil else {
                throw CommandError("ERR invalid first DB index")
            }
            guard let second = arguments[2].integer, Int32(exactly: second) != nil else {
                throw CommandError("ERR invalid second DB index")
            }
            guard isDatabase(first), isDatabase(second) else { throw CommandError.databaseOutOfRange }
            engine.databases.exchange(first, second)
            return .ok
        },
    ]

    private static func isDatabase(_ number: Int) -> Bool {
        number >= 0 && number < Databases.count
    }

    /// The number of a database.
    private static func database(_ argument: ByteSlice) throws(CommandError) -> Int {
        guard let number = argument.integer else { throw .notAnInteger }
        guard Int32(exactly: number) != nil else {
            throw CommandError("ERR value is out of range, value must between \(Int32.min) and \(Int32.max)")
        }
        guard isDatabase(number) else { throw .databaseOutOfRange }
        return number
    }

    private static func checkFlush(_ arguments: Arguments) throws(CommandError) {
        guard
            arguments.count == 1
                || arguments.count == 2 && (arguments[1].isWord("sync") || arguments[1].isWord("async"))
        else { throw .syntax }
    }

    /// `COPY source destination [DB number] [REPLACE]`
    private static func copy(_ engine: EngineCore, _ arguments: Arguments) throws(CommandError) -> CommandReply {
        var replaces = false
        var database = engine.databases.selected
        var index = 3
        while index < arguments.count {
            if arguments[index].isWord("replace") {
                replaces = true
            } else if arguments[index].isWord("db"), index + 1 < arguments.count {
                database = try Self.database(arguments[index + 1])
                index += 1
            } else {
                throw .syntax
            }
            index += 1
        }
        if database == engine.databases.selected, arguments[1].array == arguments[2].array {
            throw CommandError("ERR source and destination objects are the same")
        }
        guard let source = engine.databases.current.entry(for: arguments[1]) else { return .integer(0) }
        if !replaces, engine.databases[database].entry(for: arguments[2]) != nil { return .integer(0) }
        engine.databases[database].set(arguments[2], to: source.header.value.copy, like: source)
        return .integer(1)
    }

    /// `MOVE key database`
    private static func move(_ engine: EngineCore, _ arguments: Arguments) throws(CommandError) -> CommandReply {
        let number = try database(arguments[2])
        guard number != engine.databases.selected else {
            throw CommandError("ERR source and destination objects are the same")
        }
        guard let source = engine.databases.current.entry(for: arguments[1]) else { return .integer(0) }
        guard engine.databases[number].entry(for: arguments[1]) == nil else { return .integer(0) }
        let value = source.header.value
        engine.databases.current.remove(source)
        engine.databases[number].set(arguments[1], to: value, like: source)
        return .integer(1)
    }
}

extension CommandError {
    static let databaseOutOfRange = CommandError("ERR DB index is out of range")
}
