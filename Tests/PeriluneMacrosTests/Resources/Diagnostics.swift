import PeriluneCaching

struct Report: Codable, Sendable {}

struct Service {
    let caches: Caches

    // MARK: What the function is

    @Cached(.outbreakData)  // expected-error {{'@Cached' is for functions and methods}}
    init(id: Int) async throws { throw CancellationError() }

    @Cached(.outbreakData, ignoring: ["self"])
    func noEffects() -> Report { Report() }
    // expected-error@-1 {{'@Cached' needs an 'async throws' function}}
    // expected-note@-2 {{add 'async throws'}} {{19-31=() async throws -> Report}}

    @Cached(.outbreakData, ignoring: ["self"])
    func onlyAsync(id: Int) async -> Report { Report() }
    // expected-error@-1 {{'@Cached' needs an 'async throws' function}}
    // expected-note@-2 {{add 'async throws'}} {{19-44=(id: Int) async throws -> Report}}

    @Cached(.outbreakData, ignoring: ["self"])
    func onlyThrows() throws -> Report { Report() }
    // expected-error@-1 {{'@Cached' needs an 'async throws' function}}
    // expected-note@-2 {{add 'async throws'}} {{20-39=() async throws -> Report}}

    @Cached(.outbreakData, ignoring: ["self"])
    func typed() async throws(CacheError) -> Report { Report() }
    // expected-error@-1 {{'@Cached' functions throw any error}}
    // expected-note@-2 {{let it throw any error}} {{24-42=throws}}

    @Cached(.outbreakData, ignoring: ["self"])
    mutating func changing() async throws -> Report { Report() }
    // expected-error@-1 {{'@Cached' cannot serve a 'mutating' method}}

    @Cached(.outbreakData, ignoring: ["self"])
    func generic<ID: CacheKeyPart>(_ id: ID) async throws -> Report { Report() }
    // expected-error@-1 {{'@Cached' cannot serve a generic function}}

    @Cached(.outbreakData, ignoring: ["self"])
    func opaque(_ id: some CacheKeyPart) async throws -> Report { Report() }
    // expected-error@-1 {{'@Cached' cannot serve a generic function}}

    // MARK: What it returns

    @Cached(.outbreakData, ignoring: ["self"])
    func nothing() async throws {}  // expected-error {{'@Cached' needs a result to cache}}

    @Cached(.outbreakData, ignoring: ["self"])
    func void() async throws {}  // expected-error {{'@Cached' needs a result to cache}}

    @Cached(.outbreakData, ignoring: ["self"])
    func pair() async throws -> (Int, Int) { (1, 2) }
    // expected-error@-1 {{'(Int,Int)' is not}}

    @Cached(.outbreakData, ignoring: ["self"])
    func anything() async throws -> any Codable & Sendable { Report() }
    // expected-error@-1 {{'any Codable&Sendable' is not}}

    @Cached(.outbreakData, ignoring: ["self"])
    func something() async throws -> some Codable & Sendable { Report() }
    // expected-error@-1 {{'some Codable&Sendable' is not}}

    @Cached(.outbreakData, negativeTTL: .minutes(1), ignoring: ["self"])
    func neverAbsent() async throws -> Report { Report() }
    // expected-error@-2 {{'negativeTTL:' is for functions whose result is optional}}

    // MARK: What it takes

    @Cached(.outbreakData, ignoring: ["self"])
    func changes(_ id: inout Int) async throws -> Report { Report() }
    // expected-error@-1 {{'@Cached' cannot serve the 'inout' parameter 'id'}}

    @Cached(.outbreakData, ignoring: ["self"])
    func of(any id: any CacheKeyPart) async throws -> Report { Report() }
    // expected-error@-1 {{the key would not tell one type of 'id' from another}}

    @Cached(.outbreakData, ignoring: ["self"])
    func with(filter: @escaping @Sendable (Int) -> Bool) async throws -> Report { Report() }
    // expected-error@-1 {{a function cannot be part of a key; name 'filter' in 'ignoring:'}}

    @Cached(.outbreakData, ignoring: ["self", "report"])
    func with(report: (Int) -> Void) async throws -> Report { Report() }
    // expected-error@-1 {{'@Cached' needs 'report' to be '@escaping @Sendable'}}

