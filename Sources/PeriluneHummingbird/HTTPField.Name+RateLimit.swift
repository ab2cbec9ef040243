public import HTTPTypes

extension HTTPField.Name {
    /// `RateLimit`: what each limit still allows (draft-ietf-httpapi-ratelimit-headers).
    public static let rateLimit = validated("RateLimit")
    /// `RateLimit-Policy`: what the limits are (draft-ietf-httpapi-ratelimit-headers).
    public static let rateLimitPolicy = validated("RateLimit-Policy")
    /// `X-RateLimit-Limit`: the quota of the decisive limit.
    public static let xRateLimitLimit = validated("X-RateLimit-Limit")
    /// `X-RateLimit-Remaining`: what the decisive limit still allows.
    public static let xRateLimitRemaining = validated("X-RateLimit-Remaining")
    /// `X-RateLimit-Reset`: in how many seconds the decisive limit resets.
    public static let xRateLimitReset = validated("X-RateLimit-Reset")

    static let xForwardedFor = validated("X-Forwarded-For")

    static func validated(_ name: StaticString) -> HTTPField.Name {
        guard let name = HTTPField.Name("\(name)") else { preconditionFailure("\(name) is not a field name") }
        return name
    }
}
