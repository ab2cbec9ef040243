import HTTPTypes
import Hummingbird
import PeriluneHummingbird

/// The parameters in a request's query, of which the operation knows every one: a misspelt name must not be passed over
/// where it would make the operation do more.
struct QueryParameters: Sendable {
    /// Values are bytes, for a tag may be any. As in what forms send, `+` is a space.
    private let values: [String: [[UInt8]]]

    /// Reads a query.
    ///
    /// - Throws: ``Problem`` 400 for a parameter that is not known, that has no value, or whose encoding is malformed.
    init(_ request: Request, known: [String]) throws(Problem) {
        var values: [String: [[UInt8]]] = [:]
        for part in (request.uri.query ?? "").split(separator: "&") {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = pair.first.map({ String($0) }), known.contains(name) else {
                throw Problem(
                    .badRequest,
                    known.isEmpty
                        ? "There are no parameters here." : "The parameters here are \(known.joined(separator: ", ")).")
            }
            guard let value = PercentEncoding.decoded(pair.count == 2 ? pair[1] : "", plusIsSpace: true) else {
                throw Problem(
                    .badRequest, "\(name): a % without two hexadecimal digits after it; write a % itself as %25.")
            }
            guard !value.isEmpty else { throw Problem(.badRequest, "\(name): empty.") }
            values[name, default: []].append(value)
        }
        self.values = values
    }

    /// All values of a parameter.
    func all(_ name: String) -> [[UInt8]] { values[name] ?? [] }

    /// The names of the parameters that were given.
    var names: Set<String> { Set(values.keys) }

    /// The value of a parameter that may be given once, and is text.
    ///
    /// - Throws: ``Problem`` 400.
    func text(_ name: String) throws(Problem) -> String? {
        let all = all(name)
        guard let value = all.first else { return nil }
        guard all.count == 1 else { throw Problem(.badRequest, "\(name): more than once.") }
        guard let text = String(validating: value, as: UTF8.self) else {
            throw Problem(.badRequest, "\(name): not UTF-8 once the percent-encoding is undone.")
        }
        return text
    }
}
