/// A pattern of paths: `lua/**`, `*.lua`, `lua/?ache/set.lua`.
///
/// `*` and `?` stand for characters other than `/`, `**` as a part of its own for any number of folders. A pattern
/// without `/` is about names in any folder, and one that names a folder is about all in it.
public struct PathPattern: Sendable, Hashable {
    private let parts: [[Character]]

    public init(_ text: String) {
        let parts = text.split(separator: "/").filter { $0 != "." }.map(Array.init)
        self.parts = (text.contains("/") || parts.isEmpty ? [] : [Self.anyFolders]) + parts
    }

    private static let anyFolders: [Character] = ["*", "*"]

    /// Whether a path is one of these.
    ///
    /// - Complexity: O(length of the pattern × length of the path).
    public func matches(_ path: String) -> Bool {
        let names = path.split(separator: "/").filter { $0 != "." }.map(Array.init)
        // A row for each part: after how many names it can have matched.
        var reached = Set([0])
        for part in parts {
            var next: Set<Int> = []
            if part == Self.anyFolders {
                if let first = reached.min() { next = Set(first...names.count) }
            } else {
                for count in reached where count < names.count && Self.matches(names[count], part) {
                    next.insert(count + 1)
                }
            }
            if next.isEmpty { return false }
            reached = next
        }
        // Where the pattern ends at a folder, all in it is meant.
        return !parts.isEmpty && !reached.isEmpty
    }

    private static func matches(_ name: [Character], _ pattern: [Character]) -> Bool {
        var (position, place) = (0, 0)
        var star: (pattern: Int, name: Int)?
        while position < name.count {
            if place < pattern.count, pattern[place] == "*" {
                star = (place, position)
                place += 1
            } else if place < pattern.count, pattern[place] == "?" || pattern[place] == name[position] {
                place += 1
                position += 1
            } else if let last = star {
                place = last.pattern + 1
                position = last.name + 1
                star = (last.pattern, position)
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == "*" }
    }
}
