/// What can be a part of a cache key: an argument of a function whose results are cached, or the instance it belongs to.
///
/// Text, numbers, `Bool`, `UUID`, `Date`, `URL`, `Data`, `Duration`, ranges, optionals, arrays, sets and dictionaries of
/// parts are parts. A type of your own becomes one by naming everything that makes its values differ:
///
/// ```swift
/// extension Location: CacheKeyPart {
///     func encode(into key: inout CacheKeyEncoder) {
///         key.append(country)
///         key.append(code)
///     }
/// }
/// ```
///
/// An enumeration with a raw value, or any `RawRepresentable` whose raw value is a part, need only say that it is one:
/// `extension Severity: CacheKeyPart {}`. One with associated values appends a different text for each of its cases first.
/// A type whose instances are all alike, such as a service that only holds its connections, appends nothing.
///
/// `Encodable` is not enough: what a set or a dictionary encodes differs from process to process, and nothing says so.
public protocol CacheKeyPart {
    /// Appends what the value is made of.
    ///
    /// Different values of one type append different parts. Equal values append the same, today and in every other process:
    /// a value that does not is computed again. Parts cannot run into one another.
    func encode(into key: inout CacheKeyEncoder)
}

extension CacheKeyPart where Self: RawRepresentable, RawValue: CacheKeyPart {
    public func encode(into key: inout CacheKeyEncoder) {
        key.append(rawValue)
    }
}
