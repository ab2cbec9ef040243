package import Perilune
package import PeriluneCore

/// A database of which a cache holds values, and what it must not serve of them any more.
///
/// A value depends on its key, on its tags and on everything. What it depends on changes, then the cache is told, and once
/// the cache has acknowledged that, whoever asks must not get a value that was looked up before the change. Times are
/// numbers of what has happened.
package struct CacheOracle: Sendable {
    /// A value, which is known by its number.
    package struct Value: Sendable {
        package let key: Int
        package internal(set) var tags: CacheTagSet
        /// When it was looked up in the database. A value that was put is the truth of when that was done.
        package internal(set) var born: Int
    }

    /// Something that makes values outdated.
    package enum Change: Sendable, Hashable {
        case anyOf(CacheTagSet)
        case allOf(CacheTagSet)
        case everything
        case key(Int)
    }

    /// The times of the last changes of each kind that a cache has acknowledged.
    package struct Demands: Sendable, Hashable {
        private var times: [Change: Int] = [:]

        package init() {}

        /// No value born before a change is to be served.
        package mutating func add(_ change: Change, at time: Int) {
            if case .anyOf(let tags) = change {
                for tag in tags.single { raise(.anyOf(tag), time) }
            } else {
                raise(change, time)
            }
        }

        private mutating func raise(_ change: Change, _ time: Int) {
            times[change] = max(times[change] ?? 0, time)
        }

        /// When a value was outdated for the last time; 0 for never.
        package func lastChange(of value: Value) -> Int {
            times.reduce(0) { last, change in
                let concerns =
                    switch change.key {
                    case .anyOf(let tag): value.tags.isSuperset(of: tag)
                    case .allOf(let tags): value.tags.isSuperset(of: tags)
                    case .everything: true
                    case .key(let key): value.key == key
                    }
                return concerns ? max(last, change.value) : last
            }
        }
    }

    package private(set) var values: [Value] = []
    package private(set) var time = 0
    /// What counts for a call that begins now.
    package var demands = Demands()

    package init() {}

    /// Lets something happen, and tells when.
    @discardableResult
    package mutating func tick() -> Int {
        time += 1
        return time
    }

    /// Looks a value up in the database.
    ///
    /// - Returns: The number by which it is known.
    package mutating func make(key: Int, tags: CacheTagSet, born: Int? = nil) -> Int {
        values.append(Value(key: key, tags: tags, born: born ?? tick()))
        return values.count - 1
    }

    /// A value turned out to have other tags, or to be the truth of another time.
    package mutating func change(_ number: Int, tags: CacheTagSet? = nil, born: Int? = nil) {
        if let tags { values[number].tags = tags }
        if let born { values[number].born = born }
    }

    /// The text that is stored of a value.
    package static func text(of number: Int, padding: Int = 0) -> String {
        padding == 0 ? String(number) : "\(number) " + String(repeating: "x", count: padding)
    }

    /// The number of a value, from its text.
    package static func number(of text: String) -> Int? {
        Int(text.prefix { $0 != " " })
    }

    /// What is wrong about serving a text for a key to a call that began when some demands counted.
    package func complaint(about text: String, for key: Int, _ demands: Demands) -> String? {
        guard let number = Self.number(of: text), values.indices.contains(number) else { return "foreign: \(text)" }
        let value = values[number]
        guard value.key == key else { return "value \(number) of key \(value.key) served for key \(key)" }
        let last = demands.lastChange(of: value)
        guard value.born >= last else { return "stale: value \(number) of \(value.born), outdated at \(last)" }
        return nil
    }
}

/// Some of the tags `x`, `y` and `z`.
package struct CacheTagSet: OptionSet, Sendable, Hashable, CustomStringConvertible {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue & 7 }

    private static let names = ["x", "y", "z"]

    /// The tags by themselves.
    package var single: [CacheTagSet] {
        (0..<3).map { CacheTagSet(rawValue: 1 << $0) }.filter(isSuperset)
    }

    package var tags: [CacheTag] {
        Self.names.indices.filter { rawValue & 1 << $0 != 0 }.map { CacheTag(Self.names[$0]) }
    }

    package var description: String {
        Self.names.indices.filter { rawValue & 1 << $0 != 0 }.map { Self.names[$0] }.joined()
    }

    package static func random(using generator: inout SeededGenerator) -> CacheTagSet {
        CacheTagSet(rawValue: UInt8.random(in: 0..<8, using: &generator))
    }
}
