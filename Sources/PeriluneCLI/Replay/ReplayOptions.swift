import Perilune

/// What the user asks of a replay, checked.
struct ReplayOptions {
    /// The log's path; `-` is standard input.
    var path: String
    /// What is enforced.
    var policy: RateLimitPolicy
    /// Who a request is counted for.
    var field: IdentifierField
    /// How many of the hardest hit identifiers are listed.
    var top: Int
    /// Whether the report is for machines.
    var json: Bool
    /// The share of denied requests above which the replay fails; `nil` for none.
    var failAbove: Share?

    /// Checks what stands on the command line.
    ///
    /// - Throws: What is wrong, and what would be right.
    init(
        path: String, limits: [String] = [], burst: String? = nil, algorithm: String = "token-bucket",
        by field: String = "ip", top: String = "10", json: Bool = false, failAbove: String? = nil
    ) throws(ReplayOptionError) {
        self.path = path
        self.policy = try Self.policy(limits: limits, burst: burst, algorithm: algorithm)
        self.field = try Self.choice(field, of: "--by")
        guard let top = Int(top), (0...10_000).contains(top) else {
            throw ReplayOptionError("--top: \"\(printable(top, atMost: 80))\" is not a number from 0 to 10000")
        }
        self.top = top
        self.json = json
        self.failAbove = try failAbove.map { text throws(ReplayOptionError) in try Share(parsing: text) }
    }

    /// The policy that the options describe: the standard one where they name no limit.
    private static func policy(
        limits: [String], burst: String?, algorithm name: String
    ) throws(ReplayOptionError) -> RateLimitPolicy {
        let algorithm: RateLimitPolicy.Algorithm = try choice(name, of: "--algorithm")
        var option = "--limit"
        do {
            var parsed = limits.isEmpty && burst == nil ? RateLimitPolicy.standard.limits : []
            for text in limits {
                let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                let name = parts.count == 2 ? String(parts[0]) : nil
                parsed.append(try RateLimit(parsing: parts[parts.count - 1], name: name))
            }
            if let burst {
                option = "--burst"
                guard let quota = Int(burst) else {
                    throw ReplayOptionError(
                        "--burst: \"\(printable(burst, atMost: 80))\" is not a number; write for example 10")
                }
                parsed.append(try RateLimit(name: "burst", quota: quota, per: .seconds(1)))
            }
            option = algorithm == .tokenBucket ? "--limit" : "--algorithm \(algorithm.rawValue)"
            return try RateLimitPolicy(name: "replay", algorithm: algorithm, limits: parsed)
        } catch RateLimitPolicyError.duplicateName(let name) {
            throw ReplayOptionError(
                "--limit: two limits are called \(name); give one of them another name, as in NAME=60/min")
        } catch let error as RateLimitPolicyError {
            throw ReplayOptionError("\(option): \(printable(error.description, atMost: 200))")
        } catch let error as ReplayOptionError {
            throw error
        } catch {
            throw ReplayOptionError("\(option): \(error)")
        }
    }

    private static func choice<Value: RawRepresentable<String> & CaseIterable>(
        _ text: String, of option: String
    ) throws(ReplayOptionError) -> Value {
        if let value = Value(rawValue: text) { return value }
        let names = Value.allCases.map(\.rawValue)
        throw ReplayOptionError(
            "\(option): \"\(printable(text, atMost: 80))\" is none of " + names.joined(separator: ", "))
    }
}

/// A mistake in the command line, in one line that names the option, its value and what would be right.
struct ReplayOptionError: Error, Hashable, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// A share of a whole, exact: `1%` or `0.01`.
///
/// Binary fractions would not do: of 100 requests 29 are not more than 29 %, but more than `0.29 * 100`.
struct Share: Hashable, CustomStringConvertible {
    /// As it was written.
    let description: String
    /// In parts of 1,000,000,000.
    private let billionths: Int

    /// Reads a share.
    ///
    /// - Parameter text: A percentage from `0%` to `100%`, or a number below 1; up to seven and nine decimals.
    init(parsing text: String) throws(ReplayOptionError) {
        let isPercentage = text.hasSuffix("%")
        let number = isPercentage ? text.dropLast() : text[...]
        guard let billionths = Self.scaled(number, digits: isPercentage ? 7 : 9),
            isPercentage ? billionths <= 1_000_000_000 : billionths < 1_000_000_000
        else {
            throw ReplayOptionError(
                "--fail-above: \"\(printable(text, atMost: 80))\" is not a share; write for example 1% or 0.01")
        }
        self.billionths = billionths
        self.description = text
    }

    /// Whether a part of a whole is more than this share.
    func isExceeded(by part: Int, of whole: Int) -> Bool {
        // Compared in twice the width, so that no count is too large.
        part.multipliedFullWidth(by: 1_000_000_000) > whole.multipliedFullWidth(by: billionths)
    }

    /// A decimal number times a power of ten; `nil` if it has other characters, more decimals or too many digits.
    private static func scaled(_ text: Substring, digits: Int) -> Int? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, !parts[0].isEmpty, parts[0].utf8.count <= 3 else { return nil }
        let decimals = parts.count == 2 ? parts[1] : "0"
        guard !decimals.isEmpty, decimals.utf8.count <= digits else { return nil }
        var value = 0
        let zeros = repeatElement(UInt8(ascii: "0"), count: digits - decimals.utf8.count)
        for byte in Array(parts[0].utf8) + Array(decimals.utf8) + Array(zeros) {
            let digit = byte &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            value = value * 10 + Int(digit)
        }
        return value
    }
}
