import PeriluneFuzzing
import Testing

@Suite(.enabled(if: Requirements.areMet, Comment(rawValue: Requirements.comment)))
struct ListCommandTests {
    @Test func listsAnswerTheSame() async throws {
        var fuzz = CommandFuzz()
        try await fuzz.compare(3000, setUp: [["DEL", "l", "m"], ["SET", "s", "text"]]) { $0.listLine() }
    }
}
