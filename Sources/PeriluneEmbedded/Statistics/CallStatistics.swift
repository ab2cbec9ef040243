import PeriluneCore

/// How often commands were called and how often that went wrong, as `INFO commandstats` and `INFO errorstats` tell it.
///
/// Kept for an engine behind a port alone: nobody else can ask. To look at the clock twice takes longer than a small
/// command, so that of those on keys only the first calls, and then one in 16, are measured, each for 16. What runs for
/// long, such as a script, is measured every time.
package final class CallStatistics {
    /// What is known of one command.
    package struct Calls {
        /// How often it was carried out, by scripts or clients.
        package var count = 0
        /// How long that took altogether: for many calls an estimate.
        package var nanoseconds: UInt64 = 0
        /// How often it was refused before it began, and how often it answered an error.
        package var rejected = 0
        package var failed = 0

        /// What is known together with other counts of the same command.
        package func adding(_ other: Calls) -> Calls {
            Calls(
                count: count + other.count, nanoseconds: nanoseconds &+ other.nanoseconds,
                rejected: rejected + other.rejected, failed: failed + other.failed)
        }
    }

    /// Of the commands in the ``CommandTable``, by their numbers.
    private var calls: [Calls]
    private let names: [String]
    /// Of subcommands, `xinfo|stream` for example, and of what only a port has.
    private var callsByName: [String: Calls] = [:]
    /// How many errors there were of each code, such as `WRONGTYPE`.
    private var errors: [String: Int] = [:]
    /// How many errors there were.
    package private(set) var errorCount = 0
    /// How many commands were carried out.
    package private(set) var callCount = 0

    /// Codes of errors that are counted one by one: scripts can make up any.
    private static let mostCodes = 1024

    /// - Parameter names: Of the commands, by their numbers.
    package init(names: [String] = []) {
        self.names = names
        calls = Array(repeating: Calls(), count: names.count)
    }

    /// Begins anew, as `CONFIG RESETSTAT` does.
    package func reset() {
        calls = Array(repeating: Calls(), count: names.count)
        callsByName = [:]
        errors = [:]
        errorCount = 0
        callCount = 0
    }
}

// MARK: - Counting

extension CallStatistics {
    /// Calls that are all measured, and after them one in so many.
    private static let firstMeasured = 64
    private static let interval = 16

    /// When a call of a command of the table begins; `nil` when it is not measured.
    @inline(__always)
    func begin(_ command: Command) -> UInt64? {
        let count = calls[command.number].count
        return isSampled(command, count) && count % Self.interval != 0 ? nil : MonotonicTime.now
    }

    private func isSampled(_ command: Command, _ count: Int) -> Bool {
        guard case .keyspace = command.handler, count >= Self.firstMeasured else { return false }
        return !command.flags.contains(.hasSubcommands)
    }

    /// A command of the table was carried out.
    func note(_ command: Command, from begin: UInt64?, failed: Bool) {
        callCount += 1
        let number = command.number
        if let begin {
            let duration = MonotonicTime.now &- begin
            let weight = isSampled(command, calls[number].count) ? UInt64(Self.interval) : 1
            calls[number].nanoseconds &+= duration &* weight
        }
        calls[number].count += 1
        if failed { calls[number].failed += 1 }
    }

    /// A command that is known by its name was carried out.
    package func note(_ name: String, from begin: UInt64, failed: Bool) {
        callCount += 1
        let duration = MonotonicTime.now &- begin
        change(name) { calls in
            calls.count += 1
            calls.nanoseconds &+= duration
            if failed { calls.failed += 1 }
        }
    }

    /// A command of the table was refused.
    func noteRejection(_ number: Int) {
        calls[number].rejected += 1
    }

    /// A command that is known by its name was refused.
    package func noteRejection(_ name: String) {
        change(name) { $0.rejected += 1 }
    }

    private func change(_ name: String, _ body: (inout Calls) -> Void) {
        body(&callsByName[name, default: Calls()])
    }

    /// An error was answered, to a client or to a script.
    ///
    /// - Parameter line: The error without the `-`.
    package func noteError(_ line: some StringProtocol) {
        errorCount += 1
        // The code ends within so many bytes; without one an error counts as a plain one.
        let code = line.utf8.prefix(31).firstIndex(of: UInt8(ascii: " ")).map { String(line[..<$0]) } ?? "ERR"
        guard errors[code] != nil || errors.count < Self.mostCodes else { return }
        errors[code, default: 0] += 1
    }
}

// MARK: - Reading

extension CallStatistics {
    /// The commands that were called or refused, in the order of their names.
    package var commands: [(name: String, calls: Calls)] {
        var all = callsByName
        for (name, calls) in zip(names, calls) where calls.count + calls.rejected > 0 { all[name] = calls }
        return all.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// The codes of errors, in order, and how many there were of each.
    package var errorCodes: [(code: String, count: Int)] {
        errors.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}
