import Testing

@testable import PeriluneServer

@Suite struct EngineMemoryTests {
    @Test func everyRegionIsAskedAboutHoweverManyShardsAnotherHas() {
        let chosen = EngineMemory.selection(shards: [1_024, 1, 3]) { "\($0).\($1)" }
        #expect(chosen.prefix(6) == ["0.0", "1.0", "2.0", "0.1", "2.1", "0.2"])
        #expect(chosen.count == EngineMemory.mostShards)
        #expect(Set(chosen).count == chosen.count)
    }

    @Test func aSmallRegionIsAskedAboutWholly() {
        #expect(EngineMemory.selection(shards: [2, 1]) { "\($0).\($1)" } == ["0.0", "1.0", "0.1"])
        #expect(EngineMemory.selection(shards: []) { "\($0).\($1)" }.isEmpty)
    }

    @Test func whatAServerDoesNotSayIsNotKnown() {
        let server = EngineMemory.Server(
            info: "# Server\r\nrun_id:abc\r\ncluster_enabled:1\r\nused_memory:much\r\nmaxmemory:0\r\nnonsense\r\n")
        #expect(server.run == "abc")
        #expect(server.isClusterNode)
        #expect(server.used == nil)
        #expect(server.limit == 0)
        #expect(server.policy == nil)
        #expect(server.warning == nil)
    }
}
