extension Command {
    /// The commands that publish, and that tell who has subscribed. Subscribing itself is a client's own affair.
    static let channels: [Command] = [
        Command(engine: "publish", 3, .mayReplicate) { engine, arguments in
            .integer(engine.subscriptions.publish(arguments[2].array, on: arguments[1].array))
        },
        Command(engine: "spublish", 3) { engine, arguments in
            .integer(engine.subscriptions.publish(arguments[2].array, onShard: arguments[1].array))
        },
        Command(engine: "pubsub", -2, .hasSubcommands, describe),
    ]

    /// `PUBSUB CHANNELS|NUMPAT|NUMSUB|SHARDCHANNELS|SHARDNUMSUB`
    private static func describe(_ engine: EngineCore, _ arguments: Arguments) throws(CommandError) -> CommandReply {
        let subcommand = arguments[1]
        let subscriptions = engine.subscriptions
        if subcommand.isWord("channels") || subcommand.isWord("shardchannels") {
            guard arguments.count <= 3 else { throw .argumentCount(of: "pubsub|\(subcommand.text.lowercased())") }
            let glob = arguments.count == 3 ? Glob(pattern: arguments[2]) : nil
            let kind: Subscriptions.Kind = subcommand.isWord("channels") ? .channel : .shardChannel
            return .array(subscriptions.names(kind) { glob?.matches($0) != false }.map { .bulk($0) })
        }
        if subcommand.isWord("numsub") || subcommand.isWord("shardnumsub") {
            let kind: Subscriptions.Kind = subcommand.isWord("numsub") ? .channel : .shardChannel
            return .array(
                (2..<max(arguments.count, 2)).flatMap { index -> [CommandReply] in
                    let name = arguments[index].array
                    return [.bulk(name), .integer(subscriptions.count(name, kind))]
                })
        }
        if subcommand.isWord("numpat") {
            guard arguments.count == 2 else { throw .argumentCount(of: "pubsub|numpat") }
            return .integer(subscriptions.names(.pattern) { _ in true }.count)
        }
        throw CommandError("ERR unknown subcommand '\(subcommand.text.prefix(128))'. Try PUBSUB HELP.")
    }
}
