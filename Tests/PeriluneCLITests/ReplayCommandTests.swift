import ArgumentParser
import Foundation
import Testing

@testable import PeriluneCLI

@Suite struct ReplayCommandTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func run(_ arguments: [String]) async throws -> (status: Int32, output: String, errors: String) {
        let command = try #require(try ReplayCommand.parseAsRoot(arguments) as? ReplayCommand)
        let transcript = Transcript()
        let status = await command.run(on: transcript.console)
        return (status, transcript.output, transcript.errors)
    }

    @Test func reports() async throws {
        let log = try folder.file(SampleLog.text)
        let (status, output, errors) = try await run([log])
        #expect(status == 0)
        #expect(errors == "")
        #expect(output.contains("requests     10\n"))
        #expect(output.contains("denied        0  0.0 %\n"))
    }

    @Test func plainAndCompressedLogsGiveTheSameReport() async throws {
        let options = ["--limit", "2/min", "--json"]
        let plain = try await run([try folder.file(SampleLog.text, named: "a.log")] + options)
        let compressed = try await run([try folder.file(gzip(Array(SampleLog.text.utf8)), named: "a.log")] + options)
        #expect(plain.status == 0)
        #expect(compressed.output == plain.output)
        let object = try JSONSerialization.jsonObject(with: Data(plain.output.utf8)) as? [String: Any]
        #expect(object?["denied"] as? Int == 3)
    }

    @Test func failsAboveAShare() async throws {
        let log = try folder.file(SampleLog.text)
        let below = try await run([log, "--limit", "2/min", "--fail-above", "30%"])
        #expect(below.status == 0)
        #expect(below.errors == "")
        let above = try await run([log, "--limit", "2/min", "--fail-above", "0.29"])
        #expect(above.status == 1)
        #expect(above.output == below.output)
        #expect(above.errors == "perilune replay: 30.0 % denied (3 of 10 requests), more than 0.29\n")
    }

    @Test(arguments: [
        ["--limit", "60"], ["--limit", "60/min", "--limit", "61/min"], ["--burst", "many"], ["--by", "colour"],
        ["--algorithm", "fixed-window"], ["--algorithm", "none"], ["--top", "few"], ["--fail-above", "2"],
    ])
    func wrongOptionsAreOneLineAndStatus2(options: [String]) async throws {
        let (status, output, errors) = try await run([try folder.file(SampleLog.text)] + options)
        #expect(status == 2)
        #expect(output == "")
        #expect(errors.hasPrefix("perilune replay: --"))
        #expect(errors.split(separator: "\n").count == 1)
    }

    @Test func whatCannotBeReadIsOneLineAndStatus1() async throws {
        let compressed = gzip(Array(SampleLog.text.utf8))
        let cut = try folder.file(Array(compressed.dropLast(20)), named: "cut.gz")
        let cases = [
            (folder.path + "/none", "cannot read \(folder.path)/none: no such file or directory"),
            (folder.path, "cannot read \(folder.path): is a directory"),
            (
                cut,
                "\(cut) is damaged at byte \(compressed.count - 20): the file ends in the middle of its compressed data"
            ),
        ]
        for (path, message) in cases {
            let (status, output, errors) = try await run([path, "--json"])
            #expect(status == 1)
            #expect(output == "")
            #expect(errors == "perilune replay: \(message)\n")
        }
    }

    @Test func aLogWithoutRequestsIsAnError() async throws {
        let empty = try folder.file("\n\n", named: "empty.log")
        #expect(try await run([empty]).errors == "perilune replay: \(empty) is empty: there is nothing to replay\n")
        let other = try folder.file("a\nb\n", named: "other.txt")
        let (status, output, errors) = try await run([other])
        #expect(status == 1)
        #expect(output == "")
        #expect(
            errors == "perilune replay: \(other) is not an access log: none of its 2 lines can be read "
                + "(line 1: not in the Common or Combined Log Format)\n")
    }

    @Test func aReportThatCannotBeWrittenIsAnError() async throws {
        let command = try #require(
            try ReplayCommand.parseAsRoot([try folder.file(SampleLog.text)]) as? ReplayCommand)
        let transcript = Transcript()
        var console = transcript.console
        console.write = { _ throws(ReplayError) in throw .cannotWrite("no space left on device") }
        #expect(await command.run(on: console) == 1)
        #expect(transcript.errors == "perilune replay: cannot write the report: no space left on device\n")
    }

    @Test func progressIsWipedInTheEnd() async throws {
        let log = try folder.file(String(repeating: SampleLog.lines[0] + "\n", count: 20_000))
        let command = try #require(try ReplayCommand.parseAsRoot([log]) as? ReplayCommand)
        let transcript = Transcript()
        var console = transcript.console
        console.errorWidth = 80
        #expect(await command.run(on: console) == 0)
        #expect(transcript.errors.hasSuffix("\r\u{1B}[K"))
    }
}
