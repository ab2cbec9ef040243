public import Perilune

/// Which cache regions a management server looks at, invalidates and warms.
public struct CacheSettings: Sendable {
    /// The regions, each with another name. By default those of `CacheType.presets`.
    public var regions: [CacheRegionSettings]

    /// Creates the settings of the regions that there are without configuration.
    public init() {
        regions = CacheType.presets.map { CacheRegionSettings($0) }
    }
}

/// One cache region as a management server knows it.
public struct CacheRegionSettings: Sendable, Hashable {
    /// What kind of values it holds, and how they live. Name, shards, schema and compression have to be those of the
    /// services whose region it is. The server asks for no values: the near cache, early refresh and the soft timeout are
    /// the services' own.
    public var type: CacheType
    /// Where its values are loaded from when the server warms it; `nil` when they are not.
    public var origin: OriginTemplate?
    /// How long loading a value may take.
    public var originTimeout = Duration.seconds(10)
    /// The keys that are loaded when the server has started.
    public var warmKeys: [String] = []

    /// Creates the settings of a region.
    public init(_ type: CacheType) {
        self.type = type
    }
}
