extension ScriptHeader {
    /// The annotations, by what follows `---@`.
    public enum Annotation: String, Sendable, Hashable, CaseIterable {
        case script, key, keys, arg, args, `return`, flags, repeatable, redis, budget

        /// Whether a header may have several of it.
        var repeats: Bool { self == .key || self == .arg || self == .flags }

        /// Whether it says that a comment is a header: Lua's language server has `@return`, too, for functions.
        public var marksHeader: Bool { self != .return }

        /// The annotation that a name is meant for, when it is nearly that.
        static func nearest(to name: String) -> Annotation? {
            NameDistance.nearest(to: name, among: allCases.map(\.rawValue)) { _ in true }.flatMap(Self.init)
        }
    }

    /// What a name of the annotations of Lua's language server is about.
    enum ForeignAnnotation {
        /// The file, or what the language server is to do with it.
        case file
        /// The code that follows.
        case code

        init?(_ name: String) {
            switch name {
            case "alias", "cast", "diagnostic", "meta", "module", "see", "source", "version": self = .file
            case "as", "async", "class", "deprecated", "enum", "field", "generic", "nodiscard", "operator", "overload",
                "package", "param", "private", "protected", "type", "vararg":
                self = .code
            default: return nil
            }
        }
    }
}
