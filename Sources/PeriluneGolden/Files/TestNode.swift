import PeriluneYAML
import Yams

/// A part of a file of tests, with its place for messages.
struct TestNode {
    private let node: Node
    /// The file.
    let path: String
    /// The way to it, such as `tests[2].steps[1]`.
    let key: String

    /// The root of a file.
    ///
    /// - Throws: ``ScriptTestError`` when the text is no YAML, or there is nothing in it.
    init(yaml text: String, path: String) throws(ScriptTestError) {
        let root: Node?
        do {
            root = try YAMLText.root(of: text)
        } catch {
            throw ScriptTestError(path: path, line: error.line, column: error.column, message: error.message)
        }
        guard let root else { throw ScriptTestError(path: path, message: "an empty file; wanted are tests") }
        self.init(root, path: path, key: "")
        var parts = 0
        try measure(root, depth: 0, parts: &parts)
    }

    private init(_ node: Node, path: String, key: String) {
        (self.node, self.path, self.key) = (node, path, key)
    }

    /// How deep parts may lie within each other: what is read by functions that call themselves must end.
    private static let deepest = 32
    /// How many parts a file may have, each as often as aliases name it.
    private static let mostParts = 1_000_000

    private func measure(_ node: Node, depth: Int, parts: inout Int) throws(ScriptTestError) {
        parts += 1
        guard depth <= Self.deepest, parts <= Self.mostParts else {
            let reason = depth > Self.deepest ? "\(Self.deepest) levels deep" : "\(Self.mostParts) parts"
            throw ScriptTestError(
                path: path, line: node.mark?.line, column: node.mark?.column, message: "more than \(reason)")
        }
        for element in node.sequence ?? [] { try measure(element, depth: depth + 1, parts: &parts) }
        for (name, value) in node.mapping ?? [:] {
            try measure(name, depth: depth + 1, parts: &parts)
            try measure(value, depth: depth + 1, parts: &parts)
        }
    }

    var line: Int? { node.mark?.line }

    /// All texts in it but for the names in mappings.
    var values: Set<String> {
        var values: Set<String> = []
        var open = [node]
        while let node = open.popLast() {
            if let text = node.scalar?.string { values.insert(text) }
            open += node.sequence ?? []
            open += (node.mapping ?? [:]).map(\.value)
        }
        return values
    }

    func error(_ message: String) -> ScriptTestError {
        ScriptTestError(path: path, line: line, column: node.mark?.column, key: key, message: message)
    }
}

// MARK: - Collections

extension TestNode {
    var isMapping: Bool { node.mapping != nil }

    var isList: Bool { node.sequence != nil }

    /// The parts of a mapping, in the order of the file.
    ///
    /// - Parameter wanted: What a message says should be there.
    func entries(_ wanted: String) throws(ScriptTestError) -> [(name: TestNode, value: TestNode)] {
        guard let mapping = node.mapping else { throw error("not a mapping; wanted is \(wanted)") }
        var entries: [(name: TestNode, value: TestNode)] = []
        for (name, value) in mapping {
            let text = name.scalar.map { String($0.string.prefix(80)) } ?? "?"
            let inner = key.isEmpty ? text : "\(key).\(text)"
            entries.append((child(name, inner), child(value, inner)))
        }
        return entries
    }

    /// The parts of a mapping by their names, all of which must be known.
    func fields(_ known: [String]) throws(ScriptTestError) -> [String: TestNode] {
        let list = known.joined(separator: ", ")
        var fields: [String: TestNode] = [:]
        for (name, value) in try entries("a mapping of \(list)") {
            let text = try name.text()
            guard known.contains(text) else { throw name.error("unknown; wanted are \(list)") }
            fields[text] = value
        }
        return fields
    }

    /// The elements of a list.
    func elements(_ wanted: String) throws(ScriptTestError) -> [TestNode] {
        guard let sequence = node.sequence else { throw error("not a list; wanted is \(wanted)") }
        var elements: [TestNode] = []
        for (index, element) in sequence.enumerated() {
            elements.append(child(element, "\(key)[\(index)]"))
        }
        return elements
    }

    private func child(_ node: Node, _ key: String) -> TestNode { TestNode(node, path: path, key: key) }
}

// MARK: - Values

extension TestNode {
    /// The text when it is written without quotes and without a tag, so that it can mean more than itself.
    var word: String? {
        guard let scalar = node.scalar, scalar.style == .plain, !isTagged else { return nil }
        return scalar.string
    }

    var isNull: Bool { word.map { ["", "~", "null", "Null", "NULL"].contains($0) } ?? false }

    private var isTagged: Bool {
        let tag = node.scalar?.tag.description ?? ""
        return tag == "!hex" || tag == Tag.Name.binary.rawValue
    }

    /// The text of a scalar, however it is written.
    func text() throws(ScriptTestError) -> String {
        guard let scalar = node.scalar, !isTagged else { throw error("not text") }
        return scalar.string
    }

    /// Bytes: those of a text, `!hex 00ff` or `!!binary AP8=`.
    func bytes() throws(ScriptTestError) -> [UInt8] {
        guard let scalar = node.scalar else {
            throw error("not a value; wanted is text, a number, or bytes as in !hex 00ff")
        }
        guard isTagged else { return Array(scalar.string.utf8) }
        if scalar.tag.description == "!hex" {
            guard let bytes = Self.bytes(hexadecimal: scalar.string) else {
                throw error("not hexadecimal; wanted is an even number of digits, as in !hex 00ff")
            }
            return bytes
        }
        guard let data = node.binary else { throw error("not Base64; wanted is for example !!binary AP8=") }
        return Array(data)
    }

    private static func bytes(hexadecimal text: String) -> [UInt8]? {
        let digits = text.filter { !$0.isWhitespace }.map(\.hexDigitValue)
        guard digits.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = digits[index], let low = digits[index + 1] else { return nil }
            bytes.append(UInt8(high << 4 | low))
        }
        return bytes
    }

    /// An integer within a range.
    func integer(_ range: ClosedRange<Int>) throws(ScriptTestError) -> Int {
        guard let text = node.scalar?.string, let value = Int(text), range.contains(value) else {
            throw error("not an integer from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// `7`, or a range that includes its ends, such as `1000..1001`.
    var range: ClosedRange<Int>? {
        guard let word else { return nil }
        if let value = Int(word) { return value...value }
        guard let dots = word.firstRange(of: "..") else { return nil }
        guard let low = Int(word[..<dots.lowerBound]), let high = Int(word[dots.upperBound...]), low <= high else {
            return nil
        }
        return low...high
    }
}
