import Crypto
import HTTPTypes
import Perilune
import PeriluneCore
import PeriluneHummingbird

/// The body of `POST cache/warm/{cache_type}`. Members that it does not know are ignored.
///
/// Its tags and its time are those of all items: a value has its own tags besides, and may have a time of its own.
///
/// ```json
/// {"values": [{"key": "a", "value": {"any": "JSON"}, "tags": ["t"], "ttl": 60}],
///  "keys": ["b", "c"], "tags": ["t"], "ttl": 300, "force": false, "concurrency": 8}
/// ```
struct WarmRequest: Sendable {
    /// How long a body may be, in bytes.
    static let longestBody = 8 << 20
    /// How many values and keys one request may have.
    static let mostItems = 10_000
    private static let mostAtOnce = 64

    /// The values, then the keys, in the order of the body.
    private(set) var items: [CacheWarmingItem<[UInt8]>] = []
    /// The keys that are to be loaded, as they were written.
    private(set) var texts: [CacheKey: String] = [:]
    private(set) var force = false
    private(set) var concurrency = ManagedRegions.usualConcurrency
    /// What this body and no other has: two requests with one fingerprint are about the same items.
    let fingerprint: String

    private var keys: [String] = []
    private var tags: [CacheTag] = []
    private var ttl: Duration?
    private var problem: Problem?

    /// Reads a body.
    ///
    /// - Throws: ``Problem``: 400 for what is not JSON, 422 for JSON of another form.
    /// - Complexity: O(length of the body); of what it does not know nothing is kept.
    init(json: [UInt8]) throws(Problem) {
        fingerprint = Base64URL.encode(Array(SHA256.hash(data: json).prefix(9)))
        var scanner = JSONScanner(json)
        do throws(JSONMembersError) {
            guard scanner.next() == UInt8(ascii: "{") else { throw JSONMembersError.notAnObject }
            var names: Set<String> = []
            try scanner.readObject(inside: 0) { scanner throws(JSONMembersError) in
                let name = try scanner.readName()
                try scanner.read(UInt8(ascii: ":"))
                if Self.known.contains(name), !names.insert(name).inserted { fail("\(name): more than once.") }
                try readMember(name, &scanner, json)
            }
            try scanner.finish()
        } catch {
            guard case .notAnObject = error else { throw Problem(.badRequest, "The body is not JSON: \(error).") }
            throw Problem(.unprocessableContent, "The body must be an object such as {\"keys\":[\"a\"]}.")
        }
        if let problem { throw problem }
        // They may stand behind the values.
        for index in items.indices {
            items[index].tags += tags.filter { !items[index].tags.contains($0) }
            items[index].ttl = items[index].ttl ?? ttl
        }
        for key in keys {
            items.append(CacheWarmingItem(CacheKey(key), tags: tags, ttl: ttl))
            texts[CacheKey(key)] = key
        }
        guard !items.isEmpty else {
            throw Problem(
                .unprocessableContent, "The body names neither keys nor values; at least one of them must be.")
        }
    }

    private static let known: Set<String> = ["keys", "values", "tags", "ttl", "force", "concurrency"]

    /// Notes the first thing that is wrong. The rest is read all the same: what is not JSON is that first of all.
    private mutating func fail(_ detail: String) {
        if problem == nil { problem = Problem(.unprocessableContent, detail) }
    }

    private mutating func readMember(
        _ name: String, _ scanner: inout JSONScanner, _ json: [UInt8]
    ) throws(JSONMembersError) {
        switch name {
        case "keys":
            try readArray(name, &scanner) { this, scanner throws(JSONMembersError) in
                guard let key = try this.readText(name, &scanner) else { return }
                if this.hasRoom() { this.keys.append(key) }
            }
        case "tags": tags = try readTags(&scanner, inside: 1)
        case "values":
            try readArray(name, &scanner) { this, scanner throws(JSONMembersError) in
                try this.readValue(&scanner, json)
            }
        case "ttl": ttl = try readTime(&scanner, json)
        case "force":
            let text = json[try scanner.readValue(inside: 1)]
            if text.elementsEqual("true".utf8) {
                force = true
            } else if !text.elementsEqual("false".utf8) {
                fail("force: must be true or false.")
            }
        case "concurrency":
            let text = json[try scanner.readValue(inside: 1)]
            if let number = Int(String(decoding: text, as: UTF8.self)), (1...Self.mostAtOnce).contains(number) {
                concurrency = number
            } else {
                fail("concurrency: must be a number from 1 to \(Self.mostAtOnce).")
            }
        default: _ = try scanner.readValue(inside: 1)
        }
    }

