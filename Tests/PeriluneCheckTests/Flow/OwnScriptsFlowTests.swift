import PeriluneLua
import Testing

@testable import PeriluneCheck

/// The scripts of this package, as scripts that work and are meant as they are.
@Suite struct OwnScriptsFlowTests {
    @Test func thereAreScripts() {
        #expect(OwnScripts.paths.count > 20)
    }

    @Test(arguments: OwnScripts.paths)
    func nothingIsFoundInThem(_ path: String) throws {
        let findings = try FlowCase.flowFindings(in: OwnScripts.source(of: path))
        #expect(findings.isEmpty, "\(findings.map { "\($0.range.start): \($0.rule): \($0.message)" })")
    }
}
