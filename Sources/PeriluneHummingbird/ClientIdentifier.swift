import Crypto
import HTTPTypes
public import Hummingbird
import PeriluneCore

/// One way to tell which client a request comes from.
///
/// Ways are tried in order, and the first that knows the client decides:
///
/// ```swift
/// identifiedBy: [
///     .user { context in context.identity?.id },
///     .apiKey(header: "X-API-Key", where: keys.contains),
///     .clientAddress(trustedProxies: IPPrefix.privateNetworks),
/// ]
/// ```
///
/// Each kind has a prefix of its own (`user:`, `key:`, `ip:`), so that no user can choose a name that is another
/// client's address.
public struct ClientIdentifier<Context: RequestContext>: Sendable {
    let identify: @Sendable (Request, Context) -> String?

    /// Creates a way of one's own.
    ///
    /// - Parameter identify: The identifier of the request's client; `nil` or an empty text to try the next way.
    public init(_ identify: @escaping @Sendable (Request, Context) -> String?) {
        self.identify = identify
    }

    /// The first identifier that one of the ways gives, or ``anonymous``.
    static func identify(_ request: Request, _ context: Context, by ways: [ClientIdentifier]) -> String {
        for way in ways {
            if let identifier = way.identify(request, context), !identifier.isEmpty { return identifier }
        }
        return anonymous
    }

    /// The identifier shared by all requests whose client none of the ways can tell.
    public static var anonymous: String { "anonymous" }
}

extension ClientIdentifier {
    /// The user a middleware before this one has authenticated: `user:` and the id.
    ///
    /// - Parameter id: The user's id, or `nil` when the request has no user.
    public static func user(_ id: @escaping @Sendable (Context) -> String?) -> ClientIdentifier {
        ClientIdentifier { _, context in
            guard let id = id(context), !id.isEmpty else { return nil }
            return "user:" + id
        }
    }

    /// The API key in a header: `key:` and the SHA-256 of the whole key in hexadecimal, so that no key is stored.
    ///
    /// - Parameters:
    ///   - header: The name of the header. A name that no header can have never identifies anyone.
    ///   - isKnown: Whether the key is one that was given out. Without it every key counts, and a client that makes up
    ///     a new key for each request is a new client each time: leave it out only where something before this
    ///     middleware refuses unknown keys.
    public static func apiKey(
        header: String = "X-API-Key", where isKnown: @escaping @Sendable (String) -> Bool = { _ in true }
    ) -> ClientIdentifier {
        let name = HTTPField.Name(header)
        return ClientIdentifier { request, _ in
            guard let name, let key = request.headers[name], !key.isEmpty, isKnown(key) else { return nil }
            return "key:" + hexadecimal(SHA256.hash(data: Array(key.utf8)))
        }
    }
}
