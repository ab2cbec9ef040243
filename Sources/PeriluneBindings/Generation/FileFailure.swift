import Foundation

/// What could not be done with a file or folder, and why.
public struct FileFailure: Error, Sendable, CustomStringConvertible {
    public let description: String

    /// Does something with files; if it fails, the error says what it was, which Foundation's does not.
    static func naming<Result>(_ what: String, _ body: () throws -> Result) throws(FileFailure) -> Result {
        do {
            return try body()
        } catch {
            throw FileFailure(description: "\(what): \(reason(for: error))")
        }
    }

    /// The system's reason where there is one, else Foundation's.
    private static func reason(for error: any Error) -> String {
        let error = error as NSError
        let cause = (error.userInfo[NSUnderlyingErrorKey] as? any Error).map { $0 as NSError } ?? error
        guard cause.domain == NSPOSIXErrorDomain, let text = strerror(CInt(cause.code)) else {
            return error.localizedDescription
        }
        let reason = String(cString: text)
        return reason.prefix(1).lowercased() + reason.dropFirst()
    }
}
