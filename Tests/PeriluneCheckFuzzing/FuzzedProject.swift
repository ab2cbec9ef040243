package import PeriluneCheck

/// Scripts that are checked together, and how.
package struct FuzzedProject: Sendable {
    /// By which it is made again.
    package let number: UInt64
    package let sources: [ScriptSource]
    package let redis: RedisVersion
    /// Whether the rules look at it that look only at scripts that ask for them.
    package let areAllRulesOn: Bool

    /// Its size in bytes.
    package var size: Int { sources.reduce(0) { $0 + $1.bytes.count } }

    var settings: RuleSettings {
        var settings = RuleSettings()
        if areAllRulesOn { settings.setAllOn() }
        return settings
    }
}
