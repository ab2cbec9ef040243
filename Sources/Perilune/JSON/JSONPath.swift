/// A way into a JSON document: members of objects and elements of arrays, one below the other.
///
/// ```swift
/// let path: JSONPath = ["addresses", 0, "city"]
/// ```
///
/// A path names one place. There are no wildcards.
public struct JSONPath: Sendable, Hashable, ExpressibleByArrayLiteral {
    /// One step of a path.
    public enum Step: Sendable, Hashable, ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral {
        /// A member of an object by its name.
        case member(String)
        /// An element of an array by its index. 0 is the first one, -1 the last.
        case element(Int)

        public init(stringLiteral value: String) { self = .member(value) }
        public init(integerLiteral value: Int) { self = .element(value) }
    }

    /// The steps, from the whole document on.
    public let steps: [Step]

    /// The whole document.
    public static let root = JSONPath([])

    /// Creates a path.
    public init(_ steps: [Step]) {
        self.steps = steps
    }

    public init(arrayLiteral elements: Step...) {
        self.init(elements)
    }
}

extension JSONPath {
    /// The steps as `json.document` takes them.
    var scriptSteps: [String] {
        steps.map { step in
            switch step {
            case .member(let name): "." + name
            case .element(let index): "#\(index)"
            }
        }
    }

    /// The path as RedisJSON takes it.
    var expression: String {
        steps.reduce(into: "$") { text, step in
            switch step {
            case .member(let name) where name.utf8.contains(UInt8(ascii: "\"")): text += "['\(name)']"
            case .member(let name): text += "[\"\(name)\"]"
            case .element(let index): text += "[\(index)]"
            }
        }
    }

    /// The path of the object that the last step is a member of; `nil` when it is no member.
    var parentOfMember: JSONPath? {
        guard case .member = steps.last else { return nil }
        return JSONPath(steps.dropLast())
    }

    /// - Throws: ``JSONDocumentError/unsupportedMember(_:)`` for a name that versions of RedisJSON read differently.
    func validate() throws(JSONDocumentError) {
        for case .member(let name) in steps {
            let bytes = name.utf8
            guard !bytes.contains(UInt8(ascii: "\\")),
                !(bytes.contains(UInt8(ascii: "\"")) && bytes.contains(UInt8(ascii: "'")))
            else { throw .unsupportedMember(name) }
        }
    }
}
