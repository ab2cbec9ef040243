import Foundation

/// The error of a script, taken apart: engines put the script's digest and the line into its text.
struct ScriptFailure: Equatable {
    /// What happened, without digest and line.
    var message: String
    /// The line of the script, from 1, if the error names one.
    var line: Int?

    /// - Parameters:
    ///   - text: The error line.
    ///   - sha: The digest of the script.
    init(_ text: String, sha: String) {
        message = text
        if let tail = text.range(of: " script: \(sha), on @user_script:", options: .backwards) {
            line = Int(text[tail.upperBound...].dropLast())
            message = String(text[..<tail.lowerBound])
        }
        let places = ["ERR ", "ERR Error compiling script (new function): "]
        for place in places where message.hasPrefix(place + "user_script:") {
            let rest = message.dropFirst(place.count + "user_script:".count)
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            // What a function raises in the name of its caller has a line of its own.
            guard let number = Int(digits), rest.dropFirst(digits.count).hasPrefix(": "), line ?? number == number
            else { continue }
            line = number
            message = place + rest.dropFirst(digits.count + 2)
        }
    }
}
