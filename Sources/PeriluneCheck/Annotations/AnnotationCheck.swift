import PeriluneLua

/// Annotations by themselves: what cannot be read, what nobody knows, what is missing, what says two things.
enum AnnotationCheck: ScriptCheck {
    static let rules = [malformed, unknown, missing, flags]

    static let malformed = Rule(
        301, "malformed-annotation", .error, summary: "An annotation cannot be read.",
        reason: """
            From annotations come typed bindings, documentation and the other checks of them. One that cannot be read, is \
            there twice, or stands below the header, where nobody looks for it, says nothing to any of them. While there \
            is one, the others are not compared with what the script does.
            """,
        bad: """
            --- Count a call.
            ---@script counter.add
            ---@key    counter number
            ---@return integer
            return redis.call('INCR', KEYS[1])
            """,
        good: """
            --- Count a call.
            ---@script counter.add
            ---@key    counter string
            ---@return integer
            return redis.call('INCR', KEYS[1])
            """)
    static let unknown = Rule(
        302, "unknown-annotation", .warning, summary: "Nobody knows an annotation of this name.",
        reason: """
            It is a typing error, or of another tool, and says nothing here. The annotations of Lua's language server, \
            such as `---@diagnostic`, may stand beside those of a script.
            """,
        bad: """
            --- Count a call.
            ---@script  counter.add
            ---@key     counter string
            ---@returns integer
            return redis.call('INCR', KEYS[1])
            """,
        good: """
            --- Count a call.
            ---@script counter.add
            ---@key    counter string
            ---@return integer
            return redis.call('INCR', KEYS[1])
            """)
    static let missing = Rule(
        303, "missing-annotation", .warning, summary: "An annotated script does not say its name, or what it replies.",
        reason: """
            Without `---@script` there is no binding, and without `---@return` the binding gives a reply that the caller \
            has to take apart.
            """,
        bad: """
            --- Count a call.
            ---@script counter.add
            ---@key    counter string
            return redis.call('INCR', KEYS[1])
            """,
        good: """
            --- Count a call.
            ---@script counter.add
            ---@key    counter string
            ---@return integer
            return redis.call('INCR', KEYS[1])
            """)
    static let flags = Rule(
        309, "flags-differ", .warning, summary: "The shebang line and `---@flags` say different things.",
        reason: """
            Redis goes by the line `#!lua flags=…` alone, and everything that comes from the annotations by `---@flags`. \
            Where both are there, they have to be the same flags.
            """,
        bad: """
            #!lua flags=no-writes
            --- Read a counter.
            ---@script counter.read
            ---@key    counter string
            ---@return bytes?
            ---@flags  no-writes, allow-stale
            return redis.call('GET', KEYS[1])
            """,
        good: """
            #!lua flags=no-writes,allow-stale
            --- Read a counter.
            ---@script counter.read
            ---@key    counter string
            ---@return bytes?
            ---@flags  no-writes, allow-stale
            return redis.call('GET', KEYS[1])
            """)

    static func findings(in script: CheckedScript) -> [Finding] {
        script.annotations.errors.map(finding) + misplaced(in: script) + differences(in: script)
    }

    private static func finding(_ error: ScriptHeaderError) -> Finding {
        switch error.kind {
        case .malformed: finding(malformed, error.message, at: error.range)
        case .unnamed: finding(missing, error.message, at: error.range)
        case .unknown(let suggestion):
            finding(
                unknown, error.message, at: error.range,
                fix: suggestion.map { Fix("write @\($0)", [.init(error.range, "@\($0)")]) })
        }
    }

    // MARK: Below the header

    /// Annotations that nobody reads. Where there is no header at all, only one with a name was meant to begin it.
    private static func misplaced(in script: CheckedScript) -> [Finding] {
        let (source, comments) = (script.chunk.tokens.source, script.chunk.tokens.comments)
        let end = script.annotations.end
        return comments.compactMap { comment -> Finding? in
            guard !comment.isLong, comment.range.start.offset >= end, comment.range.end.offset <= source.count else {
                return nil
            }
            let text = source[comment.range.start.offset..<comment.range.end.offset]
            guard text.starts(with: "---@".utf8) else { return nil }
            let name = String(decoding: text.dropFirst(4).prefix { $0 > 0x20 }, as: UTF8.self)
            guard let annotation = ScriptHeader.Annotation(rawValue: name), annotation.marksHeader,
                annotation == .script || script.annotations.header != nil
            else { return nil }
            return finding(
                malformed, "'@\(name)' is not read here, below the first code or long comment", at: comment.range)
        }
    }

    // MARK: Flags

    private static func differences(in script: CheckedScript) -> [Finding] {
        guard let shebang = script.shebang, let header = script.header, let range = header.ranges[.flags],
            shebang.flags != header.flags
        else { return [] }
        func list(_ flags: Set<ScriptHeader.Flag>) -> String {
            flags.map { "'\($0.rawValue)'" }.sorted().joined(separator: ", ")
        }
        let missing = header.flags.subtracting(shebang.flags)
        let extra = shebang.flags.subtracting(header.flags)
        let parts = [
            missing.isEmpty ? nil : "\(list(missing)) is not in the shebang line",
            extra.isEmpty ? nil : "the shebang line has \(list(extra)), too",
        ]
        let length = script.source.bytes.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }.count
        let end = SourcePosition(offset: length, line: 1, column: length + 1)
        return [
            finding(
                flags, parts.compactMap { $0 }.joined(separator: "; "), at: range,
                notes: [.init("the shebang line", at: SourceRange(start: .start, end: end))])
        ]
    }
}
