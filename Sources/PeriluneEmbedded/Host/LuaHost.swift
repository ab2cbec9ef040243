import CLuaHost
import PeriluneCore
import PeriluneLua

/// The interpreter, owned.
///
/// All that can raise a Lua error happens on the C side of the calls below; see `CLuaHost.h`.
final class LuaHost {
    let host: OpaquePointer
    /// Whether the last script has answered the error of a command that it has called.
    private(set) var errorIsCounted = false

    /// - Parameters:
    ///   - services: What scripts can ask for.
    ///   - context: What the services are called with. Must outlive the host.
    /// - Returns: `nil` when the memory limit is too low for an interpreter.
    init?(services: plua_services, context: UnsafeMutableRawPointer, memoryLimit: Int) {
        var services = services
        guard let host = plua_open(&services, context, memoryLimit) else { return nil }
        self.host = host
    }

    deinit {
        plua_close(host)
    }

    /// Bytes that the interpreter holds.
    var memory: Int { plua_memory(host) }

    /// Compiles the text of a script in Lua 5.1.
    ///
    /// - Throws: ``ScriptTextError`` with the server's words.
    func compile(_ source: [UInt8], sha: String) throws(ScriptTextError) -> CompiledScript {
        let text = try ScriptText(source)
        let translated: TranslatedText
        do {
            translated = try Self.translate(text.body)
        } catch {
            throw ScriptTextError(line: "ERR Error compiling script (new function): user_script:\(error)")
        }
        var error = plua_reply()
        let reference = translated.helpers.withUnsafeBufferPointer { helpers in
            Self.withSlice(translated.text) { text in
                Self.withSlice(translated.operandNames) { names in
                    plua_load(host, text, helpers.baseAddress, names, &error)
                }
            }
        }
        guard reference > 0 else {
            throw ScriptTextError(line: "ERR Error compiling script (new function): \(error.bytes.text)")
        }
        return CompiledScript(digest: Array(sha.utf8CString), reference: reference, flags: text.flags)
    }

    /// Frees what no script can reach any more.
    func collect() {
        plua_collect(host)
    }

    /// Forgets a compiled script.
    func forget(_ script: CompiledScript) {
        plua_unload(host, script.reference)
    }

    /// Runs a script.
    ///
    /// - Parameter resp: The protocol version, 2 or 3, of a reply that comes back encoded.
    func call(
        _ script: CompiledScript, keys: UnsafePointer<plua_slice>, keyCount: Int,
        arguments: UnsafePointer<plua_slice>, argumentCount: Int, resp: Int, limits: EmbeddedLimits
    ) -> CommandReply {
        var reply = plua_reply()
        script.digest.withUnsafeBufferPointer { digest in
            plua_call(
                host, script.reference, digest.baseAddress, keys, keyCount, arguments, argumentCount,
                Int32(truncatingIfNeeded: resp), UInt64(clamping: limits.scriptSteps), nanoseconds(limits.scriptTime),
                &reply)
        }
        errorIsCounted = reply.is_counted != 0
        switch reply.kind {
        case PLUA_INTEGER: return .integer(Int(reply.integer))
        case PLUA_BULK: return .bulk(reply.bytes.array)
        case PLUA_ERROR: return .error(reply.bytes.text)
        case PLUA_RESP: return .encoded(reply.bytes.array)
        default: return .null
        }
    }

    /// Rewrites Lua 5.1 for the interpreter.
    ///
    /// - Throws: ``LuaSyntaxError`` when it is not Lua 5.1.
    static func translate(
        _ source: [UInt8], options: LuaDialect.Options = LuaDialect.Options()
    ) throws(LuaSyntaxError) -> TranslatedText {
        let rewritten = try LuaDialect.rewrite(source, options: options)
        let letters = rewritten.helpers.map { CChar(bitPattern: UInt8(truncatingIfNeeded: letter(of: $0).rawValue)) }
        return TranslatedText(helpers: letters + [0], text: rewritten.text, operandNames: rewritten.operandNames)
    }

    static func withSlice<Result>(_ bytes: [UInt8], _ body: (plua_slice) -> Result) -> Result {
        bytes.withUnsafeBufferPointer { buffer in
            buffer.withMemoryRebound(to: CChar.self) { body(plua_slice(data: $0.baseAddress, length: $0.count)) }
        }
    }

    private func nanoseconds(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        // A century is as good as any longer time, and can be added to the clock.
        return min(seconds, 3_000_000_000) * 1_000_000_000 + attoseconds / 1_000_000_000
    }

    private static func letter(of helper: LuaDialect.Helper) -> plua_helper {
        switch helper {
        case .concat: PLUA_HELPER_CONCAT
        case .modulo: PLUA_HELPER_MODULO
        case .tick: PLUA_HELPER_TICK
        case .step: PLUA_HELPER_STEP
        case .iterate: PLUA_HELPER_ITERATE
        case .arguments: PLUA_HELPER_ARG
        case .method: PLUA_HELPER_METHOD
        case .length: PLUA_HELPER_LENGTH
        case .equal: PLUA_HELPER_EQUAL
        case .unequal: PLUA_HELPER_UNEQUAL
        }
    }
}

/// A script as the interpreter takes it.
struct TranslatedText {
    /// The letters of the helpers that the text takes, ended by a NUL.
    var helpers: [CChar]
    var text: [UInt8]
    var operandNames: [UInt8]
}

extension plua_slice {
    fileprivate var array: [UInt8] { Array(UnsafeRawBufferPointer(start: data, count: length)) }

    var text: String { String(decoding: UnsafeRawBufferPointer(start: data, count: length), as: UTF8.self) }
}
