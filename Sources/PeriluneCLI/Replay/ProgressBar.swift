/// How far a replay has come, on one line of a terminal that is drawn anew some times a second and wiped in the end.
struct ProgressBar {
    private let name: String
    private let width: Int
    private let now: () -> ContinuousClock.Instant
    private let write: (String) -> Void
    private var drawn: ContinuousClock.Instant

    /// The shortest time between two drawings.
    static let interval: Duration = .milliseconds(100)

    /// Creates a bar; nothing is drawn yet, so that what is done at once leaves no trace.
    ///
    /// - Parameters:
    ///   - name: What is being replayed.
    ///   - width: The width of the terminal.
    ///   - now: The time.
    ///   - write: Writes to the terminal.
    init(
        name: String, width: Int, now: @escaping () -> ContinuousClock.Instant = { ContinuousClock.now },
        write: @escaping (String) -> Void
    ) {
        self.name = printable(name, atMost: 40)
        self.width = width
        self.now = now
        self.write = write
        self.drawn = now()
    }

    /// Draws the bar, unless that was done a moment ago.
    ///
    /// - Parameters:
    ///   - position: How many bytes were read.
    ///   - size: How many bytes there are; `nil` if nobody knows.
    ///   - lines: How many lines were read.
    mutating func update(position: Int, of size: Int?, lines: Int) {
        let now = now()
        guard now - drawn >= Self.interval else { return }
        drawn = now
        let count = "\(grouped(lines)) lines"
        guard let size, size > 0 else { return draw("\(name)  \(count)") }
        let share = min(Double(position) / Double(size), 1)
        let percentage = "\(Int(share * 100)) %".aligned(5)
        let room = min(width - name.count - percentage.count - count.count - 8, 40)
        guard room >= 5 else { return draw("\(percentage)  \(count)") }
        let full = Int(share * Double(room))
        let bar = String(repeating: "█", count: full) + String(repeating: "░", count: room - full)
        draw("\(name)  \(bar) \(percentage)  \(count)")
    }

    /// Wipes the line.
    func clear() {
        write("\r\u{1B}[K")
    }

    private func draw(_ text: String) {
        write("\r" + text.prefix(max(width - 1, 1)) + "\u{1B}[K")
    }
}
