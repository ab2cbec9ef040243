import PeriluneCore

/// Looks up host names without keeping an event loop waiting.
enum Resolver {
    /// Lookups under way in this process, and the most there may be: a name server that hangs costs a bounded number
    /// of threads, however often somebody tries again.
    private static let running = Locked(0)
    private static let limit = 16

    /// Finds the addresses of a host.
    ///
    /// - Parameter completion: Called on the loop's thread, before this returns when the host is a numeric address.
    static func resolve(
        host: String, port: Int, on loop: EventLoop,
        completion: @escaping @Sendable (Result<[SocketAddress], SystemError>) -> Void
    ) {
        if let addresses = try? SocketAddress.resolve(host: host, port: port, numericOnly: true) {
            return completion(.success(addresses))
        }
        let isAdmitted = running.withLock { count in
            guard count < limit else { return false }
            count += 1
            return true
        }
        guard isAdmitted else {
            return completion(.failure(SystemError("getaddrinfo", reason: "too many name lookups hang already")))
        }
        do throws(SystemError) {
            try Thread.detach {
                let result = Result { () throws(SystemError) in
                    try SocketAddress.resolve(host: host, port: port, numericOnly: false)
                }
                running.withLock { $0 -= 1 }
                loop.execute { completion(result) }
            }
        } catch {
            running.withLock { $0 -= 1 }
            completion(.failure(error))
        }
    }
}
