import Foundation
import PeriluneCore
import PeriluneIO

/// Two replies that differ in what can be the same.
struct ReplyDifference {
    let expected: String
    let answered: String

    /// `nil` when the replies differ in nothing but what is known to be each engine's own.
    init?(_ expected: UnsafeRawBufferPointer, _ answered: UnsafeRawBufferPointer, order: ReplyOrder) throws {
        let (server, engine) = (try Self.decode(expected), try Self.decode(answered))
        if order != .same, order.applied(to: server) == order.applied(to: engine) { return nil }
        if server == engine {
            // Statuses and errors are text in the embedded engine: what is no UTF-8 in them comes out repaired.
            if String(validating: expected, as: UTF8.self) == nil { return nil }
        } else if Self.withoutNames(server) == Self.withoutNames(engine) {
            return nil
        }
        (self.expected, self.answered) = ("\(server)", "\(engine)")
    }

    static func decode(_ bytes: UnsafeRawBufferPointer) throws -> RedisReply {
        let decoder = RESPDecoder()
        decoder.receive(bytes)
        return try decoder.next() ?? .null
    }

    /// Error texts of the interpreter without the name of the variable: Lua 5.4 knows some that Lua 5.1 does not, and
    /// the other way round.
    private static func withoutNames(_ reply: RedisReply) -> RedisReply {
        switch reply {
        case .array(let elements): .array(elements.map(withoutNames))
        case .error(let error): .error(RedisError(withoutNames(error.line)))
        case .bulk(let bytes):
            String(validating: bytes, as: UTF8.self).map { .bulk(withoutNames($0)) } ?? reply
        case .status(let text): .status(withoutNames(text))
        default: reply
        }
    }

    private static func withoutNames(_ text: String) -> String {
        guard text.contains("attempt to ") else { return text }
        return text.replacing(/(local|upvalue|field|global|method) '[^']*' \((a \w+ value)\)/) { "\($0.2)" }
    }
}
