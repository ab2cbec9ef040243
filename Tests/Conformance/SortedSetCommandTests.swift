import PeriluneFuzzing
import Testing

@Suite(.enabled(if: Requirements.areMet, Comment(rawValue: Requirements.comment)))
struct SortedSetCommandTests {
    @Test func sortedSetsAnswerTheSame() async throws {
        var fuzz = CommandFuzz()
        try await fuzz.compare(4000, setUp: CommandFuzz.sortedSetSetUp) {
            switch $0.below(4) {
            case 0: $0.sortedSetAddition()
            case 1: $0.sortedSetCombination()
            default: $0.sortedSetLine()
            }
        }
    }

    /// Sets whose members all have one score, which ranges of members are made for.
    @Test func rangesOfMembersAnswerTheSame() async throws {
        var fuzz = CommandFuzz()
        try await fuzz.compare(2000, distorting: false, setUp: CommandFuzz.sortedSetSetUp) { fuzz in
            if fuzz.chance(3) {
                let pairs = fuzz.several(1...4) { $0.sortedSetMember() }.flatMap { ["0", $0] }
                return .init(["ZADD", fuzz.sortedSetKey()] + pairs)
            }
            return fuzz.memberRange()
        }
    }

    /// Larger than what is kept in an array, with the same members again and again.
    @Test func largeSetsAnswerTheSame() async throws {
        var fuzz = CommandFuzz()
        try await fuzz.compare(4000, distorting: false, setUp: []) { $0.largeSortedSetLine() }
    }
}
