import PeriluneCore

/// What the engine knows of a script that it has compiled.
struct CompiledScript {
    /// Its SHA-1 in hexadecimal digits, ended by a NUL for C.
    let digest: [CChar]
    /// Where the interpreter keeps the function.
    let reference: Int32
    /// The flags of its shebang line; `nil` without one.
    let flags: ScriptFlags?
}

/// The compiled scripts, found by the identity of a ``/PeriluneCore/LuaScript`` and by SHA-1.
struct ScriptCache {
    /// Holding the script keeps its identity from being given to another.
    private var byIdentity: [ObjectIdentifier: (script: LuaScript, compiled: CompiledScript)] = [:]
    private var byDigest: [String: CompiledScript] = [:]

    /// The last script called: services call few, and the same over and over.
    private var latest: (script: LuaScript, compiled: CompiledScript)?

    /// O(1), without looking at the digest's text for a script called before.
    mutating func compiled(for script: LuaScript) -> CompiledScript? {
        if let latest, latest.script === script { return latest.compiled }
        if let known = byIdentity[ObjectIdentifier(script)] {
            latest = known
            return known.compiled
        }
        guard let compiled = byDigest[script.sha] else { return nil }
        remember(compiled, for: script)
        return compiled
    }

    func compiled(digest: String) -> CompiledScript? {
        byDigest[digest]
    }

    mutating func insert(_ compiled: CompiledScript, digest: String) {
        byDigest[digest] = compiled
    }

    /// Ties a script's identity to its compiled form. Identities are forgotten when there are very many, which happens
    /// only when scripts are made anew for every call.
    mutating func remember(_ compiled: CompiledScript, for script: LuaScript) {
        if byIdentity.count >= 4096 { byIdentity.removeAll() }
        byIdentity[ObjectIdentifier(script)] = (script, compiled)
        latest = (script, compiled)
    }

    /// Forgets all scripts and answers them.
    mutating func removeAll() -> [CompiledScript] {
        let all = Array(byDigest.values)
        self = ScriptCache()
        return all
    }
}
