/// How far groups have read. Entries that were deleted one by one make that uncertain: whether a group has read them is
/// not known.
extension StreamValue {
    /// Whether an entry may have been deleted at an identifier or behind it. Those in front of the first entry do not
    /// matter.
    private func hasGaps(from id: StreamID) -> Bool {
        count > 0 && maxDeletedID != .zero && firstID <= maxDeletedID && id <= maxDeletedID
    }

    /// How many entries were added up to an identifier; `nil` when that is not known.
    private func entriesAdded(through id: StreamID) -> Int? {
        guard entriesAdded != 0 else { return 0 }
        if id == lastID || count == 0 && id < lastID { return entriesAdded }
        guard id < lastID, maxDeletedID < firstID || maxDeletedID == .zero, id <= firstID else { return nil }
        let before = entriesAdded &- count
        return id == firstID ? before &+ 1 : before
    }

    /// Notes that an entry was delivered to a group, which has not got it before.
    func advance(_ group: StreamGroup, to id: StreamID) {
        if let read = group.entriesRead, !hasGaps(from: id) {
            group.entriesRead = read &+ 1
        } else if entriesAdded != 0 {
            group.entriesRead = entriesAdded(through: id)
        }
        group.lastID = id
    }

    /// How many entries are still to be delivered to a group; `nil` when that is not known.
    func lag(of group: StreamGroup) -> Int? {
        guard entriesAdded != 0 else { return 0 }
        let read =
            if let read = group.entriesRead, !hasGaps(from: group.lastID) { read } else {
                entriesAdded(through: group.lastID)
            }
        return read.map { entriesAdded &- $0 }
    }
}
