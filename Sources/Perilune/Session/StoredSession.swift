import PeriluneCore

/// A session as it is stored: what may be sealed has not been opened.
package struct StoredSession: Sendable {
    /// What is known without opening anything. Its device is `nil`.
    package let summary: SessionSummary
    /// The version of the data.
    package let version: Int
    let device: [UInt8]
    let fields: [JSONMembers.Member]

    init(_ record: SessionRecord, id: SessionID, lastSeen: Int) {
        summary = SessionSummary(record, id: id, device: nil, lastSeen: lastSeen)
        version = record.version
        device = record.device
        fields = record.fields
    }
}
