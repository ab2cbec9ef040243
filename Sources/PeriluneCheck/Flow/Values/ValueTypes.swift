/// A set of types, where `false` and `true` are one each: conditions and replies tell them apart.
struct ValueTypes: OptionSet, Sendable, Hashable {
    let rawValue: UInt8

    static let `nil` = ValueTypes(rawValue: 1)
    static let `false` = ValueTypes(rawValue: 2)
    static let `true` = ValueTypes(rawValue: 4)
    static let number = ValueTypes(rawValue: 8)
    static let string = ValueTypes(rawValue: 16)
    static let table = ValueTypes(rawValue: 32)
    static let function = ValueTypes(rawValue: 64)

    static let all = ValueTypes(rawValue: 127)
    /// What a condition takes for false.
    static let falsy: ValueTypes = [.nil, .false]
    static let boolean: ValueTypes = [.false, .true]
    static let truthy = all.subtracting(falsy)

    /// The types that `type(x)` names so; `nil` for a name that it never gives to what scripts have.
    init?(luaName name: [UInt8]) {
        switch String(decoding: name, as: UTF8.self) {
        case "nil": self = .nil
        case "boolean": self = .boolean
        case "number": self = .number
        case "string": self = .string
        case "table": self = .table
        case "function": self = .function
        default: return nil
        }
    }

    init(rawValue: UInt8) { self.rawValue = rawValue }
}

/// What a value was made of.
struct ValueSources: OptionSet, Sendable, Hashable {
    let rawValue: UInt8

    static let key = ValueSources(rawValue: 1)
    static let argument = ValueSources(rawValue: 2)
    static let reply = ValueSources(rawValue: 4)
    /// A variable of a loop over a table whose order nobody promises.
    static let iteration = ValueSources(rawValue: 8)
    /// Something that the interpreter does not follow.
    static let unknown = ValueSources(rawValue: 16)
}