    // MARK: What the attribute says

    @Cached(.outbreakData, ignoring: ["self", "loger"])
    // expected-error@-1 {{there is no parameter 'loger', only 'id', 'logger', 'self'}}
    func misspelt(id: Int, logger: Int) async throws -> Report { Report() }

    @Cached(.outbreakData, ignoring: ["self", "by"])
    // expected-error@-1 {{there is no parameter 'by', only 'id', 'self'}}
    func labelled(by id: Int) async throws -> Report { Report() }

    @Cached(.outbreakData, ignoring: names)  // expected-error {{'ignoring:' is an array of names in quotes}}
    func named(id: Int) async throws -> Report { Report() }

    @Cached(.outbreakData, ignoring: [names[0]])  // expected-error {{'ignoring:' is an array of names in quotes}}
    func named(first id: Int) async throws -> Report { Report() }

    @Cached(.outbreakData, key: "report:{id}", ignoring: ["self"])
    // expected-error@-1 {{'key:' is the whole key: there is nothing to ignore}}
    func keyed(id: Int) async throws -> Report { Report() }

    @Cached(.outbreakData, key: "report:{by}")  // expected-error {{there is no parameter 'by', only 'id', 'self'}}
    func keyed(by id: Int) async throws -> Report { Report() }

    @Cached(.outbreakData, tags: ["a", "report:{id"], ignoring: ["self"])
    // expected-error@-1 {{'{' without '}'; a brace that is meant as such is written '{{'}}
    func open(id: Int) async throws -> Report { Report() }

    @Cached(.outbreakData, tags: ["report:id}"], ignoring: ["self"])
    // expected-error@-1 {{'}' without '{'; a brace that is meant as such is written '}}
    func close(id: Int) async throws -> Report { Report() }

    @Cached(.outbreakData, tags: ["report:{id + 1}"], ignoring: ["self"])
    // expected-error@-1 {{'{id + 1}' is not the name of a parameter, or a path of properties from one}}
    func expression(id: Int) async throws -> Report { Report() }

    @Cached(.outbreakData, in: \Service.caches)
    // expected-error@-1 {{a key path needs an instance, and here is none; name a constant}}
    static func shared(id: Int) async throws -> Report { Report() }

    @Cached(.outbreakData, ignoring: ["self"])
    // expected-error@-1 {{there is no parameter 'self', only 'id', 'caches'}}
    static func ofTheType(id: Int, caches: Caches) async throws -> Report { Report() }
}

let names = ["self"]

// MARK: Where it stands

actor Collector {
    let caches: Caches
    init(caches: Caches) { self.caches = caches }

    @Cached(.outbreakData, ignoring: ["self"])
    func report(_ id: Int) async throws -> Report { Report() }
    // expected-error@-1 {{'@Cached' bodies run outside of actors}}
    // expected-note@-2 {{add 'nonisolated'}} {{5-5=nonisolated }}

    @Cached(.outbreakData, ignoring: ["self"])
    public func summary(_ id: Int) async throws -> Report { Report() }
    // expected-error@-1 {{'@Cached' bodies run outside of actors}}
    // expected-note@-2 {{add 'nonisolated'}} {{12-12=nonisolated }}
}

@MainActor struct View {
    let caches: Caches

    @Cached(.outbreakData, ignoring: ["self"])
    func report(_ id: Int) async throws -> Report { Report() }
    // expected-error@-1 {{'@Cached' bodies run outside of actors}}
    // expected-note@-2 {{add 'nonisolated'}}
}

@Cached(.outbreakData)
@MainActor func onMainActor(caches: Caches) async throws -> Report { Report() }
// expected-error@-1 {{'@Cached' bodies run outside of actors}}

protocol Reporting {
    @Cached(.outbreakData, ignoring: ["self"])
    func report(_ id: Int) async throws -> Report
    // expected-error@-1 {{'@Cached' needs a body to run}}
}

func outer(id: Int, caches: Caches) async throws -> Report {
    @Cached(.outbreakData)
    func inner() async throws -> Report { Report() }
    // expected-error@-1 {{'@Cached' is for functions of files and types}}
    return try await inner()
}
