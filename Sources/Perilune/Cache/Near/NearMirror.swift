/// What a process knows of the head of a cache shard, from its messages and from heartbeats.
///
/// The mirror trusts itself only for a second after it was last known to be complete. It is complete when the messages
/// it got have the numbers without a gap, up to the number that a head read meanwhile shows. On anything else it is dropped:
/// nothing of before counts any more, and the next head begins anew.
///
/// A pure state machine: times are passed in, in microseconds.
struct NearMirror: Sendable {
    /// How long after a heartbeat was sent the mirror is trusted.
    static let trustTime: Int64 = 1_000_000
    /// How long messages that a head has told of may be under way.
    static let messageTime: Int64 = 200_000

    /// Moves whenever something that was valid may not be so any more: what was found valid in a version is valid as long
    /// as the mirror is in it.
    private(set) var version: UInt64 = 1
    /// Until when the mirror is trusted.
    private(set) var trustedUntil = Int64.min
    /// How often what was known was dropped.
    private(set) var drops = 0

    private var isSubscribed = false
    /// The version with which everything known began anew.
    private var firstVersion: UInt64 = 1
    /// What is known; `nil` until a head has come.
    private var known: Known?
    /// Messages that have come while nothing was known.
    private var early: Early?
    private let tagLimit: Int

    private struct Known {
        var epoch: UInt64
        /// The number of the last message that is taken into account.
        var number: UInt64
        var invalidations: NearInvalidations
        /// Whether messages that the first head has counted already may still be under way.
        var mayLag: Bool
        /// A head ahead of the messages.
        var awaited: Awaited?
    }

    private struct Awaited {
        let number: UInt64
        let sequence: UInt64
        let sent: Int64
        let deadline: Int64
    }

    /// Messages without a gap.
    private struct Early {
        let epoch: UInt64
        let first: UInt64
        var last: UInt64
        var sequence: UInt64
    }

    /// What must be known when a head is asked for, to understand the answer.
    struct Probe: Sendable {
        fileprivate let sent: Int64
        fileprivate let version: UInt64
        fileprivate let number: UInt64
    }

    /// - Parameter tagLimit: How many tags are remembered. Beyond it entries are void that are older than the older half of
    ///   their invalidations.
    init(tagLimit: Int) {
        self.tagLimit = max(2, tagLimit)
    }

    // MARK: The subscription

    /// From now on no message is missed.
    mutating func subscribed() {
        drop()
        isSubscribed = true
    }

    /// From now on messages may be missed.
    mutating func interrupted() {
        drop()
        isSubscribed = false
    }

    /// Forgets everything, because something may have been missed. The next head begins anew.
    mutating func drop() {
        // Nothing was built on what is not known.
        guard known != nil else {
            early = nil
            return beginAnew()
        }
        drops += 1
        known = nil
        early = nil
        beginAnew()
    }

    private mutating func beginAnew() {
        trustedUntil = .min
        version += 1
        firstVersion = version
    }
}

// MARK: - Messages

extension NearMirror {
    /// Takes a message into account; one that cannot be read is a lost one.
    ///
    /// - Complexity: O(tags of the message).
    mutating func apply(_ message: CacheMessage?) {
        guard isSubscribed else { return }
        guard let message else { return drop() }
        guard let known else { return remember(message) }
        guard message.epoch == known.epoch else {
            drop()
            return remember(message)
        }
        let (next, overflow) = known.number.addingReportingOverflow(1)
        if !overflow, message.number == next {
            self.known?.number = next
            self.known?.mayLag = false
            take(message.change, message.sequence)
            confirm()
        } else if known.mayLag, message.number <= known.number {
            take(message.change, message.sequence)
        } else {
            drop()
            remember(message)
        }
    }

    /// Takes into account what this process has done itself, without waiting for the message of it.
    mutating func apply(_ change: CacheMessage.Change, epoch: UInt64, sequence: UInt64) {
        guard let known else { return }
        guard known.epoch == epoch else { return drop() }
        take(change, sequence)
    }

    /// Counts a message while nothing is known: a head that is under way may be older than it.
    private mutating func remember(_ message: CacheMessage) {
        if let early, early.epoch == message.epoch, message.number > 0, early.last == message.number - 1 {
            self.early?.last = message.number
            self.early?.sequence = max(early.sequence, message.sequence)
        } else {
            early = Early(
                epoch: message.epoch, first: message.number, last: message.number, sequence: message.sequence)
        }
    }

