import Testing

/// What becomes of a function.
@Suite struct ExpansionTests {
    @Test func aFunctionAsksTheRegionAndItsBodyIsWhatIsComputed() async throws {
        let outcome = try await Compiler.check("Expansion", "-dump-macro-expansions", "-warnings-as-errors")
        #expect(outcome.status == 0, "\(outcome.output)")
        let parts = outcome.output.split(separator: "------------------------------")
        let expansion = try #require(parts.count > 1 ? parts[1] : nil)
            // The name of the local function is made by the compiler.
            .replacing(/\$s\w+computef\w+_/, with: "compute")
            .split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let function =
            "App/Expansion.swift Place.Reports.find(for:Place,among:[String:Int],_:Bool,attempts:Int,kinds:Int...)->Report?"
        let expected = #"""
            {
                @Sendable func compute() async throws -> Report? {
                    guard attempts > 0 else {
                        return nil
                    }
                    return Report()
                }
                return try await self.store.region(.outbreakData, of: Report.self).valueIfFound(
                    for: Perilune.CacheKeyEncoder(function: "\#(function)")
                    .adding(type: Swift.type(of: self))
                    .adding(place)
                    .adding(`in`)
                    .adding(kinds)
                    .key,
                    tags: ["place:\(place.country)", "in:\(`in`)", "{braces} \u{E9}", Tags.all],
                    ttl: .minutes(5),
                    negativeTTL: .seconds(10),
                    compute)
            }
            """#
        #expect(expansion == expected.split(whereSeparator: \.isWhitespace).joined(separator: " "))
    }
}
