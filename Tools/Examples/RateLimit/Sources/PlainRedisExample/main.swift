import PeriluneRedis

// The package leaves out the trait TLS, so there is no OpenSSL in this program, and an address that needs it is refused.
do {
    let configuration = try RedisConfiguration(url: CommandLine.arguments.dropFirst().first ?? "redis://localhost")
    print("would connect to \(configuration)")
} catch {
    print(error)
}
