extension RedisError {
    /// What kind of error a server's first word stands for.
    ///
    /// An engine handles some of them itself, which is said with each; others reach the caller as they are.
    public enum Kind: Sendable, Hashable, CaseIterable {
        /// `NOSCRIPT`: the server does not know the script's digest. Nothing has run. The engine loads the script and
        /// calls again.
        case noScript
        /// `LOADING`: the server reads its data set. Nothing has run. The engine tries again until the call's deadline; a
        /// new connection to such a server counts as none.
        case loading
        /// `BUSY`: a script runs for too long already. Nothing has run. The engine tries again until the call's
        /// deadline.
        case busy
        /// `MASTERDOWN`: a replica without its primary. Nothing has run. Behind Sentinel or in a cluster the engine looks
        /// for the primary and tries again until the call's deadline.
        case masterDown
        /// `READONLY`: the server is a replica, which refuses writes. Nothing was written. Behind Sentinel or in a
        /// cluster the engine looks for the primary and tries again; alone it is a wrong address.
        case readOnly
        /// `CLUSTERDOWN`: slots are without a node. Nothing has run. The engine tries again until the call's deadline.
        case clusterDown
        /// `TRYAGAIN`: the keys of the call are on two nodes while their slot moves. Nothing has run. The engine tries
        /// again until the call's deadline.
        case tryAgain
        /// `MOVED`: another node of the cluster has the slot. Nothing has run.
        case moved
        /// `ASK`: another node of the cluster is about to get the slot. Nothing has run.
        case ask
        /// `UNBLOCKED`: the server has become a replica and ends what waits on it. Nothing has run. Behind Sentinel or in a
        /// cluster the engine looks for the primary and tries again.
        case waitEnded
        /// `CROSSSLOT`: the keys of a call have different slots. Nothing has run.
        case crossSlot
        /// `OOM`: the server's memory is full. A script's earlier writes stay.
        case outOfMemory
        /// `NOAUTH`: the server wants a password. Nothing has run.
        case noAuthentication
        /// `WRONGPASS`: the server refuses the user or the password. Nothing has run.
        case wrongPassword
        /// `NOPERM`: the user may not run the command or touch the key.
        case noPermission
        /// `WRONGTYPE`: the key holds a value of another type.
        case wrongType
        /// `EXECABORT`: a transaction was given up because one of its commands was refused. Nothing has run.
        case transactionAborted
        /// Any other.
        case other
    }

    /// The kind of the error.
    ///
    /// Those of which it is said that nothing has run are told by the server's whole phrase: a script may answer with an
    /// error of its own that begins with the same word, and then it has run.
    ///
    /// - Complexity: O(1).
    public var kind: Kind {
        let word = code
        guard let (kind, phrases) = Self.kinds[word] else { return .other }
        let rest = line[word.endIndex...].dropFirst()
        if kind == .moved || kind == .ask { return Self.isSlotAndPlace(rest) ? kind : .other }
        if phrases.isEmpty { return kind }
        return phrases.contains { rest.hasPrefix($0) } ? kind : .other
    }

    /// Whether a text is a hash slot and where it is served, as in `3999 127.0.0.1:6381`.
    private static func isSlotAndPlace(_ text: Substring) -> Bool {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 2, let slot = Int(words[0]), (0..<HashSlot.count).contains(slot) else { return false }
        return words[1].contains(":")
    }

    /// Whether the server refused the call before anything ran, so that it can have had no effect.
    public var isRefusal: Bool {
        switch kind {
        case .noScript, .loading, .busy, .masterDown, .readOnly, .clusterDown, .tryAgain, .moved, .ask, .waitEnded,
            .crossSlot, .noAuthentication, .wrongPassword, .transactionAborted:
            true
        case .outOfMemory, .noPermission, .wrongType, .other: false
        }
    }

    private static let kinds: [Substring: (Kind, [String])] = [
        "NOSCRIPT": (.noScript, ["No matching script"]),
        "LOADING": (.loading, ["Redis is loading", "Valkey is loading"]),
        "BUSY": (.busy, ["Redis is busy", "Valkey is busy"]),
        "MASTERDOWN": (.masterDown, ["Link with "]),
        "READONLY": (.readOnly, ["You can't write against"]),
        "CLUSTERDOWN": (.clusterDown, ["The cluster is down", "Hash slot not served"]),
        "TRYAGAIN": (.tryAgain, ["Multiple keys request"]),
        "MOVED": (.moved, []),
        "ASK": (.ask, []),
        "UNBLOCKED": (.waitEnded, ["force unblock"]),
        "CROSSSLOT": (.crossSlot, ["Keys in request"]),
        "OOM": (.outOfMemory, []),
        "NOAUTH": (.noAuthentication, ["Authentication required"]),
        "WRONGPASS": (.wrongPassword, []),
        "NOPERM": (.noPermission, []),
        "WRONGTYPE": (.wrongType, []),
        "EXECABORT": (.transactionAborted, ["Transaction discarded"]),
    ]
}
