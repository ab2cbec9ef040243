import Dispatch
import PeriluneEmbedded

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What Ctrl-C does from here on: it ends the script that runs, or drops what is being typed, instead of the process.
///
/// Each one is a byte in a pipe until somebody has noticed it.
final class Interrupts: ScriptObserver {
    private let reader: CInt
    private let writer: CInt

    /// - Returns: `nil` when the system has no pipe to give.
    init?() {
        var ends: [CInt] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        (reader, writer) = (ends[0], ends[1])
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            // Nobody is to wait for a full pipe, nor for an empty one.
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
    }

    /// Takes the signal over: whatever comes after this has returned is noted.
    ///
    /// - Returns: What has to be kept for as long as it is to be so.
    func listen() -> any DispatchSourceSignal {
        signal(SIGINT, SIG_IGN)
        // A queue of its own has a thread when it needs one, however many others are busy.
        let source = DispatchSource.makeSignalSource(signal: SIGINT, queue: DispatchQueue(label: "perilune.interrupts"))
        let isListening = DispatchSemaphore(value: 0)
        source.setRegistrationHandler { isListening.signal() }
        source.setEventHandler { self.note() }
        source.resume()
        isListening.wait()
        return source
    }

    /// Notes that there was one.
    func note() {
        var byte: UInt8 = 0
        _ = write(writer, &byte, 1)
    }

    func scriptRuns(_ engine: ExclusiveEngine, for duration: Duration, hasWritten: Bool) -> Bool {
        take()
    }

    /// Waits until there is something to read, or for Ctrl-C.
    ///
    /// - Returns: Whether it was Ctrl-C.
    func comes(before descriptor: CInt) -> Bool {
        var polled = [
            pollfd(fd: reader, events: Int16(POLLIN), revents: 0),
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
        ]
        while poll(&polled, 2, -1) < 0 { guard errno == EINTR else { return false } }
        return take()
    }

    /// - Returns: Whether there were any that nobody had noticed.
    private func take() -> Bool {
        var bytes = [UInt8](repeating: 0, count: 64)
        return read(reader, &bytes, bytes.count) > 0
    }

    deinit {
        close(reader)
        close(writer)
    }
}

/// Standard input, on which Ctrl-C can come first.
final class InterruptibleInput: ByteSource {
    private let file: InputFile
    private let interrupts: Interrupts?
    private let drop: () -> Void

    /// - Parameter drop: Called for each Ctrl-C.
    init(_ file: InputFile, _ interrupts: Interrupts?, drop: @escaping () -> Void) {
        self.file = file
        self.interrupts = interrupts
        self.drop = drop
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ReplayError) -> Int {
        while let interrupts, interrupts.comes(before: STDIN_FILENO) { drop() }
        return try file.read(into: buffer)
    }
}
