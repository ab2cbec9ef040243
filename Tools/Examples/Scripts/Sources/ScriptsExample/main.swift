import PeriluneCore
import PeriluneEmbedded

let engine = EmbeddedEngine()
try await engine.set("stock:tea", 5)

let left = try await Scripts.Stock.Reserve.call(on: engine, item: "stock:tea", count: 3)
print(left < 0 ? "not as many" : "reserved, \(left) left")
