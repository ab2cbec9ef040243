import PeriluneLua
import Testing

@testable import PeriluneCheck

/// The scripts of this package, whose annotations say what they do.
@Suite struct OwnScriptAnnotationTests {
    @Test(arguments: OwnScripts.paths)
    func theirAnnotationsAreTrue(_ path: String) throws {
        let source = try OwnScripts.source(of: path)
        let findings = AnnotationCase.findings(in: source)
        #expect(findings.isEmpty, "\(findings.map { "\($0.range.start): \($0.rule): \($0.message)" })")
        #expect(try ScriptHeader.parse(source)?.returns != nil)
    }
}
