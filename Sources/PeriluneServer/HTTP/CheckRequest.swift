import HTTPTypes
import Hummingbird
import PeriluneHummingbird

/// The body of `POST rate-limit/check`. Members that it does not know are ignored.
struct CheckRequest: Sendable {
    /// Who calls.
    let identifier: String
    /// What the call takes; 1 when it is not given.
    let cost: Int?
    /// The name of the policy; the default one when it is not given.
    let policy: String?

    /// Reads a request's body.
    ///
    /// - Throws: ``Problem``: as ``Hummingbird/Request/json(upTo:_:)``; 400 for what is not JSON, 422 for JSON of another
    ///   form.
    static func read(from request: Request, _ context: ManagementContext) async throws -> CheckRequest {
        try CheckRequest(json: await request.json(upTo: ManagementContext.longestBody, context))
    }

    init(json: [UInt8]) throws(Problem) {
        let value: JSONReader.Value
        do {
            value = try JSONReader.read(json)
        } catch {
            throw Problem(.badRequest, "The body is not JSON.")
        }
        guard case .object(let members) = value else {
            throw Problem(.unprocessableContent, "The body must be an object such as {\"identifier\":\"user:42\"}.")
        }
        var known: [String: JSONReader.Value] = [:]
        for (name, value) in members where ["identifier", "cost", "policy"].contains(name) {
            // RFC 8259 leaves open which one counts: what was checked before might not be what is taken here.
            guard known.updateValue(value, forKey: name) == nil else {
                throw Problem(.unprocessableContent, "\(name): more than once.")
            }
        }
        guard let identifier = known["identifier"] else {
            throw Problem(.unprocessableContent, "identifier: missing; it must be a text that is not empty.")
        }
        guard case .string(let identifier) = identifier else { throw Self.isNoText("identifier") }
        self.identifier = identifier
        switch known["policy"] {
        case nil, .null: policy = nil
        case .string(let name): policy = name
        default: throw Self.isNoText("policy")
        }
        switch known["cost"] {
        case nil, .null: cost = nil
        case .number(let literal):
            // Not `1.0`, not `1e2`; and nothing that is too large.
            guard let number = Int(literal) else { throw Self.isNoWholeNumber }
            cost = number
        default: throw Self.isNoWholeNumber
        }
    }

    private static func isNoText(_ name: String) -> Problem {
        Problem(.unprocessableContent, "\(name): must be a text.")
    }

    private static let isNoWholeNumber = Problem(
        .unprocessableContent, "cost: must be a whole number, written with digits alone.")
}
