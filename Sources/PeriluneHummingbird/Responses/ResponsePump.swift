import HTTPTypes
import Hummingbird
import NIOCore
import PeriluneCore

/// Writes a body of unknown length, first into memory, and on to the client if it does not end there.
///
/// The body is written by a task of its own, which ends with the pump: when the response has been sent, and when nobody has
/// the response any more.
final class ResponsePump: Sendable {
    private let pipe: ResponsePipe
    private let task: Task<Void, Never>

    /// Begins to write a body.
    ///
    /// - Parameter limit: The most bytes that are held; beyond them one part more.
    init(_ body: ResponseBody, limit: Int) {
        let pipe = ResponsePipe(limit: limit)
        self.pipe = pipe
        task = Task {
            do {
                try await body.write(ResponsePipe.Writer(pipe: pipe))
                pipe.end(.failure(CancellationError()))
            } catch {
                pipe.end(.failure(error))
            }
        }
    }

    deinit {
        task.cancel()
        pipe.close()
    }

    /// Waits until the body has ended, or turns out not to be one that is held.
    ///
    /// - Parameter deadline: In microseconds of the clock.
    /// - Throws: What the body throws; `CancellationError`.
    func collect(by deadline: Int64, clock: any RedisClock) async throws -> ResponseContent {
        let pipe = pipe
        let timer = Task {
            try await clock.sleep(until: deadline)
            pipe.stopCollecting()
        }
        await withTaskCancellationHandler {
            await pipe.collected()
        } onCancel: {
            pipe.stopCollecting()
        }
        timer.cancel()
        try Task.checkCancellation()
        switch pipe.ending {
        case .success(let trailers)?:
            return .whole(pipe.take(), trailers)
        case .failure(let error)?:
            throw error
        case nil:
            let refusal: ResponseTerms.Refusal = pipe.isFull ? .bodyTooLarge : .stream
            let body = ResponseBody { writer in
                while let part = try await self.pipe.next() { try await writer.write(part) }
                guard case .success(let trailers)? = self.pipe.ending else { return }
                try await writer.finish(trailers)
            }
            return .stream(body, refusal)
        }
    }
}

/// What lies between whoever writes a body and whoever sends it.
///
/// While the content is collected the writer goes on until there is too much of it. From then on it waits until what it wrote
/// is taken.
final class ResponsePipe: Sendable {
    private struct State {
        var held = ByteBuffer()
        var ending: Result<HTTPFields?, any Error>?
        var isCollecting = true
        var isClosed = false
        /// Who waits for the content to be collected, or for the next part of it.
        var reader: CheckedContinuation<Void, Never>?
        /// Who waits for room.
        var writer: CheckedContinuation<Void, Never>?
    }

    private let limit: Int
    private let state = Locked(State())

    init(limit: Int) { self.limit = limit }

    /// How the body has ended; `nil` when it has not.
    var ending: Result<HTTPFields?, any Error>? { state.withLock { $0.ending } }

    /// Whether there is more than is held.
    var isFull: Bool { state.withLock { $0.held.readableBytes > limit } }

    struct Writer: ResponseBodyWriter {
        let pipe: ResponsePipe

        func write(_ part: ByteBuffer) async throws { try await pipe.write(part) }

        consuming func finish(_ trailers: HTTPFields?) async throws { pipe.end(.success(trailers)) }
    }

    /// Ends the body, once.
    func end(_ ending: Result<HTTPFields?, any Error>) {
        state.withLock { state in
            if state.ending == nil { state.ending = ending }
            state.isCollecting = false
            return Self.takeReader(&state)
        }?.resume()
    }

    /// Nobody reads any more.
    func close() {
        state.withLock { state in
            state.isClosed = true
            state.held = ByteBuffer()
            return Self.takeWriter(&state)
        }?.resume()
    }

    /// Holds nothing more than what there is.
    func stopCollecting() {
        state.withLock { state in
            state.isCollecting = false
            return Self.takeReader(&state)
        }?.resume()
    }

    private func write(_ part: ByteBuffer) async throws {
        let (reader, mustWait) = try state.withLock { state in
            guard !state.isClosed else { throw CancellationError() }
            state.held.writeImmutableBuffer(part)
            if state.held.readableBytes > limit { state.isCollecting = false }
            return (state.isCollecting ? nil : Self.takeReader(&state), !state.isCollecting)
        }
        reader?.resume()
        if mustWait { await room() }
    }

    /// Waits until what is held is taken.
    private func room() async {
        await withCheckedContinuation { continuation in
            let hasRoom = state.withLock { state in
                if state.isClosed || state.held.readableBytes == 0 { return true }
                state.writer = continuation
                return false
            }
            if hasRoom { continuation.resume() }
        }
    }

    /// Waits until nothing more is collected.
    func collected() async {
        await withCheckedContinuation { continuation in
            let isCollected = state.withLock { state in
                if !state.isCollecting { return true }
                state.reader = continuation
                return false
            }
            if isCollected { continuation.resume() }
        }
    }

    /// All that is held.
    func take() -> ByteBuffer {
        let (held, writer) = state.withLock { state in
            let held = state.held
            state.held = ByteBuffer()
            return (held, Self.takeWriter(&state))
        }
        writer?.resume()
        return held
    }

    /// The next part of the content, once it is no longer collected.
    ///
    /// - Returns: `nil` at its end.
    /// - Throws: What the body threw; `CancellationError`.
    func next() async throws -> ByteBuffer? {
        while true {
            try Task.checkCancellation()
            let part = take()
            if part.readableBytes > 0 { return part }
            switch ending {
            case .success?:
                // What was written just before it ended.
                let last = take()
                return last.readableBytes > 0 ? last : nil
            case .failure(let error)?: throw error
            case nil: await more()
            }
        }
    }

    /// Waits until there is something to read.
    private func more() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let hasMore = state.withLock { state in
                    if state.held.readableBytes > 0 || state.ending != nil || Task.isCancelled { return true }
                    state.reader = continuation
                    return false
                }
                if hasMore { continuation.resume() }
            }
        } onCancel: {
            stopCollecting()
        }
    }

    private static func takeReader(_ state: inout State) -> CheckedContinuation<Void, Never>? {
        defer { state.reader = nil }
        return state.reader
    }

    private static func takeWriter(_ state: inout State) -> CheckedContinuation<Void, Never>? {
        defer { state.writer = nil }
        return state.writer
    }
}
