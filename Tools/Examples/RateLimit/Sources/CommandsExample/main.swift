import Perilune
import PeriluneEmbedded

let redis = EmbeddedEngine()

// SET with its options; what comes back is text unless another type is named.
try await redis.set("greeting", "hello", expiring: .seconds(60))
let isMine = try await redis.set("lock", "worker 1", if: .ifMissing, expiring: .seconds(10))
let left = try await redis.ttl("lock")  // .missingKey, .noExpiry or .expires(in:)
let greeting = try await redis.get("greeting") ?? "gone"

try await redis.hset("user:7", ["name": "Ann", "visits": 1])
let visits = try await redis.hget("user:7", "visits", as: Int.self)
try await redis.zadd("board", ["ann": 12, "bob": 9], if: .ifGreater)

// Several commands in one round trip, and several as one step (MULTI, EXEC).
let (best, count) = try await redis.pipeline(.zrange("board", .ranks(to: 0), reversed: true), .incr("count"))
let (_, jobs) = try await redis.transaction(.set("last", "mail"), .rpush("jobs", ["mail"]))

for try await key in redis.scan(matching: "user:*") { print(key) }

// Codable values as JSON, read and changed in part.
struct Cart: Codable {
    var items: [String]
    var total: Int
}
let documents = JSONDocuments(engine: redis)
try await documents.set(Cart(items: ["tea"], total: 4), at: "cart:7", expiring: .seconds(3600))
try await documents.append(["milk"], at: "cart:7", path: ["items"])
try await documents.increment(at: "cart:7", path: ["total"], by: 2)
let cart = try await documents.get(Cart.self, at: "cart:7")

print("the lock:", left)
print(greeting, isMine, visits ?? 0, best, count, jobs, cart?.items ?? [], cart?.total ?? 0)
