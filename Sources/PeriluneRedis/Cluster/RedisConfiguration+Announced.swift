import PeriluneCore

extension RedisConfiguration.Endpoint {
    /// The place of a server that another server has told of. Nothing it says is trusted to make sense.
    ///
    /// - Parameters:
    ///   - host: A name or an address; empty for "where you have asked", as nodes say that do not know their own.
    ///   - port: The port. Only one from 1 to 65535 is taken.
    ///   - asked: Where the answer came from.
    init?(announced host: some StringProtocol, port: Int, by asked: Self) {
        guard (1...65535).contains(port) else { return nil }
        if host.isEmpty {
            guard case .tcp(let host, _) = asked else { return nil }
            self = .tcp(host: host, port: port)
            return
        }
        // Printable characters, and no more of them than a domain name can have. "?" is a name that is not known.
        let isPrintable = host.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
        guard isPrintable, host.utf8.count <= 255, host != "?" else { return nil }
        self = .tcp(host: String(host), port: port)
    }
}
