import HTTPTypes
import Hummingbird
import NIOCore

/// The context of a request to the management API.
struct ManagementContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// What the caller's token allows; `nil` where none is asked for.
    var scope: AccessTokens.Scope?
    private let channel: any Channel

    init(source: Source) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }

    /// No request of this API comes near: 64 KiB.
    static let longestBody = 64 * 1024

    var maxUploadSize: Int { Self.longestBody }

    /// Tells a client that waits for `100 Continue` to send its body. To be called once nothing else is wrong with the
    /// request: not having to send the body of one that is refused is what such a client waits for.
    func askForBody(of request: Request) {
        if request.headers[.expect] != nil { channel.triggerUserOutboundEvent(BodyIsWanted(), promise: nil) }
    }
}
