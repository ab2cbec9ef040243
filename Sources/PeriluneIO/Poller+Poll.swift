#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// `poll(2)`, woken through a pipe. For systems without `epoll`, and a second opinion in tests on those with it.
final class PollMechanism {
    private let wakeReader: Int32
    private let wakeWriter: Int32
    // The pipe's reading end comes first and stays there.
    private var watched: [pollfd]

    init() throws(SystemError) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw SystemError("pipe", number: errno) }
        wakeReader = ends[0]
        wakeWriter = ends[1]
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        watched = [pollfd(fd: wakeReader, events: Int16(POLLIN), revents: 0)]
    }

    deinit {
        close(wakeReader)
        close(wakeWriter)
    }

    func watch(_ descriptor: Int32, for interest: Readiness) {
        var events: Int16 = 0
        if interest.contains(.readable) { events |= Int16(POLLIN) }
        if interest.contains(.writable) { events |= Int16(POLLOUT) }
        if let index = watched.firstIndex(where: { $0.fd == descriptor }) {
            watched[index].events = events
        } else {
            watched.append(pollfd(fd: descriptor, events: events, revents: 0))
        }
    }

    func unwatch(_ descriptor: Int32) {
        guard let index = watched.firstIndex(where: { $0.fd == descriptor }), index > 0 else { return }
        watched.remove(at: index)
    }

    func wait(milliseconds: Int32, into events: inout [Poller.Event]) {
        let count = poll(&watched, nfds_t(watched.count), milliseconds)
        guard count > 0 else { return }
        for entry in watched where entry.revents != 0 {
            guard entry.fd != wakeReader else {
                drainPipe()
                continue
            }
            let flags = Int32(entry.revents)
            let failed = flags & (Int32(POLLERR) | Int32(POLLHUP) | Int32(POLLNVAL)) != 0
            var readiness: Readiness = []
            if failed || flags & Int32(POLLIN) != 0 { readiness.insert(.readable) }
            if failed || flags & Int32(POLLOUT) != 0 { readiness.insert(.writable) }
            events.append(Poller.Event(descriptor: entry.fd, readiness: readiness))
        }
    }

    func wake() {
        var byte: UInt8 = 1
        // Fails only when the pipe is full, and then the loop is woken already.
        _ = write(wakeWriter, &byte, 1)
    }

    private func drainPipe() {
        withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { bytes in
            while read(wakeReader, bytes.baseAddress, bytes.count) == bytes.count {}
        }
    }
}
