import PeriluneCaching

struct Context: Sendable {}

struct Service {
    let caches: Caches

    @Cached(.outbreakData)
    func report(_ id: Int) async throws -> Int { id }

    @Cached(.outbreakData, ignoring: ["self"])
    func report(_ id: Int, in context: Context) async throws -> Int { id }
}

@Cached(.outbreakData)
func report(_ id: Int) async throws -> Int { id }
