/// Text from scripts and of paths, as messages show it.
package enum PlainText {
    /// A text on one line, whatever is in it.
    package static func line(_ text: String) -> String {
        text.unicodeScalars.map { isPlain($0) ? String($0) : "\\u{\(String($0.value, radix: 16))}" }.joined()
    }

    /// Whether a character neither ends a line, nor turns it, nor hides in it.
    package static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }
}
