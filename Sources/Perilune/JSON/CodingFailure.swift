/// What may be told of why a value could not be encoded or decoded: where, and of what kind the failure is.
///
/// Not what the errors themselves say, which can be a part of the data.
enum CodingFailure {
    static func text(_ error: any Error) -> String {
        switch error {
        case DecodingError.typeMismatch(let type, let context): "\(path(context.codingPath)) is no \(type)"
        case DecodingError.valueNotFound(let type, let context): "\(path(context.codingPath)) is null and no \(type)"
        case DecodingError.keyNotFound(let key, let context): "\(path(context.codingPath + [key])) is missing"
        case DecodingError.dataCorrupted(let context): "\(path(context.codingPath)) has a value that is not allowed"
        case EncodingError.invalidValue(_, let context): "\(path(context.codingPath)) has a value that is not allowed"
        default: "\(type(of: error))"
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        guard !keys.isEmpty else { return "the value" }
        return keys.prefix(16).map { key in key.intValue.map { "[\($0)]" } ?? "." + key.stringValue.prefix(80) }
            .joined()
    }
}
