/// The members of a JSON object as they stand in its text: their names, and their values to the byte.
///
/// So a service keeps each member of an object in a field of a hash, changes one without reading the others, and makes the
/// object again. Nothing is decoded and encoded on the way: empty arrays stay arrays, and numbers keep all their digits.
package enum JSONMembers {
    /// How often arrays and objects may lie in one another, the object itself included.
    static let deepestNesting = 64

    /// A member of an object.
    struct Member: Sendable, Hashable {
        /// The name without escapes.
        let name: String
        /// The value's JSON text, without white space around it.
        let value: [UInt8]
    }

    /// Splits an object into its members, in the order of the text.
    ///
    /// - Parameter text: JSON in UTF-8: one object, with white space around it or without.
    /// - Throws: ``JSONMembersError`` for any other text.
    /// - Complexity: O(length of the text).
    static func split(_ text: [UInt8]) throws(JSONMembersError) -> [Member] {
        var scanner = JSONScanner(text)
        var members: [Member] = []
        var names: Set<String> = []
        guard scanner.next() == UInt8(ascii: "{") else { throw .notAnObject }
        try scanner.readObject(inside: 0) { scanner throws(JSONMembersError) in
            let name = try scanner.readName()
            guard names.insert(name).inserted else { throw .duplicateName(name) }
            try scanner.read(UInt8(ascii: ":"))
            let value = try scanner.readValue(inside: 1)
            members.append(Member(name: name, value: Array(text[value])))
        }
        try scanner.finish()
        return members
    }

    /// Makes an object of members.
    ///
    /// Of names that are the same text for Swift (an "é" in one scalar and one in two) the last one counts, as Swift would
    /// read only one of them.
    ///
    /// - Throws: ``JSONMembersError`` when a value is not the text of one JSON value, so that the object has these members
    ///   and no others.
    /// - Complexity: O(length of the text).
    static func join(_ members: [Member]) throws(JSONMembersError) -> [UInt8] {
        var text: [UInt8] = []
        let last = Dictionary(members.indices.map { (members[$0].name, $0) }, uniquingKeysWith: max)
        text.reserveCapacity(members.reduce(2) { $0 + $1.name.utf8.count + $1.value.count + 4 })
        text.append(UInt8(ascii: "{"))
        for (index, member) in members.enumerated() where last.count == members.count || last[member.name] == index {
            try validate(member.value)
            if text.count > 1 { text.append(UInt8(ascii: ",")) }
            appendString(member.name, to: &text)
            text.append(UInt8(ascii: ":"))
            text += member.value
        }
        text.append(UInt8(ascii: "}"))
        return text
    }

    /// What to do to members so that they become those of a value.
    struct Difference {
        var set: [Member]
        var removed: [String]
    }

    /// What to do to stored members so that they become those of a value. What the value's type does not know stays.
    ///
    /// - Parameters:
    ///   - known: Those of the stored members that the type knows.
    static func difference(from stored: [Member], known: [Member], to new: [Member]) -> Difference {
        let texts = Dictionary(stored.map { ($0.name, $0.value) }) { $1 }
        let names = Set(new.map(\.name))
        return Difference(
            set: new.filter { texts[$0.name] != $0.value },
            removed: known.filter { !names.contains($0.name) }.map(\.name))
    }

    /// Checks that a text is one JSON value that may be a member's.
    ///
    /// - Throws: ``JSONMembersError``.
    /// - Complexity: O(length of the text).
    static func validate(_ value: [UInt8]) throws(JSONMembersError) {
        var scanner = JSONScanner(value)
        _ = try scanner.readValue(inside: 1)
        try scanner.finish()
    }

    /// Writes a string in quotation marks, with what must be escaped, escaped.
    package static func appendString(_ string: String, to text: inout [UInt8]) {
        text.append(UInt8(ascii: "\""))
        for byte in string.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                text.append(UInt8(ascii: "\\"))
                text.append(byte)
            case 0..<0x20:
                text += "\\u00".utf8
                text.append(UInt8(ascii: byte < 0x10 ? "0" : "1"))
                text.append(Array("0123456789abcdef".utf8)[Int(byte & 15)])
            default: text.append(byte)
            }
        }
        text.append(UInt8(ascii: "\""))
    }
}

/// Why a text is no JSON object, or no value of one.
package enum JSONMembersError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The text is that of another value, or of none.
    case notAnObject
    /// The text is not JSON from this byte on, counted from 0.
    case malformed(offset: Int)
    /// Arrays and objects lie in one another more than ``JSONMembers/deepestNesting`` times.
    case tooDeep
    /// Two members have the same name.
    case duplicateName(String)

    package var description: String {
        switch self {
        case .notAnObject: "the JSON is not an object"
        case .malformed(let offset): "the text is not JSON from byte \(offset) on"
        case .tooDeep: "arrays and objects lie in one another more than \(JSONMembers.deepestNesting) times"
        case .duplicateName(let name): "two members are called \"\(name.prefix(80))\""
        }
    }
}
