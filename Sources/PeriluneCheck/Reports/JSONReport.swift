public import Foundation
import PeriluneLua

/// Findings as JSON for programs: an object with `findings`, each with path, place, rule, severity and message.
public enum JSONReport {
    struct Place: Encodable {
        let line: Int
        let column: Int
        let endLine: Int
        let endColumn: Int

        init(_ range: SourceRange) {
            (line, column) = (range.start.line, range.start.column)
            (endLine, endColumn) = (range.end.line, range.end.column)
        }
    }

    private struct Entry: Encodable {
        struct Note: Encodable {
            let message: String
            let path: String
            let place: Place
        }

        let path: String
        let place: Place
        let rule: String
        let name: String?
        let severity: String
        let message: String
        let notes: [Note]
        let fix: String?
    }

    private struct Document: Encodable {
        let files: Int
        let findings: [Entry]
    }

    /// - Throws: What the encoder throws; it does not for these types.
    public static func data(of files: [FileFindings]) throws -> Data {
        let entries = files.flatMap { file in
            file.findings.map { finding in
                Entry(
                    path: file.source.path, place: Place(finding.range), rule: finding.rule.rawValue,
                    name: RuleCatalog.rule(finding.rule)?.name, severity: finding.severity.rawValue,
                    message: finding.message,
                    notes: finding.notes.map {
                        .init(message: $0.message, path: $0.path ?? file.source.path, place: Place($0.range))
                    },
                    fix: finding.fix?.title)
            }
        }
        return try encoder.encode(Document(files: files.count, findings: entries))
    }

    static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return encoder
    }
}
