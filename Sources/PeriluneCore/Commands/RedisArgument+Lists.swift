/// Pairs as commands want them, one after the other. They go in the order of their keys' bytes, so that the same call
/// sends the same command: the order of a dictionary differs from process to process.
extension RedisArgument {
    static func list(_ values: [RedisKey: RedisArgument]) -> [RedisArgument] {
        values.sorted { $0.key.name.utf8.lexicographicallyPrecedes($1.key.name.utf8) }
            .flatMap { [$0.key.argument, $0.value] }
    }

    static func list(_ fields: [String: RedisArgument]) -> [RedisArgument] {
        fields.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            .flatMap { [.string($0.key), $0.value] }
    }

    /// The scores stand in front of their members.
    static func list(_ scores: [String: Double]) -> [RedisArgument] {
        scores.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            .flatMap { [$0.value.redisArgument, .string($0.key)] }
    }
}
