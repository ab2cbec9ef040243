import PeriluneFuzzing
import Testing

@Suite(.enabled(if: Requirements.areMet, Comment(rawValue: Requirements.comment)))
struct SetCommandTests {
    @Test func setsAnswerTheSame() async throws {
        var fuzz = CommandFuzz()
        try await fuzz.compare(3000, setUp: [["DEL", "u", "v", "w"], ["SET", "s", "text"]]) {
            $0.setLine(order: .any) { $0.pick("a", "b", "c", "1", "2", "01", "", "-5", "e") }
        }
    }

    /// Sets of integers are answered in order.
    @Test func integersAnswerInTheSameOrder() async throws {
        var fuzz = CommandFuzz()
        try await fuzz.compare(2000, distorting: false, setUp: [["DEL", "u", "v", "w"], ["SET", "s", "text"]]) {
            $0.setLine(order: .same) {
                $0.pick("1", "2", "0", "-5", "9223372036854775807", "-9223372036854775808", "70000", "-70000", "12")
            }
        }
    }
}
