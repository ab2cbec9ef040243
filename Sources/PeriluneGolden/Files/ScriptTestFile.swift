import PeriluneCore
public import PeriluneLua

/// A file of golden tests of a script, in YAML:
///
/// ```yaml
/// script: token_bucket.lua
/// keys: {bucket: "p:{a}:b"}
/// tests:
///   - name: a full bucket gives a token
///     given: {bucket: null}
///     steps:
///       - call: {capacity: 10, interval: 1000000, cost: 1}
///         reply: 1000000
///         keys: {bucket: {string: "0", ttl: 1000}}
///         writes: 1
///       - after: 500ms
///         call: [10, 1000000, 0]
///         reply: 500000
///         writes: 0
/// ```
///
/// ## The file
/// - `script`: the script, beside the file; without it, the file's name up to `.test.yaml`, with `.lua`.
/// - `keys`: the names of the keys, by the names of the annotations or as a list. A test can have its own.
/// - `arguments`: arguments that calls by name need not repeat.
///
/// ## A test
/// - `name`.
/// - `at`: the time at its beginning, in seconds since 1970 with up to six digits after the point.
/// - `given`: the keys that there are, each with its content by its type (`string`, `hash`, `list`, `set`, `zset`,
///   `stream`) and its `ttl` in milliseconds. `null` stands for a key that there is not. The name of an annotation
///   stands for the key of that name.
/// - `redis`: `6.2` hides from the script the version that it runs on, as servers before 7.0 do, and lets it call no
///   command that came later.
/// - `stubs`: commands of the script that do not reach the engine, such as those of a module, each as
///   `{command: [JSON.TYPE, doc, $], reply: [object]}` with all its words. Several of one command answer in turn. They
///   count for no budget.
/// - `embedded`: why it runs on the embedded engine alone.
/// - `steps`.
///
/// ## A step
/// - `call`: the arguments, by name or by position. Those that repeat are a list of groups, each by name or by position.
///   `on` names other keys than the test's. Or `command`: a plain command as a list.
/// - `after`: how long after the step before it, such as `500ms`, `10s` or a number of microseconds; or `at`.
/// - `reply`: an integer, text, `null`, a list, `any`, or a range of integers such as `1..5`; `{status: OK}`; in quotes a
///   text is always a text. `{unordered: [a, b]}` is a list in any order, and `{pairs: {field: value}}` one of names and
///   values in turn, as `HGETALL` answers it, in any order of the names; then engines may have another order, too. Or
///   `error`: how the error begins.
/// - `keys`: what keys are afterwards: as in `given`, or by `type` alone. A `ttl` may be a range, or `none`.
/// - `writes`: how many commands that may write the script runs without an error.
///
/// Bytes that are no text are written as `!hex 00ff` or `!!binary AP8=`.
public struct ScriptTestFile {
    /// How messages name the file.
    public let path: String
    /// The script's path from the folder of the file.
    public let script: String

    let fields: [String: TestNode]

    /// What the name of a file of tests ends in.
    public static let suffix = ".test.yaml"

    /// Reads a file's text.
    ///
    /// - Throws: ``ScriptTestError`` when it is not YAML, or has keys that are not known.
    public init(yaml text: String, path: String) throws(ScriptTestError) {
        self.path = path
        let root = try TestNode(yaml: text, path: path)
        fields = try root.fields(["script", "keys", "arguments", "tests"])
        if let script = fields["script"] {
            self.script = try script.text()
        } else {
            let name = path.split(separator: "/").last.map(String.init) ?? path
            guard name.hasSuffix(Self.suffix) else {
                throw root.error("no script; name it, as in 'script: token_bucket.lua'")
            }
            script = name.dropLast(Self.suffix.count) + ".lua"
        }
        guard fields["tests"] != nil else { throw root.error("no tests; wanted is a list 'tests'") }
    }

    /// The error of a script that cannot be used, at the place in the file that names it.
    ///
    /// - Parameter reason: For example `cannot be read`.
    public func scriptError(_ reason: String) -> ScriptTestError {
        fields["script"]?.error("\(script): \(reason)") ?? ScriptTestError(path: path, message: "\(script): \(reason)")
    }

    /// The tests, for a script with these annotations.
    ///
    /// - Parameter header: The script's annotations; without them keys and arguments have no names.
    /// - Throws: ``ScriptTestError`` for the first thing that is wrong.
    /// - Complexity: O(n) in the size of the file.
    public func tests(for header: ScriptHeader?) throws(ScriptTestError) -> [ScriptTest] {
        guard let list = fields["tests"] else { return [] }
        var layout = CallLayout(header: header)
        layout.mentioned = fields.values.reduce(into: []) { $0.formUnion($1.values) }
        if let keys = fields["keys"] { layout.keys = try layout.keys(keys) }
        if let arguments = fields["arguments"] { layout.defaults = try layout.defaults(arguments) }
        var tests: [ScriptTest] = []
        for element in try list.elements("a list of tests") {
            tests.append(try ScriptTest(element, layout))
        }
        guard !tests.isEmpty else { throw list.error("a file without tests shows nothing") }
        return tests
    }
}

