import HTTPTypes
import Perilune

extension Problem {
    /// 429: a limit denied the request.
    static func quotaExceeded(_ decision: Decision) -> Problem {
        let seconds = RateLimitFields.retryAfter(decision)
        let violated = decision.limits.filter { $0.retryAfter > .zero }.map(\.limit.name)
        var problem = Problem(
            .tooManyRequests,
            "The quota of \(violated.joined(separator: ", ")) is used up; try again in \(seconds) s.",
            headers: [.retryAfter: String(seconds)])
        problem.type = "https://iana.org/assignments/http-problem-types#quota-exceeded"
        problem.title = "Request cannot be satisfied as assigned quota has been exceeded"
        problem.members = [.init(name: "violated-policies", value: .array(violated.map(JSONValue.string)))]
        return problem
    }

    /// 503: the engine could not decide.
    package static func engineUnavailable(retryAfter seconds: Int) -> Problem {
        var problem = Problem.unavailable("The rate limit cannot be decided at the moment", retryAfter: seconds)
        problem.members = [.init(name: "violated-policies", value: .array([]))]
        return problem
    }
}
