import Foundation
import PeriluneBindings
import Testing

struct GenerationOptionsTests {
    @Test func optionsOfAFileAreTakenOver() throws {
        var generation = Generation()
        try generation.take(options: Data("{}".utf8), of: "bindings.json")
        #expect(generation.root == "Scripts" && generation.access == .internal && !generation.leavesOutOthers)
        let text = #"{"root": "Stock", "access": "public", "annotatedOnly": true}"#
        try generation.take(options: Data(text.utf8), of: "bindings.json")
        #expect(generation.root == "Stock" && generation.access == .public && generation.leavesOutOthers)
    }

    @Test(arguments: [
        (#"["root"]"#, "not an object in JSON"), ("", "not an object in JSON"), (#"{"root": 1}"#, "not such values"),
        (#"{"rot": "a"}"#, "rot: not an option"), (#"{"access": "open"}"#, #"access: "open" is none of"#),
        (#"{"annotatedOnly": 1}"#, "not such values"),
        (#"{"annotatedOnly": "true"}"#, "not such values"),
    ])
    func whatIsNoOptionIsNamed(text: String, message: String) {
        var generation = Generation()
        let error = #expect(throws: GenerationError.self) {
            try generation.take(options: Data(text.utf8), of: "bindings.json")
        }
        #expect(error?.status == 2)
        #expect(error?.lines(for: "x").first?.hasPrefix("x: bindings.json: \(message)") == true)
    }
}
