import Perilune
import PeriluneCore

extension SessionSettings {
    init(_ sources: SettingSources) throws(ConfigurationError) {
        self.init()
        if let setting = sources.setting(.sessionsName) { name = try Self.name(setting) }
        if let setting = sources.setting(.sessionsShards) {
            let most = SessionConfiguration.mostShards
            shards = try Self.number(
                setting, in: 1...most, isNot: "a number of shards",
                wanted: "write one from 1 to \(most), the same as the services whose sessions they are")
        }
        if let setting = sources.setting(.sessionsKeptEvents) {
            keptEvents = try Self.number(
                setting, in: 1...10_000_000, isNot: "a number of events",
                wanted: "write how many each shard keeps, from 1 to 10000000")
        }
        if let setting = sources.setting(.sessionsSweepInterval) {
            let milliseconds = try Self.number(
                setting, in: 0...3_600_000, isNot: "an interval",
                wanted: "write milliseconds, from 1 to 3600000, or 0 for not sweeping here")
            sweepInterval = milliseconds == 0 ? nil : .milliseconds(milliseconds)
        }
        if let setting = sources.setting(.sessionsEncryptionKeys, isList: true) { keys = try Self.keys(setting) }
    }

    private static func name(_ setting: Setting) throws(ConfigurationError) -> String {
        do {
            try KeySpace.validate(name: setting.text)
        } catch {
            throw ConfigurationError(setting.name, error.description)
        }
        return setting.text
    }

    private static func number(
        _ setting: Setting, in range: ClosedRange<Int>, isNot kind: String, wanted: String
    ) throws(ConfigurationError) -> Int {
        guard let number = Int(setting.text), range.contains(number) else {
            throw ConfigurationError(setting, isNot: kind, wanted: wanted)
        }
        return number
    }

    /// Reads keys with their numbers: `1:<key>`.
    private static func keys(_ setting: Setting) throws(ConfigurationError) -> SessionKeyRing? {
        var keys: [UInt8: [UInt8]] = [:]
        for text in setting.values.flatMap({ $0.split(separator: ",") }) {
            let parts = text.filter { $0 != " " }.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2, let id = UInt8(parts[0]), let key = key(parts[1]) else {
                throw ConfigurationError(
                    setting.name,
                    """
                    not a list of keys; write each as number:key, the number from 0 to 255 and the key, 32 bytes, as 64 \
                    hexadecimal digits or 43 characters of base64url (the value is not shown)
                    """)
            }
            guard keys.updateValue(key, forKey: id) == nil else {
                throw ConfigurationError(setting.name, "two keys with the number \(id); give each another number")
            }
        }
        guard let first = keys.first else { return nil }
        do {
            // Which of them seals does not matter: nothing is sealed here.
            let ring = try SessionKeyRing(first.value, as: first.key)
            for (id, key) in keys { try ring.add(key, as: id) }
            return ring
        } catch {
            throw ConfigurationError(setting.name, error.description)
        }
    }

    private static func key(_ text: Substring) -> [UInt8]? {
        let bytes = text.utf8.count == 64 ? hexadecimal(text) : Base64URL.decode(text.utf8)
        return bytes?.count == 32 ? bytes : nil
    }

    private static func hexadecimal(_ text: Substring) -> [UInt8]? {
        var bytes: [UInt8] = []
        var digits = text[...]
        while let high = digits.popFirst()?.hexDigitValue {
            guard let low = digits.popFirst()?.hexDigitValue else { return nil }
            bytes.append(UInt8(high << 4 | low))
        }
        return digits.isEmpty ? bytes : nil
    }
}
