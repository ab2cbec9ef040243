import PeriluneCore
import Synchronization

/// The mirror of a shard's head for many threads.
///
/// A hit on an entry that was found valid in the mirror's version reads two numbers and takes no lock.
final class NearShard: Sendable {
    private let mirror: Locked<NearMirror>
    /// Copies of the mirror's numbers. The version is written first and read last: who sees that the mirror is trusted
    /// again sees the version of that, and not one of before.
    private let version: Atomic<UInt64>
    private let trustedUntil: Atomic<Int64>

    init(tagLimit: Int) {
        let mirror = NearMirror(tagLimit: tagLimit)
        version = Atomic(mirror.version)
        trustedUntil = Atomic(mirror.trustedUntil)
        self.mirror = Locked(mirror)
    }

    /// Changes the mirror.
    func update(_ body: (inout NearMirror) -> Void) {
        mirror.withLock { mirror in
            body(&mirror)
            version.store(mirror.version, ordering: .releasing)
            trustedUntil.store(mirror.trustedUntil, ordering: .releasing)
        }
    }

    /// Looks at the mirror.
    func read<Result: Sendable>(_ body: (NearMirror) -> Result) -> Result {
        mirror.withLock { body($0) }
    }

    enum Verdict {
        case valid
        /// The entry will never be valid again.
        case void
        /// Nobody knows: the mirror is not trusted.
        case unknown
    }

    /// Whether an entry may be served.
    func verdict(on record: NearRecord, now: Int64) -> Verdict {
        if let version = trustedVersion(now: now), version == record.checkedVersion.load(ordering: .relaxed) {
            return .valid
        }
        return mirror.withLock { mirror in
            guard now < mirror.trustedUntil else { return .unknown }
            guard mirror.isValid(record, checkedIn: record.checkedVersion.load(ordering: .relaxed)) else {
                return .void
            }
            record.checkedVersion.store(mirror.version, ordering: .relaxed)
            return .valid
        }
    }

    /// The mirror's version when it is trusted.
    func trustedVersion(now: Int64) -> UInt64? {
        guard now < trustedUntil.load(ordering: .acquiring) else { return nil }
        return version.load(ordering: .acquiring)
    }

    /// Whether an entry may be kept that was asked for in a version.
    func admit(_ record: NearRecord, epoch: UInt64, since version: UInt64) -> Bool {
        mirror.withLock { mirror in
            guard mirror.admits(record, epoch: epoch, since: version) else { return false }
            record.checkedVersion.store(mirror.version, ordering: .relaxed)
            return true
        }
    }
}
