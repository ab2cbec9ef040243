import Foundation
import PeriluneCore

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// What an origin said of a key.
enum OriginAnswer: Sendable, Hashable {
    /// The value (200).
    case value([UInt8])
    /// That there is none (404, 410).
    case absent
}

/// Why an origin gave no value.
enum OriginFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// The key cannot stand in the origin's URL.
    case noURL
    /// It answered with this status.
    case status(Int)
    /// It wanted to send the server elsewhere.
    case redirect
    /// The value is longer than the region takes.
    case tooLong(limit: Int)
    /// It took too long.
    case timedOut
    /// It cannot be reached, or what it sent is not HTTP.
    case unreachable(String)

    var description: String {
        switch self {
        case .noURL: "the key cannot stand in the origin's URL"
        case .status(let status): "the origin answered with status \(status)"
        case .redirect: "the origin answered with a redirect, which is not followed"
        case .tooLong(let limit): "the origin's answer has more than \(limit) bytes"
        case .timedOut: "the origin did not answer in time"
        case .unreachable(let reason): "the origin cannot be reached: \(reason)"
        }
    }
}

/// Asks origins for values over HTTP.
///
/// It asks for what it is told and for nothing else: redirects are refused, cookies are neither kept nor sent, nothing is
/// cached, and an answer that is too long is cut off while it arrives.
///
/// Foundation's client is used because it is there: another one would bring a TLS library that takes longer to build than
/// all of this package.
final class OriginClient: Sendable {
    private let session: URLSession
    private let fetches = OriginFetches()

    init() {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpCookieStorage = nil
        configuration.httpCookieAcceptPolicy = .never
        configuration.httpShouldSetCookies = false
        configuration.urlCache = nil
        configuration.urlCredentialStorage = nil
        configuration.requestCachePolicy = .reloadIgnoringLocalCacheData
        configuration.httpMaximumConnectionsPerHost = 16
        session = URLSession(configuration: configuration, delegate: fetches, delegateQueue: nil)
    }

    /// Closes the connections. What is under way fails.
    func shutdown() {
        session.invalidateAndCancel()
    }

    /// Asks for a value.
    ///
    /// - Parameters:
    ///   - text: The URL.
    ///   - timeout: How long all of it may take.
    ///   - limit: How many bytes the value may have.
    /// - Throws: ``OriginFailure``; `CancellationError`.
    func value(at text: String, timeout: Duration, limit: Int) async throws -> OriginAnswer {
        guard let url = URL(string: text) else { throw OriginFailure.noURL }
        var request = URLRequest(url: url)
        request.setValue("perilune/\(periluneVersion)", forHTTPHeaderField: "User-Agent")
        // The deadline below is for all of it; this one is for a peer that falls silent, and comes later.
        request.timeoutInterval = Double(timeout.wholeMicroseconds) / 1_000_000 + 1
        let task = session.dataTask(with: request)
        let number = task.taskIdentifier
        fetches.open(number, limit: limit)
        defer { fetches.close(number) }
        let timer = Task { [fetches] in
            try await Task.sleep(for: timeout)
            fetches.finish(number, .failure(.timedOut))
            task.cancel()
        }
        defer { timer.cancel() }
        let outcome = await withTaskCancellationHandler {
            task.resume()
            return await fetches.outcome(of: number)
        } onCancel: {
            fetches.finish(number, .failure(.unreachable("cancelled")))
            task.cancel()
        }
        try Task.checkCancellation()
        return try outcome.get()
    }
}

/// The answers that are arriving.
///
/// What ends one is up to nobody else: whoever waits for it is told at once, whatever the session has still to do.
private final class OriginFetches: NSObject, URLSessionDataDelegate, Sendable {
    typealias Outcome = Result<OriginAnswer, OriginFailure>

    private struct Fetch {
        let limit: Int
        var status = 0
        var bytes: [UInt8] = []
        var outcome: Outcome?
        var waiter: CheckedContinuation<Outcome, Never>?
    }

