/// The ways in which commands say when a key expires.
enum Expiry {
    /// `EX`, `PX`, `EXAT` or `PXAT`.
    struct Option {
        private let unit: Int64
        private let isAbsolute: Bool

        init?(_ word: ByteSlice) {
            if word.isWord("ex") {
                (unit, isAbsolute) = (1_000, false)
            } else if word.isWord("px") {
                (unit, isAbsolute) = (1, false)
            } else if word.isWord("exat") {
                (unit, isAbsolute) = (1_000, true)
            } else if word.isWord("pxat") {
                (unit, isAbsolute) = (1, true)
            } else {
                return nil
            }
        }

        /// The deadline in milliseconds since 1970; `nil` when the amount is not above zero or too large.
        func deadline(_ amount: Int64, now: Int64) -> Int64? {
            Expiry.deadline(amount, unit: unit, isAbsolute: isAbsolute, now: now)
        }
    }

    /// The deadline in milliseconds since 1970 of an expiry that must lie ahead.
    static func deadline(_ amount: Int64, unit: Int64, isAbsolute: Bool, now: Int64) -> Int64? {
        guard amount > 0 else { return nil }
        return anyDeadline(amount, unit: unit, isAbsolute: isAbsolute, now: now)
    }

    /// The deadline in milliseconds since 1970 of an expiry that may lie in the past; `nil` on overflow.
    static func anyDeadline(_ amount: Int64, unit: Int64, isAbsolute: Bool, now: Int64) -> Int64? {
        let (milliseconds, overflow) = amount.multipliedReportingOverflow(by: unit)
        let (deadline, carry) = milliseconds.addingReportingOverflow(isAbsolute ? 0 : now)
        return overflow || carry || deadline == Entry.never ? nil : deadline
    }
}
