/// The commands of a server that scripts may not call, whether or not the engine has them, and how a script is told.
enum ServerCommands {
    static let notAllowed = "ERR This Redis command is not allowed from script"
    static let wrongNumber = "ERR Wrong number of args calling Redis command from script"
    static let unknown = "ERR Unknown Redis command called from script"

    /// Why a script may not call a command that is not in the ``CommandTable``, or is there for others.
    static func refusal(of arguments: Arguments) -> String {
        let name = arguments[0].text.lowercased()
        if let arity = commands[name] {
            return Command.arity(arity, accepts: arguments.count) ? notAllowed : wrongNumber
        }
        guard let subcommands = containers[name] else { return unknown }
        guard arguments.count > 1 else { return wrongNumber }
        guard let arity = subcommands[arguments[1].text.lowercased()] else { return unknown }
        return Command.arity(arity, accepts: arguments.count) ? notAllowed : wrongNumber
    }

    /// The name under which a command that is not in the ``CommandTable`` is counted.
    static func countedName(of arguments: Arguments) -> String {
        let name = arguments[0].text.lowercased()
        guard containers[name] != nil, arguments.count > 1 else { return name }
        return "\(name)|\(arguments[1].text.lowercased())"
    }

    /// Arities by name.
    private static let commands = [
        "auth": -2, "bgrewriteaof": 1, "bgsave": -1, "blmove": 6, "blpop": -3, "brpop": -3, "brpoplpush": 4,
        "bzpopmax": -3, "bzpopmin": -3, "debug": -2, "discard": 1, "eval": -3, "eval_ro": -3,
        "evalsha": -3, "evalsha_ro": -3, "exec": 1, "failover": -1, "fcall": -3, "fcall_ro": -3, "hello": -1,
        "monitor": 1, "multi": 1, "psubscribe": -2, "psync": -3, "punsubscribe": -1, "quit": -1, "replconf": -1,
        "replicaof": 3, "reset": 1, "role": 1, "save": 1, "shutdown": -1, "slaveof": 3, "ssubscribe": -2,
        "subscribe": -2, "sunsubscribe": -1, "sync": 1, "unsubscribe": -1, "unwatch": 1, "wait": 3, "watch": -2,
    ]

    /// Arities by names of container and subcommand. Subcommands that scripts may call are left out, as the engine does
    /// not have them.
    private static let containers = [
        "acl": [
            "cat": -2, "deluser": -3, "dryrun": -4, "genpass": -2, "getuser": 3, "list": 2, "load": 2, "log": -2,
            "save": 2, "setuser": -3, "users": 2, "whoami": 2,
        ],
        "client": [
            "caching": 3, "getname": 2, "getredir": 2, "id": 2, "info": 2, "kill": -3, "list": -2, "no-evict": 3,
            "pause": -3, "reply": 3, "setname": 3, "tracking": -3, "trackinginfo": 2, "unblock": -3, "unpause": 2,
        ],
        "cluster": ["reset": -2],
        "config": ["get": -3, "resetstat": 2, "rewrite": 2, "set": -4],
        "function": [
            "delete": 3, "dump": 2, "flush": -2, "kill": 2, "list": -2, "load": -3, "restore": -3, "stats": 2,
        ],
        "latency": ["doctor": 2, "graph": 3, "histogram": -2, "history": 3, "latest": 2, "reset": -2],
        "module": ["list": 2, "load": -3, "loadex": -3, "unload": 3],
        "script": ["debug": 3, "exists": -3, "flush": -2, "kill": 2, "load": 3],
    ]
}