    private mutating func take(_ change: CacheMessage.Change, _ sequence: UInt64) {
        if known?.invalidations.apply(change, sequence) == true { version += 1 }
    }

    /// Trusts the mirror again when the messages have come of which a head has told.
    private mutating func confirm() {
        guard let known, let awaited = known.awaited, known.number >= awaited.number else { return }
        self.known?.awaited = nil
        // The sequence moves with messages only: it was moved by one that is none of those that came.
        if known.number == awaited.number, known.invalidations.sequence < awaited.sequence { return drop() }
        trust(from: awaited.sent)
    }

    private mutating func trust(from sent: Int64) {
        let (until, overflow) = sent.addingReportingOverflow(Self.trustTime)
        trustedUntil = max(trustedUntil, overflow ? .max : until)
    }
}

// MARK: - Heads

extension NearMirror {
    /// Notes that a head is asked for now.
    func probe(now: Int64) -> Probe {
        Probe(sent: now, version: version, number: known?.number ?? 0)
    }

    /// Takes a head into account that was asked for.
    ///
    /// - Parameter head: `nil` when there is none or it is malformed: all entries of the shard are void.
    /// - Complexity: O(1).
    mutating func apply(_ head: CacheHead?, for probe: Probe, now: Int64) {
        tick(now: now)
        // What was asked for before everything began anew tells nothing of what was missed.
        guard isSubscribed, probe.version >= firstVersion else { return }
        guard let head else { return drop() }
        guard let known else { return begin(with: head, probe) }
        // The shard has another life, or has lost the end of this one.
        if head.epoch != known.epoch || head.messages < probe.number {
            drop()
            return begin(with: head, probe)
        }
        if self.known?.invalidations.raiseFloor(to: head.floor) == true { version += 1 }
        if head.messages > known.number {
            let (deadline, overflow) = now.addingReportingOverflow(Self.messageTime)
            self.known?.awaited = Awaited(
                number: head.messages, sequence: head.sequence, sent: probe.sent,
                deadline: known.awaited?.deadline ?? (overflow ? .max : deadline))
        } else if head.messages == known.number, head.sequence > known.invalidations.sequence {
            // It was moved without a message.
            drop()
            begin(with: head, probe)
        } else {
            trust(from: probe.sent)
        }
    }

    /// Drops what is known when messages have not come in time.
    mutating func tick(now: Int64) {
        if let awaited = known?.awaited, now >= awaited.deadline { drop() }
    }

    /// Whether a head has told of messages that have not come.
    var awaitsMessages: Bool { known?.awaited != nil }

    private mutating func begin(with head: CacheHead, _ probe: Probe) {
        var number = head.messages
        var sequence = head.sequence
        var mayLag = true
        if let early, early.epoch == head.epoch, early.last > number {
            // Between the head and what came since there must be nothing.
            guard early.first <= number || early.first - number == 1 else { return }
            number = early.last
            sequence = max(sequence, early.sequence)
            mayLag = false
        }
        early = nil
        // An entry asked for before this may miss a message that nobody took.
        beginAnew()
        // Which tags were invalidated before is not known: what was not checked since is void.
        known = Known(
            epoch: head.epoch, number: number,
            invalidations: NearInvalidations(floor: sequence, tagLimit: tagLimit), mayLag: mayLag)
        trust(from: probe.sent)
    }
}

// MARK: - Entries

extension NearMirror {
    /// Whether an entry may be kept that was asked for in a version.
    func admits(_ record: NearRecord, epoch: UInt64, since version: UInt64) -> Bool {
        known?.epoch == epoch && isValid(record, checkedIn: version)
    }

    /// Whether an entry is valid that was valid in a version. Only true as long as the mirror is trusted.
    ///
    /// - Complexity: O(1) when nothing was invalidated since the entry's sequence, else O(tags + tags of the rules).
    func isValid(_ record: NearRecord, checkedIn version: UInt64) -> Bool {
        guard let known, version >= firstVersion else { return false }
        return known.invalidations.allow(record)
    }
}