    private let fetches = Locked<[Int: Fetch]>([:])

    func open(_ number: Int, limit: Int) {
        fetches.withLock { $0[number] = Fetch(limit: limit) }
    }

    func close(_ number: Int) {
        fetches.withLock { _ = $0.removeValue(forKey: number) }
    }

    /// Waits for what comes of a fetch.
    func outcome(of number: Int) async -> Outcome {
        await withCheckedContinuation { waiter in
            let outcome = fetches.withLock { fetches -> Outcome? in
                if let outcome = fetches[number]?.outcome { return outcome }
                fetches[number]?.waiter = waiter
                return nil
            }
            if let outcome { waiter.resume(returning: outcome) }
        }
    }

    /// Says what came of a fetch. The first to say it counts.
    func finish(_ number: Int, _ outcome: Outcome) {
        let waiter = fetches.withLock { fetches -> CheckedContinuation<Outcome, Never>? in
            guard var fetch = fetches[number], fetch.outcome == nil else { return nil }
            let waiter = fetch.waiter
            fetch.outcome = outcome
            fetch.waiter = nil
            fetch.bytes = []
            fetches[number] = fetch
            return waiter
        }
        waiter?.resume(returning: outcome)
    }

    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping (URLRequest?) -> Void
    ) {
        finish(task.taskIdentifier, .failure(.redirect))
        completionHandler(nil)
        task.cancel()
    }

    func urlSession(
        _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
        completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
    ) {
        let status = (response as? HTTPURLResponse)?.statusCode ?? 0
        let limit = fetches.withLock { fetches -> Int in
            fetches[dataTask.taskIdentifier]?.status = status
            return fetches[dataTask.taskIdentifier]?.limit ?? 0
        }
        if status != 200 {
            finish(dataTask.taskIdentifier, Self.outcome(of: status))
        } else if response.expectedContentLength > Int64(limit) {
            finish(dataTask.taskIdentifier, .failure(.tooLong(limit: limit)))
        }
        completionHandler(.allow)
        if hasEnded(dataTask.taskIdentifier) { dataTask.cancel() }
    }

    /// What an answer without a value means.
    private static func outcome(of status: Int) -> Outcome {
        switch status {
        case 404, 410: .success(.absent)
        case 300..<400: .failure(.redirect)
        default: .failure(.status(status))
        }
    }

    private func hasEnded(_ number: Int) -> Bool {
        fetches.withLock { $0[number]?.outcome != nil || $0[number] == nil }
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        let number = dataTask.taskIdentifier
        let limit = fetches.withLock { fetches -> Int? in
            guard let fetch = fetches[number], fetch.outcome == nil else { return nil }
            guard data.count <= fetch.limit - fetch.bytes.count else { return fetch.limit }
            fetches[number]?.bytes += data
            return nil
        }
        if let limit { finish(number, .failure(.tooLong(limit: limit))) }
        if hasEnded(number) { dataTask.cancel() }
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        let number = task.taskIdentifier
        let (status, bytes) = fetches.withLock { ($0[number]?.status ?? 0, $0[number]?.bytes ?? []) }
        if let error {
            let code = (error as? URLError)?.code
            finish(number, .failure(code == .timedOut ? .timedOut : .unreachable(Self.reason(code))))
        } else {
            finish(number, status == 200 ? .success(.value(bytes)) : .failure(.unreachable("there was no answer")))
        }
    }

    private static func reason(_ code: URLError.Code?) -> String {
        switch code {
        case .cannotFindHost, .dnsLookupFailed: "there is no such host"
        case .cannotConnectToHost: "it accepts no connection"
        case .networkConnectionLost: "the connection broke"
        case .secureConnectionFailed, .serverCertificateUntrusted, .serverCertificateHasBadDate,
            .serverCertificateNotYetValid, .serverCertificateHasUnknownRoot:
            "the TLS connection failed"
        case let code?: "error \(code.rawValue)"
        case nil: "for an unknown reason"
        }
    }
}
