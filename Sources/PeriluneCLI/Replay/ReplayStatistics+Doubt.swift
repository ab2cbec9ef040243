extension ReplayStatistics {
    /// Why the numbers are not what would have happened; `nil` when they can be relied on.
    ///
    /// A request that is replayed later than it was made meets others that it never met: where files are given in the
    /// wrong order, a whole file is replayed at one moment, and most of it is denied. Up to one such request in a
    /// thousand is what slow requests leave behind, and changes no more than their share.
    ///
    /// Lines with a stray time are left out like any that cannot be read. A few are accidents; one in a hundred is a
    /// second clock that writes to the log, of which only one was followed.
    var doubt: String? {
        if let first = firstClamped, clamped > max(requests / 1_000, 1) {
            return "at line \(grouped(first.number)) the log goes back by \(durationText(first.delay)), and "
                + "\(grouped(clamped)) of \(grouped(requests)) requests had to be replayed later than they were made; "
                + "give the log in the order of time, the oldest file first"
        }
        if stray > max(requests / 100, 10) {
            return "\(grouped(stray)) lines were left out because their time is more than a day from that of the lines "
                + "around them; give the log of one clock"
        }
        return nil
    }
}
