import PeriluneCore

/// What the engine knows of a script that it has compiled.
final class CompiledScript {
    /// Its SHA-1 in hexadecimal digits, ended by a NUL for C.
    let digest: [CChar]
    /// Where the interpreter keeps the function.
    let reference: Int32
    /// The flags of its shebang line; `nil` without one.
    let flags: ScriptFlags?
    /// When it was run last, counted in runs of scripts.
    var lastRun: UInt64 = 0

    init(digest: [CChar], reference: Int32, flags: ScriptFlags?) {
        self.digest = digest
        self.reference = reference
        self.flags = flags
    }

    /// The digest as text.
    var sha: String { String(decoding: digest.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self) }
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

    var count: Int { byDigest.count }

    func compiled(digest: String) -> CompiledScript? {
        byDigest[digest]
    }

    mutating func insert(_ compiled: CompiledScript) {
        byDigest[compiled.sha] = compiled
    }

    /// Forgets half of the scripts, those whose last run is longest ago, and answers them. O(n log n).
    mutating func removeLeastRecentlyRun() -> [CompiledScript] {
        let inOrder = byDigest.values.sorted { $0.lastRun < $1.lastRun }
        let removed = Array(inOrder.prefix((inOrder.count + 1) / 2))
        for script in removed { byDigest[script.sha] = nil }
        byIdentity.removeAll()
        latest = nil
        return removed
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
