/// What a descriptor is watched for, or found to be.
package struct Readiness: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Bytes, an end of file or an error wait to be read.
    package static let readable = Readiness(rawValue: 1)
    /// Bytes can be written, or a pending connect has ended.
    package static let writable = Readiness(rawValue: 2)
}

/// Waits until descriptors are ready, a time has passed, or another thread wants attention.
///
/// Level-triggered. All but ``wake()`` belongs to one thread.
package final class Poller {
    /// The system facility behind a poller.
    package enum Kind: Sendable, Hashable, CaseIterable {
        #if os(Linux)
            /// `epoll` with an `eventfd`: O(ready descriptors) a turn.
            case epoll
        #endif
        /// `poll(2)` with a pipe: O(descriptors) a turn, and on every system.
        case poll

        /// The best one of this system.
        package static var standard: Kind {
            #if os(Linux)
                .epoll
            #else
                .poll
            #endif
        }
    }

    /// A descriptor that is ready.
    package struct Event: Sendable, Hashable {
        package let descriptor: Int32
        package let readiness: Readiness

        package init(descriptor: Int32, readiness: Readiness) {
            self.descriptor = descriptor
            self.readiness = readiness
        }
    }

    private enum Mechanism {
        #if os(Linux)
            case epoll(EpollMechanism)
        #endif
        case poll(PollMechanism)
    }

    private let mechanism: Mechanism
    /// What the last ``wait(milliseconds:)`` found.
    package private(set) var events: [Event] = []

    package init(_ kind: Kind = .standard) throws(SystemError) {
        switch kind {
        #if os(Linux)
            case .epoll: mechanism = .epoll(try EpollMechanism())
        #endif
        case .poll: mechanism = .poll(try PollMechanism())
        }
    }

    /// Watches a descriptor, or changes what it is watched for.
    package func watch(_ descriptor: Int32, for interest: Readiness) throws(SystemError) {
        switch mechanism {
        #if os(Linux)
            case .epoll(let epoll): try epoll.watch(descriptor, for: interest)
        #endif
        case .poll(let poll): poll.watch(descriptor, for: interest)
        }
    }

    /// Forgets a descriptor. Must come before it is closed.
    package func unwatch(_ descriptor: Int32) {
        switch mechanism {
        #if os(Linux)
            case .epoll(let epoll): epoll.unwatch(descriptor)
        #endif
        case .poll(let poll): poll.unwatch(descriptor)
        }
    }

    /// Waits, and puts what is ready into ``events``.
    ///
    /// - Parameter milliseconds: The longest wait; `-1` waits without end, `0` only looks.
    package func wait(milliseconds: Int32) {
        events.removeAll(keepingCapacity: true)
        switch mechanism {
        #if os(Linux)
            case .epoll(let epoll): epoll.wait(milliseconds: milliseconds, into: &events)
        #endif
        case .poll(let poll): poll.wait(milliseconds: milliseconds, into: &events)
        }
    }

    /// Makes the current or next ``wait(milliseconds:)`` return. From any thread.
    package func wake() {
        switch mechanism {
        #if os(Linux)
            case .epoll(let epoll): epoll.wake()
        #endif
        case .poll(let poll): poll.wake()
        }
    }
}
