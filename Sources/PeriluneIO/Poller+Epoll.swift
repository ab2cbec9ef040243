#if os(Linux)
    import CLinuxIO

    #if canImport(Glibc)
        import Glibc
    #elseif canImport(Musl)
        import Musl
    #endif

    /// `epoll`, woken through an `eventfd`.
    final class EpollMechanism {
        private static let batch = 64

        private let epoll: Int32
        private let wakeUp: Int32
        private var watched: Set<Int32> = []
        private let ready: UnsafeMutablePointer<epoll_event>

        init() throws(SystemError) {
            epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
            guard epoll >= 0 else { throw SystemError("epoll_create1", number: errno) }
            wakeUp = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
            guard wakeUp >= 0 else {
                let number = errno
                close(epoll)
                throw SystemError("eventfd", number: number)
            }
            ready = .allocate(capacity: Self.batch)
            ready.initialize(repeating: epoll_event(), count: Self.batch)
            var event = epoll_event()
            event.events = EPOLLIN.rawValue
            event.data.fd = wakeUp
            epoll_ctl(epoll, EPOLL_CTL_ADD, wakeUp, &event)
        }

        deinit {
            ready.deallocate()
            close(wakeUp)
            close(epoll)
        }

        func watch(_ descriptor: Int32, for interest: Readiness) throws(SystemError) {
            var event = epoll_event()
            // Who only writes need not know that the peer has said its last: it would be told so again and again.
            event.events = interest == .writable ? 0 : EPOLLRDHUP.rawValue
            if interest.contains(.readable) { event.events |= EPOLLIN.rawValue }
            if interest.contains(.writable) { event.events |= EPOLLOUT.rawValue }
            event.data.fd = descriptor
            let isNew = watched.insert(descriptor).inserted
            guard epoll_ctl(epoll, isNew ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, descriptor, &event) == 0 else {
                let number = errno
                if isNew { watched.remove(descriptor) }
                throw SystemError("epoll_ctl", number: number)
            }
        }

        func unwatch(_ descriptor: Int32) {
            guard watched.remove(descriptor) != nil else { return }
            var event = epoll_event()
            epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, &event)
        }

        func wait(milliseconds: Int32, into events: inout [Poller.Event]) {
            // Interrupted by a signal is as good as nothing ready: the loop computes its timeout anew.
            let count = epoll_wait(epoll, ready, Int32(Self.batch), milliseconds)
            guard count > 0 else { return }
            for index in 0..<Int(count) {
                let descriptor = ready[index].data.fd
                guard descriptor != wakeUp else {
                    var counter: UInt64 = 0
                    _ = read(wakeUp, &counter, 8)
                    continue
                }
                let flags = ready[index].events
                let failed = flags & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0
                var readiness: Readiness = []
                if failed || flags & (EPOLLIN.rawValue | EPOLLRDHUP.rawValue) != 0 { readiness.insert(.readable) }
                if failed || flags & EPOLLOUT.rawValue != 0 { readiness.insert(.writable) }
                events.append(Poller.Event(descriptor: descriptor, readiness: readiness))
            }
        }

        func wake() {
            var one: UInt64 = 1
            // Fails only when the counter is at its end, and then the loop is woken already.
            _ = write(wakeUp, &one, 8)
        }
    }
#endif
