import ArgumentParser

/// `perilune replay`: what would a policy have done to yesterday's traffic?
struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Replay an access log through the rate limiter.",
        discussion: """
            Feeds every request of a web server's access log to the limiter at the log's own time, on the embedded \
            engine, and tells who would have been denied. No server is needed and nothing is changed.

            The log is in the Common or Combined Log Format, plain or gzip. Lines that come up to 60 seconds late are \
            put in order; later ones are replayed at the latest time reached, and counted. With more than one in a \
            thousand of those the numbers are wrong, and the status is 1: give rotated logs with the oldest first. A \
            few lines with a time more than a day from that of the lines around them are left out as malformed. A log \
            knows whole seconds, so requests of the same second count as made at the same moment: the strictest \
            reading of a burst.

            Without --limit and --burst the standard policy is replayed: 60/min, 1000/h, burst 10.

            Exit status: 0; 1 if the log cannot be read, is not in the order of time or has more denied than \
            --fail-above; 2 for a wrong option.
            """)

    @Argument(help: "The log; - reads standard input.", completion: .file())
    var accessLog: String

    @Option(help: "A limit such as 60/min, 1000/h or 5/10s; NAME=60/min names it. May be repeated.")
    var limit: [String] = []

    @Option(help: "A further limit called burst: so many per second.")
    var burst: String?

    @Option(
        help: "token-bucket, fixed-window or sliding-window; windows take one limit.",
        completion: .list(["token-bucket", "fixed-window", "sliding-window"]))
    var algorithm = "token-bucket"

    @Option(
        help: """
            Who a request counts for: ip (as the middleware counts: IPv6 by its /64), user, path (without query) or \
            user-agent. Requests without one count together, as "-".
            """,
        completion: .list(["ip", "user", "path", "user-agent"]))
    var by = "ip"

    @Option(help: "How many of the hardest hit to list.")
    var top = "10"

    @Flag(help: "Print one JSON object instead of the report.")
    var json = false

    @Option(help: "Exit with 1 if a larger share of the requests is denied, such as 1% or 0.01.")
    var failAbove: String?

    func run() async throws {
        let status = await run(on: .standard())
        guard status == 0 else { throw ExitCode(status) }
    }

    /// Runs the command.
    ///
    /// - Returns: The exit status.
    func run(on console: ReplayConsole) async -> Int32 {
        do throws(ReplayOptionError) {
            let options = try ReplayOptions(
                path: accessLog, limits: limit, burst: burst, algorithm: algorithm, by: by, top: top, json: json,
                failAbove: failAbove)
            return await ReplayProgram(options: options, console: console).run()
        } catch {
            console.writeError("perilune replay: \(error)\n")
            return 2
        }
    }
}
