import PeriluneFuzzing
import Testing

@Suite(.enabled(if: Requirements.areMet, Comment(rawValue: Requirements.comment)))
struct HashCommandTests {
    @Test func hashesAnswerTheSame() async throws {
        var fuzz = CommandFuzz()
        try await fuzz.compare(3000, setUp: [["DEL", "h", "i"], ["SET", "s", "text"]]) { $0.hashLine() }
    }
}