    /// Reads one of `values`.
    private mutating func readValue(_ scanner: inout JSONScanner, _ json: [UInt8]) throws(JSONMembersError) {
        guard scanner.next() == UInt8(ascii: "{") else {
            _ = try scanner.readValue(inside: 2)
            return fail("values: each must be an object with a key and a value.")
        }
        var names: Set<String> = []
        var (key, value): (String?, Range<Int>?) = (nil, nil)
        var item = CacheWarmingItem<[UInt8]>("")
        try scanner.readObject(inside: 2) { scanner throws(JSONMembersError) in
            let name = try scanner.readName()
            try scanner.read(UInt8(ascii: ":"))
            if ["key", "value", "tags", "ttl"].contains(name), !names.insert(name).inserted {
                fail("values: \(name) more than once.")
            }
            switch name {
            case "key": key = try readText("key", &scanner)
            case "value": value = try scanner.readValue(inside: 3)
            case "tags": item.tags = try readTags(&scanner, inside: 3)
            case "ttl": item.ttl = try readTime(&scanner, json)
            default: _ = try scanner.readValue(inside: 3)
            }
        }
        guard let key, let value else { return fail("values: each must have a key, which is a text, and a value.") }
        guard hasRoom() else { return }
        item.key = CacheKey(key)
        item.value = Array(json[value])
        items.append(item)
    }

    private mutating func hasRoom() -> Bool {
        if items.count + keys.count < Self.mostItems { return true }
        fail("More than \(Self.mostItems) keys and values; send several requests.")
        return false
    }

    private mutating func readArray(
        _ name: String, _ scanner: inout JSONScanner, inside depth: Int = 1,
        _ readElement: (inout WarmRequest, inout JSONScanner) throws(JSONMembersError) -> Void
    ) throws(JSONMembersError) {
        guard scanner.next() == UInt8(ascii: "[") else {
            _ = try scanner.readValue(inside: depth)
            return fail("\(name): must be an array.")
        }
        try scanner.readArray(inside: depth) { scanner throws(JSONMembersError) in try readElement(&self, &scanner) }
    }

    private mutating func readText(
        _ name: String, _ scanner: inout JSONScanner
    ) throws(JSONMembersError) -> String? {
        guard scanner.next() == UInt8(ascii: "\"") else {
            _ = try scanner.readValue(inside: 3)
            fail("\(name): must be text.")
            return nil
        }
        return try scanner.readName()
    }

    private mutating func readTags(
        _ scanner: inout JSONScanner, inside depth: Int
    ) throws(JSONMembersError) -> [CacheTag] {
        var tags: [CacheTag] = []
        try readArray("tags", &scanner, inside: depth) { this, scanner throws(JSONMembersError) in
            guard let tag = try this.readText("tags", &scanner) else { return }
            guard tags.count < CacheType.mostTags else {
                return this.fail("tags: more than \(CacheType.mostTags) of them.")
            }
            tags.append(CacheTag(tag))
        }
        return tags
    }

    /// Reads seconds; `nil` for `null`.
    private mutating func readTime(
        _ scanner: inout JSONScanner, _ json: [UInt8]
    ) throws(JSONMembersError) -> Duration? {
        let text = String(decoding: json[try scanner.readValue(inside: 3)], as: UTF8.self)
        if text == "null" { return nil }
        let longest = Double(CacheType.longestTime.components.seconds)
        guard let seconds = Double(text), (0.001...longest).contains(seconds) else {
            fail("ttl: must be a number of seconds, from 0.001 to \(CacheType.longestTime.components.seconds).")
            return nil
        }
        return .milliseconds(Int64((seconds * 1_000).rounded()))
    }
}
