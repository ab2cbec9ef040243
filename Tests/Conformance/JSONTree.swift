import Perilune

/// Any JSON, as a tree.
enum JSONTree: Codable, Hashable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSONTree])
    case object([String: JSONTree])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSONTree].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONTree].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .number(let value):
            if let integer = Int(exactly: value) { try container.encode(integer) } else { try container.encode(value) }
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }
}

extension JSONTree {
    /// The part at a path.
    subscript(path: [JSONPath.Step]) -> JSONTree? {
        guard let step = path.first else { return self }
        return switch (self, step) {
        case (.object(let members), .member(let name)): members[name]?[Array(path.dropFirst())]
        case (.array(let elements), .element(let index)):
            Self.position(index, in: elements).flatMap { elements[$0][Array(path.dropFirst())] }
        default: nil
        }
    }

    /// Changes the part at a path, which may be missing if its place is not.
    ///
    /// - Parameter body: Gets the part, or `nil` for a member that is not there; what it gives stands there then, and
    ///   for `nil` nothing does.
    /// - Returns: Whether there was such a place.
    @discardableResult
    mutating func change(_ path: [JSONPath.Step], _ body: (JSONTree?) -> JSONTree?) -> Bool {
        guard let step = path.first else {
            guard let new = body(self) else { return false }
            self = new
            return true
        }
        let rest = Array(path.dropFirst())
        switch (self, step) {
        case (.object(var members), .member(let name)):
            if rest.isEmpty {
                members[name] = body(members[name])
            } else {
                guard var child = members[name], child.change(rest, body) else { return false }
                members[name] = child
            }
            self = .object(members)
        case (.array(var elements), .element(let index)):
            guard let position = Self.position(index, in: elements) else { return false }
            if !rest.isEmpty {
                guard elements[position].change(rest, body) else { return false }
            } else if let new = body(elements[position]) {
                elements[position] = new
            } else {
                elements.remove(at: position)
            }
            self = .array(elements)
        default: return false
        }
        return true
    }

    private static func position(_ index: Int, in elements: [JSONTree]) -> Int? {
        let position = index < 0 ? elements.count + index : index
        return elements.indices.contains(position) ? position : nil
    }
}

extension JSONTree {
    static let names = ["a", "b", "ä/\u{1F600}", "", "a b", "it's", "say \"x\"", "\n", "a.b[0]"]

    static func random(depth: Int = 0, using generator: inout some RandomNumberGenerator) -> JSONTree {
        switch Int.random(in: 0..<(depth > 3 ? 5 : 9), using: &generator) {
        case 0: return [.null, .bool(true), .bool(false)].randomElement(using: &generator) ?? .null
        case 1: return .number(Double(Int.random(in: -5...5, using: &generator)) + 0.5)
        case 2, 3: return .number(Double(Int.random(in: -1_000...1_000, using: &generator)))
        case 4: return .string((names + ["}", "]", "\\", "\\\"", "[{"]).randomElement(using: &generator) ?? "")
        case 5, 6:
            return .array(
                (0..<Int.random(in: 0...3, using: &generator)).map { _ in random(depth: depth + 1, using: &generator) })
        default:
            var members: [String: JSONTree] = [:]
            for _ in 0..<Int.random(in: 0...4, using: &generator) {
                members[names.randomElement(using: &generator) ?? ""] = random(depth: depth + 1, using: &generator)
            }
            return .object(members)
        }
    }

    /// A path that leads somewhere, or nearly so.
    func randomPath(using generator: inout some RandomNumberGenerator) -> [JSONPath.Step] {
        var path: [JSONPath.Step] = []
        var here = self
        while path.isEmpty || Int.random(in: 0..<3, using: &generator) > 0 {
            let step: JSONPath.Step
            switch here {
            case .object(let members) where Int.random(in: 0..<4, using: &generator) > 0 && !members.isEmpty:
                step = .member(members.keys.sorted().randomElement(using: &generator) ?? "")
            case .array(let elements):
                step = .element(Int.random(in: (-elements.count - 1)...elements.count, using: &generator))
            default: step = .member(Self.names.randomElement(using: &generator) ?? "")
            }
            path.append(step)
            guard let next = here[[step]] else { break }
            here = next
        }
        return path
    }
}
