package import HTTPTypes

extension HTTPField.Name {
    /// `Last-Event-ID`: where a client of an event stream was when it lost it.
    package static let lastEventID = validated("Last-Event-ID")
}
