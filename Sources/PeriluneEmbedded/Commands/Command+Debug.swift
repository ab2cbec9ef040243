#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What holds while `DEBUG` may be called.
struct DebugSettings {
    /// Whether scripts may call it, too.
    var isForScripts = false
    /// Whether keys that have expired go by themselves, and not only when somebody looks for them.
    var expiresActively = true
}

extension Command {
    /// The command for tests of clients and of the engine itself.
    static let debugging: [Command] = [Command(engine: "debug", -2, [.noScript], debug)]

    /// `DEBUG OBJECT key | PROTOCOL type | SLEEP seconds | SET-ACTIVE-EXPIRE 0|1 | SET-DISABLE-DENY-SCRIPTS 0|1`
    private static func debug(_ engine: EngineCore, _ arguments: Arguments) -> CommandReply {
        guard engine.debugging != nil else {
            return .error(
                "ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server."
            )
        }
        let subcommand = arguments[1]
        if arguments.count == 3 {
            if subcommand.isWord("object") {
                // One that has expired is shown as long as it is there.
                guard let entry = engine.databases.current.anyEntry(for: arguments[2]) else {
                    return .error(CommandError.noSuchKey.line)
                }
                return .bulk(Array("refcount:1 encoding:\(entry.encodingName)".utf8))
            }
            if subcommand.isWord("set-active-expire") {
                engine.debugging?.expiresActively = arguments[2].integer ?? 0 != 0
                return .ok
            }
            if subcommand.isWord("protocol") { return sample(arguments[2].text.lowercased()) }
            if subcommand.isWord("sleep") {
                sleep(arguments[2])
                return .ok
            }
            if subcommand.isWord("set-disable-deny-scripts") {
                engine.debugging?.isForScripts = arguments[2].integer ?? 0 != 0
                return .ok
            }
        }
        return .error(
            "ERR unknown subcommand or wrong number of arguments for '\(subcommand.text.prefix(128))'. Try DEBUG HELP.")
    }

    /// A reply of each type that the protocol has, but for those that come on their own. The values are the server's.
    private static func sample(_ type: String) -> CommandReply {
        switch type {
        case "string": .bulk(Array("Hello World".utf8))
        case "integer": .integer(12345)
        case "double": .double(3.141)
        case "bignum": .special(.bigNumber("1234567999999999999999999999999999999"))
        case "null": .null
        case "array": .array([.integer(0), .integer(1), .integer(2)])
        case "set": .typed(.set, [.integer(0), .integer(1), .integer(2)])
        case "map": .typed(.map, (0..<3).flatMap { [.integer($0), .special(.boolean($0 == 1))] })
        case "attrib": .bulk(Array("Some real reply following the attribute".utf8))
        case "verbatim": .special(.verbatim("This is a verbatim\nstring"))
        case "true": .special(.boolean(true))
        case "false": .special(.boolean(false))
        default:
            .error(
                "ERR Wrong protocol type name. Please use one of the following: string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false"
            )
        }
    }

    /// Blocks the engine, up to a minute.
    private static func sleep(_ seconds: ByteSlice) {
        let seconds = min(Double(seconds.text) ?? 0, 60)
        guard seconds > 0 else { return }
        var time = timespec()
        time.tv_sec = Int(seconds)
        time.tv_nsec = Int((seconds - seconds.rounded(.down)) * 1e9)
        nanosleep(&time, nil)
    }
}
