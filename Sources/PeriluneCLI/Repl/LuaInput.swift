import PeriluneLua

/// What has been typed so far, as Lua 5.1.
enum LuaInput: Equatable {
    /// No statements: blanks and comments.
    case nothing
    /// The beginning of a script: the compiler misses something at its end.
    case unfinished
    /// A script; one that does not compile included. An expression has become a script that returns it.
    case script([UInt8])

    /// - Parameter text: Whole lines, each with its line feed: a string that is not closed is an error within its line.
    /// - Complexity: O(length of `text`).
    init(_ text: [UInt8]) {
        let returning = Array("return ".utf8) + text
        let expression = Form(returning)
        if case .chunk(let last) = expression, case .return(let values) = last, !values.isEmpty {
            self = .script(returning)
            return
        }
        switch (Form(text), expression) {
        case (.chunk(nil), _): self = .nothing
        case (.chunk, _): self = .script(text)
        case (.unfinished, _), (_, .unfinished): self = .unfinished
        case (.wrong, _): self = .script(text)
        }
    }

    /// What the parser makes of a text.
    private enum Form {
        /// A chunk, with its last statement if it has any.
        case chunk(LuaStatement.Kind?)
        case unfinished
        case wrong

        init(_ text: [UInt8]) {
            do {
                self = .chunk(try LuaParser.parse(text).block.statements.last?.kind)
            } catch {
                self = error.messageBytes.ends(with: Array("near '<eof>'".utf8)) ? .unfinished : .wrong
            }
        }
    }
}

extension [UInt8] {
    /// Whether the bytes end with others.
    fileprivate func ends(with end: [UInt8]) -> Bool {
        suffix(end.count).elementsEqual(end)
    }
}
