public import PeriluneLua

/// Changes of a script that belong together.
public struct Fix: Sendable, Hashable {
    /// Other bytes in the place of some.
    public struct Edit: Sendable, Hashable {
        public let range: SourceRange
        public let replacement: [UInt8]

        public init(_ range: SourceRange, _ replacement: [UInt8]) {
            self.range = range
            self.replacement = replacement
        }

        public init(_ range: SourceRange, _ replacement: String) {
            self.init(range, Array(replacement.utf8))
        }
    }

    /// What it does, for example `compare with false`.
    public let title: String
    /// In the order of their places; no two overlap.
    public let edits: [Edit]

    public init(_ title: String, _ edits: [Edit]) {
        self.title = title
        self.edits = edits.sorted { $0.range.start < $1.range.start }
    }

    /// Makes the changes of several fixes; of those that overlap, the first one's.
    ///
    /// - Returns: The changed source, and which fixes are in it.
    /// - Complexity: O(source + edits log edits), but for moving what is taken.
    static func apply(_ fixes: [Fix], to source: [UInt8]) -> (source: [UInt8], applied: [Fix]) {
        // In the order of their places.
        var taken: [Edit] = []
        var applied: [Fix] = []
        for fix in fixes {
            let isFree = fix.edits.allSatisfy { $0.range.end.offset <= source.count && !overlaps($0, taken) }
            guard isFree, !fix.edits.isEmpty else { continue }
            for edit in fix.edits { taken.insert(edit, at: place(of: edit, in: taken)) }
            applied.append(fix)
        }
        var changed: [UInt8] = []
        var position = 0
        for edit in taken {
            changed += source[position..<max(position, edit.range.start.offset)]
            changed += edit.replacement
            position = edit.range.end.offset
        }
        changed += source[min(position, source.count)...]
        return (changed, applied)
    }

    private static func place(of edit: Edit, in taken: [Edit]) -> Int {
        taken.partitionPoint { edit.range.start <= $0.range.start }
    }

    /// Whether an edit shares a byte with one that is taken, or is at the same empty place.
    private static func overlaps(_ edit: Edit, _ taken: [Edit]) -> Bool {
        let next = place(of: edit, in: taken)
        return taken[max(0, next - 1)..<min(next + 2, taken.count)].contains { other in
            edit.range == other.range
                || edit.range.start.offset < other.range.end.offset && other.range.start.offset < edit.range.end.offset
        }
    }
}
