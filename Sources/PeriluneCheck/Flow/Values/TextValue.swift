/// A piece of a text, by where it comes from.
enum TextPiece: Sendable, Hashable {
    case literal([UInt8])
    /// An element of KEYS: which one, from 1, where that is known.
    case key(Int?)
    /// An element of ARGV.
    case argument(Int?)
    /// What a command replied: the command, and which element of its reply.
    case reply(String, element: Int?)
    /// A number that was turned into text.
    case number
    /// Something made of what is known, in a way that is not followed.
    case computed(ValueSources)
    /// It may be anything.
    case unknown

    var sources: ValueSources {
        switch self {
        case .literal, .number: []
        case .key: .key
        case .argument: .argument
        case .reply: .reply
        case .computed(let sources): sources
        case .unknown: .unknown
        }
    }
}

/// A text as the pieces that it is joined from; no two literals stand side by side.
struct Text: Sendable, Hashable {
    private(set) var pieces: [TextPiece] = []

    /// Longer ones are taken for one piece.
    private static let limit = 12
    private static let literalLimit = 1024

    static let any = Text(.unknown)

    init(_ pieces: TextPiece...) {
        for piece in pieces { append(piece) }
    }

    var sources: ValueSources { pieces.reduce(into: []) { $0.formUnion($1.sources) } }

    /// Whether something of it may be anything.
    var isUnknown: Bool { sources.contains(.unknown) }

    /// The bytes of a text that is known to the byte.
    var literal: [UInt8]? {
        switch pieces.count {
        case 0: return []
        case 1:
            guard case .literal(let bytes) = pieces[0] else { return nil }
            return bytes
        default: return nil
        }
    }

    /// The bytes it begins with that are known.
    var literalPrefix: [UInt8] {
        guard case .literal(let bytes)? = pieces.first else { return [] }
        return bytes
    }

    /// The same, not followed any more.
    var collapsed: Text {
        let sources = sources
        return Text(sources.contains(.unknown) ? .unknown : .computed(sources))
    }

    static func + (left: Text, right: Text) -> Text {
        var joined = left
        for piece in right.pieces { joined.append(piece) }
        return joined.pieces.count > limit ? joined.collapsed : joined
    }

    private mutating func append(_ piece: TextPiece) {
        guard case .literal(let bytes) = piece else { return pieces.append(piece) }
        guard !bytes.isEmpty else { return }
        guard case .literal(let before)? = pieces.last else { return pieces.append(piece) }
        guard before.count + bytes.count <= Self.literalLimit else {
            pieces[pieces.count - 1] = .computed([])
            return
        }
        pieces[pieces.count - 1] = .literal(before + bytes)
    }
}

/// The texts that a value can be.
struct TextValue: Sendable, Hashable {
    private(set) var alternatives: Set<Text>
    /// Whether a condition has been passed since there are several: some of them may not lead here.
    private(set) var isDoubtful = false

    /// More are taken for one.
    private static let limit = 4

    static let unknown = TextValue(.unknown)

    init(_ text: Text) { alternatives = [text] }

    init(_ piece: TextPiece) { self.init(Text(piece)) }

    /// The alternatives in an order that is the same in every run.
    var ordered: [Text] {
        alternatives.count < 2
            ? Array(alternatives) : alternatives.sorted { String(describing: $0) < String(describing: $1) }
    }

    /// The one text that it is; `nil` when it can be several.
    var only: Text? { alternatives.count == 1 ? alternatives.first : nil }

    /// The bytes that it is; `nil` when they are not known.
    var literal: [UInt8]? { only?.literal }

    var sources: ValueSources { alternatives.reduce(into: []) { $0.formUnion($1.sources) } }

    func joined(_ other: Self) -> Self {
        var value = self
        value.alternatives.formUnion(other.alternatives)
        value.isDoubtful = isDoubtful || other.isDoubtful
        return value.alternatives.count > Self.limit ? value.collapsed : value
    }

    func widened(to next: Self) -> Self {
        next.alternatives.isSubset(of: alternatives) ? self : joined(next).collapsed
    }

    static func + (left: Self, right: Self) -> Self {
        var value = left
        value.alternatives = []
        value.isDoubtful = left.isDoubtful || right.isDoubtful
        for first in left.alternatives {
            for second in right.alternatives { value.alternatives.insert(first + second) }
        }
        return value.alternatives.count > limit ? value.collapsed : value
    }

    /// See ``isDoubtful``.
    mutating func passCondition() { if alternatives.count > 1 { isDoubtful = true } }

    /// What is left where it is known to be some text, or to be none of that; itself where nothing would be left.
    func narrowed(to literal: [UInt8], isEqual: Bool) -> Self {
        let left = alternatives.filter { text in
            guard let bytes = text.literal else { return true }
            return (bytes == literal) == isEqual
        }
        guard !left.isEmpty, left.count < alternatives.count else { return self }
        var value = self
        value.alternatives = left
        if left.count == 1 { value.isDoubtful = false }
        return value
    }

    /// The same as one text that is not followed any more.
    var collapsed: Self {
        let sources = sources
        return TextValue(sources.contains(.unknown) ? .unknown : .computed(sources))
    }
}
