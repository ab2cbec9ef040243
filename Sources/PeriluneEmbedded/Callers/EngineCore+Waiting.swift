/// Those who want to know of changes: watches of transactions, and commands that wait.
extension EngineCore {
    func watch(_ key: ByteSlice, in database: Int, _ watch: KeyWatch) {
        let key = DatabaseKey(database: database, key: key.array)
        watches.add(key, isPresent: databases.contains(key), to: watch)
    }

    func isChanged(_ watch: KeyWatch) -> Bool {
        watches.isChanged(watch, in: databases)
    }

    /// A command that may write was run.
    func noteChange(by command: Command, _ arguments: Arguments) {
        guard !watches.isEmpty || !waiting.isEmpty else { return }
        if command.flags.contains(.anyKey) {
            watches.noteChangeOfAll()
            waiting.noteChangeOfAll()
            return
        }
        let selected = databases.selected
        for index in 1..<max(arguments.count, 1) {
            let key = arguments[index].array
            for database in command.flags.contains(.anyDatabase) ? 0..<Databases.count : selected..<(selected + 1) {
                let key = DatabaseKey(database: database, key: key)
                watches.noteChange(of: key)
                waiting.noteChange(of: key)
            }
        }
    }

    /// Lets a command wait that has found nothing.
    func wait(_ command: BlockedCommand, _ session: EngineSession, deliver: @escaping (CommandReply) -> Void)
        -> WaitingCall
    {
        let call = WaitingCall(command, session, deliver: deliver)
        waiting.add(call)
        return call
    }

    /// Tries the commands again that wait for what was changed. What they do may be what others wait for.
    func serveWaiting() {
        while true {
            let ready = waiting.takeReady()
            if ready.isEmpty { return }
            for key in ready {
                for call in waiting.calls(for: key) where call.isWaiting { serve(call, for: key.key) }
            }
        }
    }

    private func serve(_ call: WaitingCall, for key: [UInt8]) {
        databases.select(call.session.database)
        guard has(key, call.command.type) else { return }
        let reply = key.withByteSlice { execute(call.command.retry, readyKey: $0) }
        if case .blocked = reply { return }
        waiting.end(call, with: reply)
    }

    /// A key that has become something else may yet become what is waited for.
    private func has(_ key: [UInt8], _ type: StaticString?) -> Bool {
        guard let type else { return true }
        let entry = key.withByteSlice { databases.current.entry(for: $0) }
        return entry.map { $0.header.value.typeName.description == type.description } ?? false
    }
}
