import HTTPTypes
import Hummingbird
import Logging
import NIOHTTP1
import Perilune
import PeriluneHummingbird

/// Turns every error into a problem document, Hummingbird's own as well.
struct ProblemMiddleware: RouterMiddleware {
    typealias Context = ManagementContext

    /// All routes, to tell an unknown path from a wrong method.
    let routes: [Route]

    func handle(
        _ request: Request, context: ManagementContext,
        next: @concurrent (Request, ManagementContext) async throws -> Response
    ) async throws -> Response {
        let response: Response
        do {
            response = try await next(request, context)
        } catch let error as Problem {
            response = error.response
        } catch let error as RateLimitError {
            response = problem(error).response
        } catch let error as SessionError {
            response = Problem(error).response
        } catch let error as CacheError {
            response = Problem(error).response
        } catch let error as any HTTPResponseError {
            response = problem(error.status, request).response
        } catch let error as HTTPParserError {
            // Hummingbird has to see it: it answers 400 and closes, as what follows on the connection has no meaning.
            throw error
        } catch is RequestTimeout {
            response = Problem(.requestTimeout, "The body has not arrived in time.").response
        } catch is CancellationError {
            // The server ends before the client has sent its request, or before a long job is done.
            response = Problem.shuttingDown.response
        } catch {
            context.logger.error("A request failed.", metadata: ["error": "\(error)"])
            response = Problem(.internalServerError, "The server has failed; its log says why.").response
        }
        // A client does not read a body after HEAD, and would take one for the next answer.
        return request.method == .head ? response.createHeadResponse() : response
    }

    private func problem(_ error: RateLimitError) -> Problem {
        switch error {
        case .emptyIdentifier:
            return Problem(.unprocessableContent, "identifier: empty; it must be a text that is not.")
        case .costOutOfRange(let cost, let highest):
            return Problem(.unprocessableContent, "cost: \(cost) is not from 0 to \(highest).")
        case .engine:
            // The reason is for the log and for health/detailed: it may name hosts.
            return .engineUnavailable(retryAfter: 1)
        }
    }

    private func problem(_ status: HTTPResponse.Status, _ request: Request) -> Problem {
        switch status {
        case .notFound:
            let methods = routes.filter { $0.matches(path: request.uri.path) }.map(\.method.rawValue)
            guard !methods.isEmpty else { return Problem(.notFound, "There is nothing at this path.") }
            let allowed = methods.joined(separator: ", ")
            return Problem(.methodNotAllowed, "This path takes \(allowed).", headers: [.allow: allowed])
        case .contentTooLarge:
            return Problem(
                .contentTooLarge, "The body is longer than \(ManagementContext.longestBody) bytes.")
        default:
            return Problem(status, "\(status.reasonPhrase).")
        }
    }
}

extension Problem {
    /// The server does not finish what it was asked for.
    static let shuttingDown = Problem(.serviceUnavailable, "The server is shutting down.")
}