extension ScriptTest {
    fileprivate init(_ node: TestNode, _ outer: CallLayout) throws(ScriptTestError) {
        let fields = try node.fields(["name", "at", "keys", "given", "steps", "redis", "stubs", "embedded"])
        guard let name = try fields["name"]?.text(), !name.isEmpty else {
            throw node.error("a test without a name; write 'name: what it shows'")
        }
        guard let list = fields["steps"] else { throw node.error("a test without steps; wanted is a list 'steps'") }
        var layout = outer
        if let keys = fields["keys"] { layout.keys = try outer.keys(keys) }
        var given: [GivenKey] = []
        for (key, value) in try fields["given"]?.entries("keys with their contents") ?? [] {
            guard !value.isNull else {
                try layout.requireKnown(key)
                continue
            }
            let state = try value.keyFields(isExpectation: false)
            guard case .content(let content) = state.value else {
                throw value.error("a key without content; wanted is for example {string: \"1\", ttl: 1000}")
            }
            given.append(
                GivenKey(
                    name: layout.name(try key.text()), content: content, timeToLive: state.timeToLive.milliseconds))
        }
        var version: Version?
        if let redis = fields["redis"] {
            version = Version(rawValue: try redis.text())
            guard version != nil else { throw redis.error("wanted is 6.2, or nothing for the engine's own version") }
        }
        var stubs: [Stub] = []
        for element in try fields["stubs"]?.elements("a list of stubs, such as {command: [JSON.TYPE, doc], reply: 1}")
            ?? []
        {
            stubs.append(try Stub(element))
        }
        let start = try fields["at"]?.time() ?? Self.standardStart
        let reason = try fields["embedded"]?.text()
        var steps: [Step] = []
        for element in try list.elements("a list of steps") { steps.append(try Step(element, layout)) }
        guard !steps.isEmpty else { throw list.error("a test without steps shows nothing") }
        self.init(
            name: name, line: node.line ?? 0, start: start, given: given, steps: steps, onlyEmbedded: reason,
            version: version, stubs: stubs)
    }
}

extension ScriptTest.Stub {
    fileprivate init(_ node: TestNode) throws(ScriptTestError) {
        let fields = try node.fields(["command", "reply"])
        guard let command = fields["command"], let reply = fields["reply"] else {
            throw node.error("a stub has a command and a reply, as in {command: [JSON.TYPE, doc], reply: 1}")
        }
        guard let exact = try reply.replyExpectation().exact else {
            throw reply.error("a stub answers one thing, neither any nor a range")
        }
        self.init(command: try command.words(), reply: exact)
    }
}

extension ScriptTest.Step {
    fileprivate init(_ node: TestNode, _ layout: CallLayout) throws(ScriptTestError) {
        let fields = try node.fields(
            ["call", "on", "command", "after", "at", "reply", "error", "keys", "writes"])
        let action: Action
        var layout = layout
        switch (fields["call"], fields["command"]) {
        case (let call?, nil):
            if let on = fields["on"] { layout.keys = try layout.keys(on) }
            action = .call(keys: try layout.list(layout.keys, at: node), arguments: try layout.arguments(call))
        case (nil, let command?):
            if let on = fields["on"] { throw on.error("a command has its keys in itself; leave 'on' out") }
            if let writes = fields["writes"] { throw writes.error("'writes' is about calls; leave it out") }
            let words = try command.words()
            if let objection = StepCommand.objection(to: words) { throw command.error(objection) }
            action = .command(words)
        default: throw node.error("wanted is either 'call', with arguments, or 'command'")
        }
        let time: Time
        switch (fields["after"], fields["at"]) {
        case (let after?, nil): time = .after(try after.microseconds())
        case (nil, let at?): time = .at(try at.time())
        case (nil, nil): time = .after(0)
        case (_, let at?): throw at.error("'after' and 'at' together; keep one")
        }
        let reply: ReplyExpectation?
        switch (fields["reply"], fields["error"]) {
        case (let expected?, nil): reply = try expected.replyExpectation()
        case (nil, let error?):
            let text = try error.text()
            guard !text.isEmpty else { throw error.error("no text; wanted is how the error begins, as in ERR want") }
            reply = .error(text)
        case (nil, nil): reply = nil
        case (_, let error?): throw error.error("'reply' and 'error' together; keep one")
        }
        var keys: [KeyExpectation] = []
        for (key, value) in try fields["keys"]?.entries("keys with what they hold") ?? [] {
            let name = layout.name(try key.text())
            if value.isNull {
                try layout.requireKnown(key)
                keys.append(KeyExpectation(name: name, value: .absent))
            } else {
                let state = try value.keyFields(isExpectation: true)
                keys.append(KeyExpectation(name: name, value: state.value, timeToLive: state.timeToLive))
            }
        }
        self.init(
            line: node.line ?? 0, time: time, action: action, reply: reply, keys: keys,
            writes: try fields["writes"]?.integer(0...1_000_000))
    }
}

extension KeyExpectation.TimeToLive {
    fileprivate var milliseconds: Int? {
        if case .milliseconds(let range) = self { range.lowerBound } else { nil }
    }
}
