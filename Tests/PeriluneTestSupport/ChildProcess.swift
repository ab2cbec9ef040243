import PeriluneCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A program that runs until it is killed or this process ends.
final class ChildProcess: Sendable {
    private let pid: pid_t
    private let guardian: pid_t
    /// The writing end of the guardian's standard input. Nobody writes: it is closed when this process is gone.
    private let lifeline: Int32

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - environment: Variables in addition, as `NAME=value`.
    ///   - directory: Removed, with what is in it, after the program's end.
    init(
        program: String, arguments: [String], environment: [String] = [], directory: String
    ) throws(RedisServer.StartError) {
        pid = try Self.spawn(program, arguments, environment: environment, standardInput: nil)
        guard let (reader, writer) = Loopback.makePipe() else {
            throw RedisServer.StartError(description: "no pipe")
        }
        defer { close(reader) }
        lifeline = writer
        let command = "read line; kill -9 \(pid); rm -rf '\(directory)'"
        do throws(RedisServer.StartError) {
            guardian = try Self.spawn("/bin/sh", ["-c", command], standardInput: reader)
        } catch {
            Self.end(pid)
            throw error
        }
    }

    deinit {
        close(lifeline)
    }

    /// Whether the program has not ended by itself.
    var isRunning: Bool {
        var status: Int32 = 0
        return waitpid(pid, &status, WNOHANG) == 0
    }

    /// Ends the program at once and waits for its end.
    func kill() {
        // The guardian first: it must not kill a number that is somebody else's by then.
        Self.end(guardian)
        Self.end(pid)
    }

    /// Stops the program where it is, with its connections open, until ``proceed()``.
    func pause() {
        Self.send(SIGSTOP, to: pid)
    }

    /// Lets the program go on.
    func proceed() {
        Self.send(SIGCONT, to: pid)
    }

    private static func end(_ pid: pid_t) {
        send(SIGKILL, to: pid)
        var status: Int32 = 0
        waitpid(pid, &status, 0)
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

    /// Runs a program to its end.
    ///
    /// - Throws: When it cannot be started or its exit status is not 0.
    static func run(_ program: String, _ arguments: [String]) throws(RedisServer.StartError) {
        let pid = try spawn(program, arguments, standardInput: nil)
        var status: Int32 = 0
        guard waitpid(pid, &status, 0) == pid, status == 0 else {
            throw RedisServer.StartError(description: "\(program) failed")
        }
    }

    #if canImport(Glibc)
        private typealias CloseFrom = @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32
        /// Looked up by name, because its declaration is for GNU sources only.
        private static let closeFrom = dlsym(nil, "posix_spawn_file_actions_addclosefrom_np")
            .map { unsafeBitCast($0, to: CloseFrom.self) }
    #endif

    /// Starts a program that gets none of this process's descriptors but those named here.
    ///
    /// Not every library marks its sockets to be closed on exec. A program that inherits a listening socket keeps it
    /// open when its server has closed it, and whoever connects then waits for an answer until that program ends.
    private static func spawn(
        _ program: String, _ arguments: [String], environment additional: [String] = [], standardInput: Int32?
    ) throws(RedisServer.StartError) -> pid_t {
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
        #if canImport(Darwin)
            posix_spawn_file_actions_addinherit_np(&actions, 2)
            posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_CLOEXEC_DEFAULT))
        #elseif canImport(Glibc)
            _ = closeFrom?(&actions, 3)
        #endif
        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) }
        words.append(nil)
        defer { for word in words { free(word) } }
        var environment = (["PATH=/usr/bin:/bin"] + additional).map { strdup($0) }
        environment.append(nil)
        defer { for word in environment { free(word) } }
        var pid: pid_t = 0
        let result = posix_spawn(&pid, program, &actions, &attributes, &words, &environment)
        guard result == 0 else {
            throw RedisServer.StartError(description: "\(program): \(String(cString: strerror(result)))")
        }
        return pid
    }
}
