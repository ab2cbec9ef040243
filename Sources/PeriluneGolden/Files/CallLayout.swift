import PeriluneLua

/// Where keys and arguments of a call go, by the names that the script's annotations give them.
struct CallLayout {
    /// `nil` for a script without annotations.
    let header: ScriptHeader?
    /// The keys of calls, by the names of the annotations or, without those, by their places from 1.
    var keys = Keys()
    /// What stands anywhere in the file.
    var mentioned: Set<String> = []
    /// Arguments that a call by name need not have.
    var defaults: [String: TestNode] = [:]

    /// Names of keys.
    struct Keys {
        var named: [String: String] = [:]
        /// Those that repeat, or all of a script without annotations.
        var listed: [String] = []
        /// The names were given as a list, which is all of them in their order.
        var isList = false
    }

    init(header: ScriptHeader?) { self.header = header }

    /// A key as it is called in a file: the name of an annotation stands for the key.
    func name(_ text: String) -> String { keys.named[text] ?? text }

    /// Refuses a key that is probably meant to be another one's annotation. Of a key that is to be absent any name does.
    ///
    /// What is written in quotes, or stands elsewhere in the file, is taken as it is.
    func requireKnown(_ key: TestNode) throws(ScriptTestError) {
        let names = (header?.keys ?? []).map(\.name)
        guard let text = key.word, !names.contains(text), !mentioned.contains(text),
            let meant = NameDistance.nearest(to: text, among: names, where: { _ in true })
        else { return }
        throw key.error("unknown, and near to '\(meant)'; in quotes it is taken as it is")
    }
}

// MARK: - Keys

extension CallLayout {
    /// The keys that a file names; those that it does not are as before.
    func keys(_ node: TestNode) throws(ScriptTestError) -> Keys {
        if node.isList {
            var keys = Keys()
            keys.isList = true
            for element in try node.elements("a list of keys") { keys.listed.append(try element.text()) }
            let names = header?.keys.map(\.name) ?? []
            for (name, key) in zip(names, keys.listed) { keys.named[name] = key }
            return keys
        }
        guard let header else {
            throw node.error("the script has no annotations that name keys; wanted is a list, as in [a, b]")
        }
        var keys = self.keys
        keys.isList = false
        let known = header.keys.map(\.name) + (header.variadicKey.map { [$0.name] } ?? [])
        for (name, value) in try node.fields(known) {
            if name == header.variadicKey?.name {
                keys.listed = []
                for element in try value.elements("a list of keys") { keys.listed.append(try element.text()) }
            } else {
                keys.named[name] = try value.text()
            }
        }
        return keys
    }

    /// KEYS of a call, in order.
    func list(_ keys: Keys, at node: TestNode) throws(ScriptTestError) -> [String] {
        guard let header, !keys.isList else { return keys.listed }
        var list: [String] = []
        for key in header.keys {
            guard let name = keys.named[key.name] else {
                throw node.error("the key '\(key.name)' has no name; give it one in 'keys' or in 'on'")
            }
            list.append(name)
        }
        return list + keys.listed
    }
}

// MARK: - Arguments

extension CallLayout {
    /// Arguments that calls by name need not repeat.
    func defaults(_ node: TestNode) throws(ScriptTestError) -> [String: TestNode] {
        guard header != nil else { throw node.error("the script has no annotations that name arguments") }
        return try node.fields(argumentNames)
    }

    /// ARGV of a call, in order.
    func arguments(_ node: TestNode) throws(ScriptTestError) -> [[UInt8]] {
        if node.isList || node.isNull {
            var arguments: [[UInt8]] = []
            for element in node.isNull ? [] : try node.elements("a list of arguments") {
                arguments.append(try element.bytes())
            }
            return arguments
        }
        guard let header else {
            throw node.error(
                "the script has no annotations that name arguments; wanted is a list of them, as in [a, b], and keys "
                    + "are a list 'keys' of the file or of the test")
        }
        let given = try node.fields(argumentNames).merging(defaults) { own, _ in own }
        var arguments: [[UInt8]] = []
        for argument in header.arguments {
            guard let value = given[argument.name] else {
                throw node.error("the argument '\(argument.name)' is missing; give it here, or in 'arguments'")
            }
            arguments.append(try value.bytes())
        }
        guard let group = header.argumentGroup, let groups = given[group.name] else { return arguments }
        for element in try groups.elements("a list of groups of \(columns(of: group))") {
            arguments += try self.group(element, group)
        }
        return arguments
    }

    private var argumentNames: [String] {
        (header?.arguments.map(\.name) ?? []) + (header?.argumentGroup.map { [$0.name] } ?? [])
    }

    private func columns(of group: ScriptHeader.ArgumentGroup) -> String {
        group.columns.map(\.name).joined(separator: ", ")
    }

    /// One group: by the names of its columns, as a list, or, where there is one column, as a value.
    private func group(_ node: TestNode, _ group: ScriptHeader.ArgumentGroup) throws(ScriptTestError) -> [[UInt8]] {
        var values: [[UInt8]] = []
        if node.isList {
            for element in try node.elements("a group") { values.append(try element.bytes()) }
        } else if node.isMapping {
            let fields = try node.fields(group.columns.map(\.name))
            for column in group.columns {
                guard let value = fields[column.name] else { throw node.error("'\(column.name)' is missing") }
                values.append(try value.bytes())
            }
        } else {
            values = [try node.bytes()]
        }
        guard values.count == group.columns.count else {
            throw node.error("\(values.count) values; a group has \(columns(of: group))")
        }
        return values
    }
}
