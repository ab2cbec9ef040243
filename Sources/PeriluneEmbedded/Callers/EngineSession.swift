/// What a client has chosen, and what holds for its next commands.
package struct EngineSession: Sendable {
    /// The number of its database.
    package internal(set) var database = 0
    /// The version of RESP in which it gets replies: 2 or 3.
    package var protocolVersion = 2

    /// A client that has just come.
    package init() {}
}

/// Somebody who looks at a long script now and then, from the thread that runs it, while the engine is locked.
package protocol ScriptObserver: AnyObject, Sendable {
    /// A script is running. Must not call the engine.
    ///
    /// - Parameters:
    ///   - engine: What the engine can be asked meanwhile: all but to run commands.
    ///   - duration: For how long, at least.
    ///   - hasWritten: Whether it has called commands that may write.
    /// - Returns: Whether it is to be killed.
    func scriptRuns(_ engine: ExclusiveEngine, for duration: Duration, hasWritten: Bool) -> Bool
}

/// A key in one of the databases.
struct DatabaseKey: Hashable {
    let database: Int
    let key: [UInt8]
}
