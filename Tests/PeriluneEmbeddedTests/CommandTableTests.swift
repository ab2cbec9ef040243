import Testing

@testable import PeriluneEmbedded

@Suite struct CommandTableTests {
    let table = CommandTable()

    private func name(foundFor text: String) -> String? {
        Array(text.utf8).withByteSlice { table.command(named: $0)?.name }
    }

    @Test func allCommandsAreFoundByTheirNamesInAnyCase() {
        #expect(Set(table.names).count == table.names.count)
        for name in table.names {
            #expect(self.name(foundFor: name) == name)
            #expect(self.name(foundFor: name.uppercased()) == name)
        }
    }

    @Test(arguments: [
        "", "x", "ge", "gett", "get\0", "\0get", "georadiusbymember_rox", String(repeating: "a", count: 99),
    ])
    func whatIsNoCommandIsNotFound(text: String) {
        #expect(name(foundFor: text) == nil)
    }
}
