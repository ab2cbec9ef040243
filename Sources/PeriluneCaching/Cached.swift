/// Serves a function's results from a cache, and runs its body only for those that are not there.
///
/// ```swift
/// extension CacheType {
///     static let products = CacheType("products", ttl: .seconds(300))
/// }
///
/// struct Shop {
///     let caches: Caches
///     let database: Database
///
///     @Cached(.products, tags: ["product:{id}"], ignoring: ["self", "logger"])
///     func product(_ id: Int, logger: Logger) async throws -> Product {
///         try await database.product(id)
///     }
/// }
/// ```
///
/// The body becomes what ``/Perilune/CacheRegion/value(for:tags:ttl:_:)`` computes: one caller computes for all that ask
/// at the same time, in this process and others; an engine that fails means that the body runs, not that the call
/// fails; what the body throws reaches the caller as it is and is not cached.
///
/// ## Where the region comes from
///
/// From what is called `caches` where the function stands, a ``/Perilune/Caches``: a property of its type, a parameter or
/// a global constant. `in:` names something else: a property by its key path (`in: \Shop.store`), or a global or
/// static constant. No cache at run time is not possible, then: the compiler finds that there is none.
///
/// ## The key
///
/// It is made of the name of the function, `Module/File.swift`, types, labels and result type included, and of all
/// arguments, by ``/Perilune/CacheKeyEncoder``. So no two functions share a key, and calls of one function do when
/// their arguments are equal. It is the same in all processes and all builds. A function that moves to another file, or
/// is renamed, begins with an empty cache.
///
/// Arguments conform to ``/Perilune/CacheKeyPart``, or are named in `ignoring:` because the result does not depend on
/// them: loggers, request contexts, deadlines.
///
/// The result of a method may depend on its instance, so `self` is an argument like others: its type conforms to
/// ``/Perilune/CacheKeyPart``, or `self` is named in `ignoring:`. Where the type of `self` is not known to be just the
/// one around the function (in extensions, in classes that are not final, in generic types), the type's name is part of the
/// key as well, also when `self` is ignored: `Page<Book>` and `Page<Author>` do not share results. Such a type is neither
/// private nor local, as those have no name that tells them apart: a call throws ``/Perilune/CacheKeyError`` then, unless
/// `key:` is given.
///
/// ## Texts that name arguments
///
/// An attribute stands outside of its function, where the compiler knows no parameters: `\(id)` cannot be
/// written there. In the texts of `tags:` and `key:`, `{id}` and `{product.maker.name}` stand for a
/// parameter, by the name it has within the function, and for what is reached from it by properties; `{self.tenant}` for a
/// property of the instance. `{{` and `}}` are the braces themselves. Tags that are not text in quotes are taken as they are.
///
/// ## Functions that qualify
///
/// Functions and methods that are `async throws` and return a `Codable & Sendable` value. One that returns an optional
/// caches that there is nothing as well, for `negativeTTL:`. The body may run for other callers than the one whose call
/// started it, and go on when that one is cancelled: it is concurrent code, `@Sendable`, outside of any actor, and
/// what it uses of `self` and of the parameters is `Sendable`. Functions that are generic, that change their arguments or
/// `self`, or belong to an actor get an error that says what to do.
///
/// - Parameters:
///   - type: How values live, see ``/Perilune/CacheType``.
///   - ttl: How long a value is fresh; `nil` for the type's time.
///   - negativeTTL: How long it is remembered that there is nothing; `nil` for the type's time. For optional results.
///   - tags: What the value can be invalidated by.
///   - key: The whole key instead of the function and its arguments: for values that are also used by hand, or by other
///     functions. That different results have different keys is then up to you.
///   - ignoring: Parameters, by the names they have within the function, that results do not depend on; `self` for the
///     instance.
@attached(body)
public macro Cached(
    _ type: CacheType, ttl: Duration? = nil, negativeTTL: Duration? = nil, tags: [CacheTag] = [], key: CacheKey? = nil,
    ignoring: [String] = []
) = #externalMacro(module: "PeriluneMacros", type: "CachedMacro")

/// Serves a function's results from a cache that a property of the function's type holds.
///
/// See ``Cached(_:ttl:negativeTTL:tags:key:ignoring:)``.
///
/// - Parameter caches: The key path of the property.
@attached(body)
public macro Cached<Instance>(
    _ type: CacheType, in caches: KeyPath<Instance, Caches>, ttl: Duration? = nil, negativeTTL: Duration? = nil,
    tags: [CacheTag] = [], key: CacheKey? = nil, ignoring: [String] = []
) = #externalMacro(module: "PeriluneMacros", type: "CachedMacro")

/// Serves a function's results from a cache that a global or static constant holds.
///
/// See ``Cached(_:ttl:negativeTTL:tags:key:ignoring:)``.
///
/// - Parameter caches: The constant.
@attached(body)
public macro Cached(
    _ type: CacheType, in caches: Caches, ttl: Duration? = nil, negativeTTL: Duration? = nil, tags: [CacheTag] = [],
    key: CacheKey? = nil, ignoring: [String] = []
) = #externalMacro(module: "PeriluneMacros", type: "CachedMacro")
