import PeriluneLua

/// Which keys a script leaves to live for ever, as far as it has come.
struct KeyLifetimes: Sendable, Hashable {
    /// The keys that were written and have no expiry, on some way here: where that was.
    private(set) var lasting: [Text: SourceRange] = [:]
    /// The keys that have got an expiry on every way here.
    private var expiring: Set<Text> = []

    /// - Parameters:
    ///   - key: What is known of the key's name.
    ///   - range: The call.
    mutating func apply(_ effect: KeyEffect, to key: TextValue, at range: SourceRange) {
        guard let name = key.only, !name.isUnknown else {
            // It may be any of them.
            if effect == .expires || effect == .unknown { lasting = [:] }
            return
        }
        switch effect {
        case .written: if !expiring.contains(name), lasting[name] == nil { lasting[name] = range }
        case .replaced:
            expiring.remove(name)
            lasting[name] = range
        case .expires, .unknown:
            lasting = lasting.filter { !$0.key.mayBe(name) }
            expiring.insert(name)
        case .removed:
            lasting = lasting.filter { !$0.key.mayBe(name) }
            expiring.remove(name)
        }
    }

    /// Something that is not followed may have given any of the keys an expiry.
    mutating func forget() { lasting = [:] }

    func joined(_ other: Self) -> Self {
        var both = self
        both.lasting.merge(other.lasting) { SourceRange.earlier($0, $1) ?? $0 }
        both.expiring.formIntersection(other.expiring)
        return both
    }
}

extension Text {
    /// Whether it is the same text wherever it stands.
    var isOne: Bool {
        pieces.allSatisfy { piece in
            switch piece {
            case .literal, .key(.some), .argument(.some): true
            default: false
            }
        }
    }

    /// Whether it may be another one, as far as that can be seen.
    func mayBe(_ other: Text) -> Bool { self == other || !isOne || !other.isOne }
}
