/// What `INFO` tells.
enum PortInformation {
    static func text(_ state: PortState) -> [UInt8] {
        let uptime = (ContinuousClock.now - state.start).components.seconds
        let lines = [
            "# Server", "redis_version:7.0.15", "redis_mode:standalone", "server_name:perilune",
            "uptime_in_seconds:\(uptime)", "tcp_port:\(state.configuration.host == nil ? 0 : state.configuration.port)",
            "", "# Clients", "connected_clients:\(state.connectionCount)",
            "maxclients:\(state.configuration.maximumConnections)", "", "# Replication", "role:master",
            "connected_slaves:0", "",
        ]
        return Array(lines.joined(separator: "\r\n").utf8)
    }

    /// Text from a client within an error line.
    static func printable(_ text: String) -> String {
        String(text.unicodeScalars.filter { (32...126).contains($0.value) })
    }
}
