import Perilune
import PeriluneCore

extension CacheSettings {
    /// Reads the regions: the presets, of which those with a configured name are changed, and then those with other names.
    init(_ sources: SettingSources) throws(ConfigurationError) {
        self.init()
        if let setting = sources.setting(.cachePresets) {
            guard let isWanted = Bool(setting.text) else {
                throw ConfigurationError(setting, isNot: "true or false", wanted: "false leaves the presets out")
            }
            if !isWanted { regions = [] }
        }
        for name in sources.names(of: .cacheTypes) {
            let index = regions.firstIndex { $0.type.name == name }
            let region = try CacheRegionSettings(named: name, preset: index.map { regions[$0] }, sources)
            if let index { regions[index] = region } else { regions.append(region) }
        }
    }
}

extension CacheRegionSettings {
    fileprivate init(
        named name: String, preset: CacheRegionSettings?, _ sources: SettingSources
    ) throws(ConfigurationError) {
        let section = SettingKey(path: SettingSection.cacheTypes.path + [name]).name
        let reader = Reader(name: name, sources: sources)
        let configured = try reader.time(.ttl, atLeast: .milliseconds(1))
        guard let ttl = configured ?? preset?.type.ttl else {
            throw ConfigurationError(section, "no ttl; write for example ttl: 5min")
        }
        self = preset ?? CacheRegionSettings(CacheType(name, ttl: ttl))
        type.ttl = ttl
        try type.read(reader)
        if let setting = reader.setting(.origin) {
            guard let template = OriginTemplate(setting.text) else {
                throw ConfigurationError(
                    setting, isNot: "an origin",
                    wanted: "write for example https://host/path/{key}, http or https, without a user or a #fragment")
            }
            origin = template
        }
        if let timeout = try reader.time(.originTimeout, atLeast: .milliseconds(1), atMost: .seconds(60)) {
            originTimeout = timeout
        }
        if let setting = reader.setting(.warm, isList: true) {
            guard origin != nil else {
                throw ConfigurationError(
                    setting.name, "there is no origin to load from; write for example origin: https://host/path/{key}")
            }
            warmKeys = setting.values
        }
        do {
            try type.validate()
        } catch {
            throw ConfigurationError(section, error.description)
        }
    }
}

extension CacheType {
    fileprivate mutating func read(_ reader: Reader) throws(ConfigurationError) {
        if let time = try reader.time(.staleWhileRevalidate) { staleWhileRevalidate = time }
        if let time = try reader.time(.staleIfError) { staleIfError = time }
        if let time = try reader.time(.negativeTTL, atLeast: .milliseconds(1)) { negativeTTL = time }
        if let share = try reader.decimal(.jitter, 0...0.5, "write a share of the time, from 0 to 0.5") {
            jitter = share
        }
        if let count = try reader.number(.maximumTags, 0...CacheType.mostTags, "a number of tags") {
            maximumTags = count
        }
        if let bytes = try reader.bytes(.maximumBytes, 1) { maximumBytes = bytes }
        if reader.setting(.compressAbove)?.text == "never" {
            compressAbove = nil
        } else if let bytes = try reader.bytes(.compressAbove, 0) {
            compressAbove = bytes
        }
        if let version = try reader.number(.schema, 0...255, "a version") { schema = UInt8(version) }
        if let count = try reader.number(.shards, 1...CacheType.mostShards, "a number of shards") { shards = count }
        if let time = try reader.time(.hardTimeout, atLeast: .milliseconds(1)) { hardTimeout = time }
        if let time = try reader.time(.waitLimit, atLeast: .milliseconds(1)) { waitLimit = time }
        try readLease(reader)
    }

    private mutating func readLease(_ reader: Reader) throws(ConfigurationError) {
        let bounds = (least: Duration.milliseconds(10), most: Duration.seconds(3_600))
        let shortest = try reader.time(.shortestLease, atLeast: bounds.least, atMost: bounds.most)
        let longest = try reader.time(.longestLease, atLeast: bounds.least, atMost: bounds.most)
        let (lower, upper) = (shortest ?? leaseTime.lowerBound, longest ?? leaseTime.upperBound)
        guard lower <= upper else {
            let aspect: SettingKey.CacheAspect = shortest == nil ? .longestLease : .shortestLease
            throw ConfigurationError(
                reader.setting(aspect)?.name ?? "", "the shortest lease would be longer than the longest one")
        }
        leaseTime = lower...upper
    }
}

/// Reads what is set for one cache type.
private struct Reader {
    let name: String
    let sources: SettingSources

    func setting(_ aspect: SettingKey.CacheAspect, isList: Bool = false) -> Setting? {
        sources.setting(.cacheType(name, aspect), isList: isList)
    }

    func time(
        _ aspect: SettingKey.CacheAspect, atLeast least: Duration = .zero, atMost most: Duration = CacheType.longestTime
    ) throws(ConfigurationError) -> Duration? {
        guard let setting = setting(aspect) else { return nil }
        guard let time = DurationText.duration(of: setting.text), (least...most).contains(time) else {
            let bounds = "\(Self.text(least)) to \(Self.text(most))"
            throw ConfigurationError(
                setting, isNot: "a time", wanted: "write for example 250ms, 30s, 5min, 24h or 7d; from \(bounds)")
        }
        return time
    }

    /// A bound as an operator would write it.
    private static func text(_ time: Duration) -> String {
        let seconds = time.components.seconds
        if seconds == 0 { return "\(time.wholeMicroseconds / 1_000)ms" }
        return seconds % 86_400 == 0 ? "\(seconds / 86_400)d" : "\(seconds)s"
    }

    func number(
        _ aspect: SettingKey.CacheAspect, _ range: ClosedRange<Int>, _ kind: String
    ) throws(ConfigurationError) -> Int? {
        guard let setting = setting(aspect) else { return nil }
        guard let number = Int(setting.text), range.contains(number) else {
            throw ConfigurationError(
                setting, isNot: kind, wanted: "write one from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func decimal(
        _ aspect: SettingKey.CacheAspect, _ range: ClosedRange<Double>, _ wanted: String
    ) throws(ConfigurationError) -> Double? {
        guard let setting = setting(aspect) else { return nil }
        guard let number = Double(setting.text), range.contains(number) else {
            throw ConfigurationError(setting, isNot: "a number that fits", wanted: wanted)
        }
        return number
    }

    func bytes(_ aspect: SettingKey.CacheAspect, _ least: Int) throws(ConfigurationError) -> Int? {
        guard let setting = setting(aspect) else { return nil }
        let most = 256 << 20
        guard let bytes = ByteCount.bytes(of: setting.text), (least...most).contains(bytes) else {
            let never = aspect == .compressAbove ? ", or never" : ""
            throw ConfigurationError(
                setting, isNot: "a number of bytes",
                wanted: "write for example 4096, 64kb or 8mb, from \(least) to \(most >> 20)mb\(never)")
        }
        return bytes
    }
}
