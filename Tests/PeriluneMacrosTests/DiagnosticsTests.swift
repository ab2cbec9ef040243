import Testing

/// What the compiler says where `@Cached` cannot be.
@Suite struct DiagnosticsTests {
    /// The compiler's own verifier compares with the comments in the file: each message, its line, and what an editor would
    /// change.
    @Test func everyMistakeHasOneErrorWhereItIs() async throws {
        let outcome = try await Compiler.check("Diagnostics", "-verify")
        #expect(outcome.status == 0, "\(outcome.output)")
    }

    @Test func whatCannotBePartOfAKeyIsNamedWithTheWayOut() async throws {
        let outcome = try await Compiler.check("KeyParts")
        #expect(outcome.status == 1)
        let errors = outcome.output.split(separator: "\n").filter { $0.contains(": error: ") }
        for message in [
            "the result of a method may depend on its instance: the type conforms to CacheKeyPart, or 'self' is named",
            "a part of a key conforms to CacheKeyPart, or is named in 'ignoring:'",
            "cannot find 'caches' in scope",
        ] {
            #expect(errors.filter { $0.contains(message) }.count == 1, "\(message): \(outcome.output)")
        }
    }
}
