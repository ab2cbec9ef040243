import HTTPTypes
import Hummingbird
import NIOCore
import PeriluneHummingbird

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

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
    /// - Throws: ``Problem``: 415 for what does not say that it is JSON, 413 for what is too long, 400 for what is not
    ///   JSON, 422 for JSON of another form.
    static func read(from request: Request) async throws -> CheckRequest {
        let type = request.headers[.contentType]?.split(separator: ";").first.map { $0.filter { $0 != " " } }
        guard type?.lowercased() == "application/json" else {
            throw Problem(.unsupportedMediaType, "The body must be JSON: Content-Type: application/json.")
        }
        let tooLong = Problem(
            .contentTooLarge, "The body is longer than \(ManagementContext.longestBody) bytes.")
        // What announces its length need not be read to be refused.
        if let length = request.headers[.contentLength].flatMap(Int.init), length > ManagementContext.longestBody {
            throw tooLong
        }
        let body: ByteBuffer
        do {
            body = try await request.body.collect(upTo: ManagementContext.longestBody)
        } catch is NIOTooManyBytesError {
            throw tooLong
        }
        return try decode(Data(body.readableBytesView))
    }

    static func decode(_ body: Data) throws(Problem) -> CheckRequest {
        do {
            return try JSONDecoder().decode(CheckRequest.self, from: body)
        } catch let problem as Problem {
            throw problem
        } catch DecodingError.typeMismatch, DecodingError.valueNotFound {
            throw Problem(.unprocessableContent, "The body must be an object such as {\"identifier\":\"user:42\"}.")
        } catch {
            throw notJSON
        }
    }

    private static let notJSON = Problem(.badRequest, "The body is not JSON.")
}

extension CheckRequest: Decodable {
    private enum CodingKeys: CodingKey {
        case identifier, cost, policy
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        guard container.contains(.identifier) else {
            throw Problem(.unprocessableContent, "identifier: missing; it must be a text that is not empty.")
        }
        identifier = try Self.text(try container.decode(String.self, forKey: .identifier), "identifier")
        policy = try Self.text(try container.decodeIfPresent(String.self, forKey: .policy), "policy")
        do {
            cost = try container.decodeIfPresent(Int.self, forKey: .cost)
        } catch {
            // Of another type, with a fraction, or too large.
            throw Problem(.unprocessableContent, "cost: must be a whole number.")
        }
    }

    private static func text<Value>(_ value: @autoclosure () throws -> Value, _ name: String) throws -> Value {
        do {
            return try value()
        } catch DecodingError.typeMismatch, DecodingError.valueNotFound {
            throw Problem(.unprocessableContent, "\(name): must be a text.")
        }
        // Anything else, such as half of a surrogate pair, is found only now, but means that this is no JSON.
    }
}
