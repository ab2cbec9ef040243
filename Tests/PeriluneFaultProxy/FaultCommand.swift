/// A line by which somebody changes the faults of a proxy while it runs.
package enum FaultCommand: Sendable, Hashable {
    /// From now on there are these faults.
    case change(NetworkFaults)
    /// All connections end.
    case disconnect(byReset: Bool)
    /// What has gone through is shown.
    case status
    /// The commands are shown.
    case help

    /// A line that is no command, and what would be.
    package struct Unknown: Error, CustomStringConvertible {
        package let description: String
    }

    /// The commands, one a line.
    package static let list = """
        pass                    no faults
        latency TIME [JITTER]   bytes are under way for so long, up to JITTER longer
        trickle [SIZE [PAUSE]]  so many bytes at a time (1), PAUSE apart
        swallow                 bytes get nowhere; their connection is dead for good
        reset-after SIZE        connections are reset after so many bytes of replies
        refuse                  new connections are reset
        reset, close            the connections that there are end
        status                  what has gone through

        TIME is a number with s, ms or us; SIZE is a number, or a range as 1-1000. The
        words to-server and to-client after latency, trickle and swallow limit them to
        one direction. Faults add up until `pass`.
        """

    /// Reads a line.
    ///
    /// - Parameter faults: Those that there are, to which the command adds.
    package init(_ line: String, addingTo faults: NetworkFaults) throws(Unknown) {
        var words = Words(line)
        guard let name = words.next() else { throw Unknown(description: "a command is missing; try help") }
        var changed = faults
        switch name {
        case "pass": changed = .none
        case "latency":
            let latency = try words.duration("latency needs a time")
            let jitter = try words.optionalDuration() ?? .zero
            try words.change(&changed) { direction in
                direction.latency = latency
                direction.jitter = jitter
            }
        case "trickle":
            let pieces = try words.optionalSizes() ?? 1...1
            let pause = try words.optionalDuration() ?? .zero
            try words.change(&changed) { direction in
                direction.pieces = pieces
                direction.pause = pause
            }
        case "swallow": try words.change(&changed) { $0.swallows = true }
        case "reset-after":
            guard let sizes = try words.optionalSizes() else {
                throw Unknown(description: "reset-after needs a number of bytes")
            }
            changed.resetAfter = sizes
        case "refuse": changed.refusesConnections = true
        case "reset", "close":
            try words.end()
            self = .disconnect(byReset: name == "reset")
            return
        case "status":
            try words.end()
            self = .status
            return
        case "help":
            try words.end()
            self = .help
            return
        default: throw Unknown(description: "no command \(name); try help")
        }
        try words.end()
        self = .change(changed)
    }

    /// A time as commands write it: `200ms`, `1.5s`, `50us`.
    ///
    /// - Returns: `nil` when it is none, or longer than a day.
    package static func duration(_ text: some StringProtocol) -> Duration? {
        let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard let value = Double(String(number)), value >= 0 else { return nil }
        let microseconds: Double
        switch text[number.endIndex...] {
        case "s": microseconds = value * 1_000_000
        case "ms": microseconds = value * 1000
        case "us": microseconds = value
        default: return nil
        }
        guard microseconds <= 86_400_000_000 else { return nil }
        return .microseconds(Int64(microseconds))
    }
}

/// The words of a line, taken one after the other.
private struct Words {
    private var rest: ArraySlice<Substring>

    init(_ line: String) {
        rest = line.split { $0 == " " || $0 == "\t" }[...]
    }

    mutating func next() -> Substring? { rest.popFirst() }

    mutating func duration(_ complaint: String) throws(FaultCommand.Unknown) -> Duration {
        guard let duration = try optionalDuration() else { throw FaultCommand.Unknown(description: complaint) }
        return duration
    }

    mutating func optionalDuration() throws(FaultCommand.Unknown) -> Duration? {
        guard let word = rest.first, word.first?.isNumber == true else { return nil }
        guard let duration = FaultCommand.duration(word) else {
            throw FaultCommand.Unknown(description: "\(word) is no time; 200ms is one")
        }
        rest.removeFirst()
        return duration
    }

    mutating func optionalSizes() throws(FaultCommand.Unknown) -> ClosedRange<Int>? {
        guard let word = rest.first, word.first?.isNumber == true else { return nil }
        let bounds = word.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false).map { Int($0) }
        guard let first = bounds.first, let low = first, let last = bounds.last, let high = last, low <= high else {
            throw FaultCommand.Unknown(description: "\(word) is no number of bytes; 100 is one, and 1-1000")
        }
        rest.removeFirst()
        return low...high
    }

    /// Changes the direction that comes next, or both.
    mutating func change(
        _ faults: inout NetworkFaults, _ change: (inout NetworkFaults.Direction) -> Void
    ) throws(FaultCommand.Unknown) {
        switch next() {
        case "to-server": change(&faults.toServer)
        case "to-client": change(&faults.toClient)
        case nil:
            change(&faults.toServer)
            change(&faults.toClient)
        case let word?: throw FaultCommand.Unknown(description: "\(word) is neither to-server nor to-client")
        }
    }

    func end() throws(FaultCommand.Unknown) {
        guard let word = rest.first else { return }
        throw FaultCommand.Unknown(description: "\(word) is one word too many; try help")
    }
}
