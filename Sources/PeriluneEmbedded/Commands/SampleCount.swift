/// How many elements a command takes at random: `[count]` of `SRANDMEMBER`, `HRANDFIELD` and `ZRANDMEMBER`.
enum SampleCount {
    /// Different ones, so many at most.
    case different(Int)
    /// Exactly so many, some perhaps several times.
    case repeated(Int)

    /// The longest reply with repetitions. A server makes any, until it runs out of memory.
    static let mostRepeated = 1 << 20

    /// - Parameter option: `WITHVALUES` or `WITHSCORES`, which may follow and makes every element two.
    init(_ arguments: Arguments, at index: Int, option: StaticString?) throws(CommandError) {
        let count = try arguments.integer(index)
        guard count != .min else {
            throw CommandError("ERR value is out of range, value must between \(-Int.max) and \(Int.max)")
        }
        if arguments.count > index + 1 {
            guard let option, arguments.count == index + 2, arguments[index + 1].isWord(option) else { throw .syntax }
            guard count.magnitude <= Int.max / 2 else { throw .outOfRange }
        }
        if count >= 0 {
            self = .different(count)
        } else {
            guard count >= -Self.mostRepeated else { throw .outOfRange }
            self = .repeated(-count)
        }
    }
}
