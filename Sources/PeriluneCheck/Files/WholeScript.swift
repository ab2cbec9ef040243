package import PeriluneLua

/// A script with the text of all that it includes, for whoever runs it, and where its lines come from.
package struct WholeScript: Sendable {
    /// A file that cannot be taken in.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// The whole text.
    package var bytes: [UInt8] { script.bytes }
    /// The script, then what it includes.
    package var paths: [String] { script.files.map(\.path) }

    private let script: JoinedScript

    /// - Parameter read: The content of a file by its path; `nil` when it cannot be read.
    /// - Throws: ``Failure`` for the first file that cannot be taken in.
    /// - Complexity: O(size of the whole script).
    package init(_ source: ScriptSource, read: (String) -> [UInt8]?) throws(Failure) {
        let (script, failures) = IncludeResolver.resolve(source, read: read)
        if let failure = failures.first {
            let (place, message) = (failure.finding.range.start, failure.finding.message)
            throw Failure(description: "\(failure.path):\(place): \(message)")
        }
        self.script = script
    }

    /// Where a place of the whole text stands: which of ``paths``, and where in that file.
    package func origin(of place: SourcePosition) -> (file: Int, place: SourcePosition) {
        let (file, range) = script.place(of: SourceRange(start: place, end: place))
        return (file, range.start)
    }

    /// Where each line of the whole text begins: which of ``paths``, and in which line of it.
    ///
    /// - Complexity: O(n log n) in the size of the text.
    package func lineOrigins() -> [(file: Int, line: Int)] {
        let lines = SourceLines(script.bytes)
        return (1...lines.count).map { number in
            let place = SourcePosition(offset: lines[number]?.startIndex ?? 0, line: number, column: 1)
            let (file, origin) = origin(of: place)
            return (file, origin.line)
        }
    }
}
