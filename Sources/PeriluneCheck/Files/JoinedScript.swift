import PeriluneLua

/// A script with all that it includes, and where each part of it comes from.
struct JoinedScript: Sendable {
    /// A stretch of one file.
    private struct Part: Sendable {
        /// Which of ``files``.
        let file: Int
        /// Where it begins in the whole script.
        let start: SourcePosition
        /// Where it begins in its file.
        let origin: SourcePosition
    }

    /// The whole text.
    private(set) var bytes: [UInt8] = []
    /// The script itself, then what it includes.
    private(set) var files: [ScriptSource] = []
    private var parts: [Part] = []
    private var end = SourcePosition.start

    /// Adds a file whose parts are to follow.
    ///
    /// - Returns: Which one it is.
    mutating func addFile(_ source: ScriptSource) -> Int {
        files.append(source)
        return files.count - 1
    }

    /// Adds what stands in a file from a place up to an offset.
    mutating func append(_ file: Int, from start: SourcePosition, to end: Int) {
        guard start.offset < end else { return }
        let text = files[file].bytes[start.offset..<end]
        parts.append(Part(file: file, start: self.end, origin: start))
        bytes += text
        var (line, column) = (self.end.line, self.end.column + text.count)
        SourceLines.forEachEnd(in: text) { end in
            line += 1
            column = 1 + text.endIndex - end.upperBound
        }
        self.end = SourcePosition(offset: bytes.count, line: line, column: column)
    }

    // MARK: Places

    /// Which file a place of the whole script is in.
    func file(at position: SourcePosition) -> Int { part(at: position)?.file ?? 0 }

    /// Where a range of the whole script stands in its file; one that ends in another file ends where its own part does.
    func place(of range: SourceRange) -> (file: Int, range: SourceRange) {
        guard let part = part(at: range.start) else { return (0, range) }
        let isWhole = self.part(at: range.end)?.file == part.file || range.end.offset == bytes.count
        return (
            part.file,
            SourceRange(
                start: origin(of: range.start, part), end: origin(of: isWhole ? range.end : range.start, part))
        )
    }

    private func origin(of position: SourcePosition, _ part: Part) -> SourcePosition {
        Self.origin(of: position, self.part(at: position).flatMap { $0.file == part.file ? $0 : nil } ?? part)
    }

    /// Where a place stands in the file of a part, of which it is.
    private static func origin(of position: SourcePosition, _ part: Part) -> SourcePosition {
        let line = position.line - part.start.line
        return SourcePosition(
            offset: part.origin.offset + position.offset - part.start.offset, line: part.origin.line + line,
            column: line == 0 ? max(1, part.origin.column + position.column - part.start.column) : position.column)
    }

    /// The last part that begins at a place or before it.
    ///
    /// - Complexity: O(log parts).
    private func part(at position: SourcePosition) -> Part? {
        let next = parts.partitionPoint { $0.start.offset > position.offset }
        return next > 0 ? parts[next - 1] : parts.first
    }

    // MARK: Findings

    /// An edit with the places of a file; `nil` when it changes another file, too, or a line that includes one.
    private func edit(_ edit: Fix.Edit, of file: Int) -> Fix.Edit? {
        let range = edit.range
        guard let part = part(at: range.start), part.file == file else { return nil }
        if range.count > 0 {
            // The byte before the end is in the same stretch: the end itself may be where the next one begins.
            let last = SourcePosition(offset: range.end.offset - 1, line: range.end.line, column: range.end.column)
            guard self.part(at: last)?.start == part.start else { return nil }
        }
        return Fix.Edit(
            SourceRange(start: Self.origin(of: range.start, part), end: Self.origin(of: range.end, part)),
            edit.replacement)
    }

    /// A finding with the places of its file; without its fix, if that changes other files, too.
    ///
    /// - Returns: Also which file it is.
    func moved(_ finding: Finding) -> (file: Int, finding: Finding) {
        let (file, range) = place(of: finding.range)
        let notes = finding.notes.map { note in
            let (other, range) = place(of: note.range)
            return Finding.Note(note.message, at: range, path: other == file ? nil : files[other].path)
        }
        let fix = finding.fix.flatMap { fix in
            let edits = fix.edits.compactMap { edit($0, of: file) }
            return edits.count == fix.edits.count ? Fix(fix.title, edits) : nil
        }
        return (
            file,
            Finding(
                finding.rule, finding.severity, finding.message, at: range, notes: notes, fix: fix)
        )
    }
}
