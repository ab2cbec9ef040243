import Hummingbird

/// The context of a request to the management API.
struct ManagementContext: RequestContext {
    var coreContext: CoreRequestContextStorage

    init(source: Source) {
        coreContext = CoreRequestContextStorage(source: source)
    }

    /// No request of this API comes near: 64 KiB.
    static let longestBody = 64 * 1024

    var maxUploadSize: Int { Self.longestBody }
}
