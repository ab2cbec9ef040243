import PeriluneIO

/// Writes replies in a client's version of RESP.
struct PortReply {
    let output: ByteBuffer
    /// 2 or 3.
    let version: Int

    func status(_ text: StaticString) {
        output.append("+")
        output.append(text)
        output.append("\r\n")
    }

    /// An error, without the `-`. The text holds no line break.
    func error(_ text: String) {
        output.append("-")
        output.append(text)
        output.append("\r\n")
    }

    func wrongNumber(of command: String) {
        error("ERR wrong number of arguments for '\(PortInformation.printable(command))' command")
    }

    func integer(_ value: Int) {
        header(":", value)
    }

    func bulk(_ bytes: some Collection<UInt8>) {
        header("$", bytes.count)
        if bytes.withContiguousStorageIfAvailable({ output.append(UnsafeRawBufferPointer($0)) }) == nil {
            Array(bytes).withUnsafeBytes { output.append($0) }
        }
        output.append("\r\n")
    }

    func null() {
        output.append(version == 3 ? "_\r\n" : "$-1\r\n")
    }

    func nullArray() {
        output.append(version == 3 ? "_\r\n" : "*-1\r\n")
    }

    /// So many replies follow.
    func array(_ count: Int) {
        header("*", count)
    }

    /// So many keys and values follow.
    func map(_ count: Int) {
        if version == 3 { header("%", count) } else { header("*", count * 2) }
    }

    /// So many replies follow that answer no command.
    func push(_ count: Int) {
        header(version == 3 ? ">" : "*", count)
    }

    private func header(_ type: StaticString, _ number: Int) {
        output.append(type)
        output.append(decimal: number)
        output.append("\r\n")
    }
}
