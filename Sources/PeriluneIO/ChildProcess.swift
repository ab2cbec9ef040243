#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A program that runs until it is killed or this process ends, in whatever way that ends.
///
/// A shell beside it, its guardian, waits for that. Both have process groups of their own: what a terminal or a
/// supervisor sends to this process' group reaches neither, so that the guardian is there when it is needed.
package final class ChildProcess: Sendable {
    private let pid: pid_t
    private let guardian: pid_t
    /// The writing end of the guardian's standard input. Nobody writes: it is closed when this process is gone.
    private let lifeline: Int32

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - program: The path of its file.
    ///   - environment: Variables in addition to `PATH`, as `NAME=value`.
    ///   - directory: Removed, with what is in it, when this process ends and the program with it.
    package init(
        program: String, arguments: [String], environment: [String] = [], directory: String
    ) throws(SystemError) {
        pid = try Self.spawn(program, arguments, environment: environment, standardInput: nil)
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            let error = SystemError("pipe", number: errno)
            Self.end(pid)
            throw error
        }
        defer { close(ends[0]) }
        lifeline = ends[1]
        // Another program that is started meanwhile must not hold it open.
        _ = fcntl(lifeline, F_SETFD, FD_CLOEXEC)
        let command = "trap '' HUP INT TERM; read line; kill -9 \"$1\"; rm -rf \"$2\""
        do throws(SystemError) {
            guardian = try Self.spawn(
                "/bin/sh", ["-c", command, "sh", String(pid), directory], standardInput: ends[0])
        } catch {
            Self.end(pid)
            close(lifeline)
            throw error
        }
    }

    deinit {
        close(lifeline)
    }

    /// Whether the program has not ended by itself.
    package var isRunning: Bool {
        var information = siginfo_t()
        // It stays to be waited for, so that its number does not become somebody else's before ``kill()``.
        guard waitid(P_PID, id_t(pid), &information, WEXITED | WNOHANG | WNOWAIT) == 0 else { return false }
        return information.si_signo == 0
    }

    /// Ends the program at once and waits for its end. To be called once.
    package func kill() {
        // The guardian first: it must not kill a number that is somebody else's by then.
        Self.end(guardian)
        Self.end(pid)
    }

    /// Stops the program where it is, with its connections open, until ``proceed()``.
    package func pause() {
        Self.send(SIGSTOP, to: pid)
    }

    /// Lets the program go on.
    package func proceed() {
        Self.send(SIGCONT, to: pid)
    }

    /// Runs a program to its end.
    ///
    /// - Throws: When it cannot be started or its exit status is not 0.
    package static func run(_ program: String, _ arguments: [String]) throws(SystemError) {
        let pid = try spawn(program, arguments, standardInput: nil)
        guard wait(for: pid) == 0 else { throw SystemError(program, reason: "failed") }
    }

    private static func end(_ pid: pid_t) {
        send(SIGKILL, to: pid)
        _ = wait(for: pid)
    }

    /// Waits for a program's end and gives its status; `nil` when there is no such program.
    private static func wait(for pid: pid_t) -> Int32? {
        var status: Int32 = 0
        while true {
            if waitpid(pid, &status, 0) == pid { return status }
            guard errno == EINTR else { return nil }
        }
    }

    private static func send(_ signal: Int32, to pid: pid_t) {
        #if canImport(Darwin)
            Darwin.kill(pid, signal)
        #elseif canImport(Musl)
            Musl.kill(pid, signal)
        #else
            Glibc.kill(pid, signal)
        #endif
    }
}

// MARK: - Starting

extension ChildProcess {
    #if canImport(Glibc)
        private typealias CloseFrom = @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32
        /// Looked up by name, because its declaration is for GNU sources only.
        private static let closeFrom = dlsym(nil, "posix_spawn_file_actions_addclosefrom_np")
            .map { unsafeBitCast($0, to: CloseFrom.self) }
    #endif

    /// Starts a program that gets none of this process's descriptors but those named here, and all signals as they are
    /// by default, none of them blocked.
    ///
    /// Not every library marks its sockets to be closed on exec. A program that inherits a listening socket keeps it
    /// open when its server has closed it, and whoever connects then waits for an answer until that program ends. And
    /// the threads that run tasks block most signals, without which a shell waits for ever.
    private static func spawn(
        _ program: String, _ arguments: [String], environment additional: [String] = [], standardInput: Int32?
    ) throws(SystemError) -> pid_t {
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
            var attributes: posix_spawnattr_t?
        #else
            var actions = posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        if let standardInput {
            posix_spawn_file_actions_adddup2(&actions, standardInput, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        var flags = Int16(POSIX_SPAWN_SETPGROUP) | Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF)
        #if canImport(Darwin)
            posix_spawn_file_actions_addinherit_np(&actions, 2)
            flags |= Int16(POSIX_SPAWN_CLOEXEC_DEFAULT)
        #elseif canImport(Glibc)
            _ = closeFrom?(&actions, 3)
        #endif
        var (none, all) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, flags)
        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) }
        words.append(nil)
        var environment: [UnsafeMutablePointer<CChar>?] = (["PATH=/usr/bin:/bin"] + additional).map { strdup($0) }
        environment.append(nil)
        defer { for word in words + environment { free(word) } }
        var pid: pid_t = 0
        let result = posix_spawn(&pid, program, &actions, &attributes, &words, &environment)
        guard result == 0 else { throw SystemError(program, number: result) }
        return pid
    }
}
