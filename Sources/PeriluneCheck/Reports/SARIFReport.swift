public import Foundation
import PeriluneLua

/// Findings in the Static Analysis Results Interchange Format 2.1.0 (OASIS), which editors and code scanning read.
public enum SARIFReport {
    private struct Log: Encodable {
        let schema = "https://json.schemastore.org/sarif-2.1.0.json"
        let version = "2.1.0"
        let runs: [Run]

        enum CodingKeys: String, CodingKey {
            case schema = "$schema"
            case version, runs
        }
    }

    private struct Run: Encodable {
        let tool: Tool
        let results: [Result]
        let columnKind = "utf16CodeUnits"
    }

    private struct Tool: Encodable { let driver: Driver }

    private struct Driver: Encodable {
        let name = "perilune"
        let version: String
        let rules: [Descriptor]
    }

    private struct Text: Encodable { let text: String }

    private struct Descriptor: Encodable {
        struct Configuration: Encodable {
            let enabled: Bool
            let level: String
        }

        let id: String
        let name: String
        let shortDescription: Text
        let fullDescription: Text
        let help: Text
        let defaultConfiguration: Configuration
    }

    private struct Location: Encodable {
        struct Physical: Encodable {
            struct Artifact: Encodable { let uri: String }
            struct Region: Encodable {
                let startLine: Int
                let startColumn: Int
                let endLine: Int
                let endColumn: Int
            }

            let artifactLocation: Artifact
            let region: Region
        }

        let physicalLocation: Physical
        let message: Text?
    }

    private struct Result: Encodable {
        let ruleId: String
        let ruleIndex: Int?
        let level: String
        let message: Text
        let locations: [Location]
        let relatedLocations: [Location]
    }

    /// - Parameter version: Of the program.
    /// - Throws: What the encoder throws; it does not for these types.
    public static func data(of files: [FileFindings], version: String) throws -> Data {
        let rules = RuleCatalog.rules
        let indices = Dictionary(
            rules.enumerated().map { ($0.element.id, $0.offset) }, uniquingKeysWith: { first, _ in first })
        let results = files.flatMap { file in
            let lines = SourceLines(file.source.bytes)
            return file.findings.map { finding in
                Result(
                    ruleId: finding.rule.rawValue, ruleIndex: indices[finding.rule], level: level(finding.severity),
                    message: Text(text: finding.message),
                    locations: [location(finding.range, file.source.path, lines, message: nil)],
                    relatedLocations: finding.notes.map {
                        location(
                            $0.range, $0.path ?? file.source.path, $0.path == nil ? lines : SourceLines([]),
                            message: $0.message)
                    })
            }
        }
        let run = Run(
            tool: Tool(driver: Driver(version: version, rules: rules.map(descriptor))), results: results)
        return try JSONReport.encoder.encode(Log(runs: [run]))
    }

    private static func level(_ severity: Severity) -> String { severity.rawValue }

    private static func descriptor(_ rule: Rule) -> Descriptor {
        Descriptor(
            id: rule.id.rawValue, name: rule.name, shortDescription: Text(text: rule.summary),
            fullDescription: Text(text: rule.reason),
            help: Text(text: "\(rule.reason)\n\nBad:\n\(rule.badExample)\n\nGood:\n\(rule.goodExample)"),
            defaultConfiguration: .init(enabled: rule.isOnByDefault, level: level(rule.severity)))
    }

    private static func location(
        _ range: SourceRange, _ path: String, _ lines: SourceLines, message: String?
    ) -> Location {
        let encoded = path.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? ""
        let path = path.hasPrefix("/") ? "file://" + encoded : encoded
        let (start, end) = (lines.utf16Column(of: range.start), lines.utf16Column(of: range.end))
        return Location(
            physicalLocation: .init(
                artifactLocation: .init(uri: path),
                region: .init(
                    startLine: range.start.line, startColumn: start, endLine: range.end.line,
                    endColumn: range.end.line == range.start.line ? max(end, start) : end)),
            message: message.map(Text.init))
    }
}
