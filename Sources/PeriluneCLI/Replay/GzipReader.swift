import CZlib

/// The contents of a gzip file (RFC 1952), one or several members, decompressed as they are read.
///
/// Memory is a fixed buffer and zlib's own state, whatever the file holds.
final class GzipReader: ByteSource {
    /// The first two bytes of every gzip file.
    static let magic: [UInt8] = [0x1F, 0x8B]

    private let file: InputFile
    /// zlib keeps the address of its state, which therefore must not move.
    private let stream: UnsafeMutablePointer<z_stream>
    private let input: UnsafeMutableBufferPointer<UInt8>
    /// How many bytes of the file were handed to zlib, those it has not looked at yet included.
    private var supplied = 0
    private var place = Place.inMember

    private enum Place {
        /// Within a member.
        case inMember
        /// Behind a member; another may follow.
        case behindMember
        /// Behind the last member, in the zeros with which tapes fill up a block.
        case inPadding
        case atEnd
    }

    /// Begins to read.
    ///
    /// - Parameter file: A file that begins with ``magic``, nothing of it read yet.
    init(_ file: InputFile) throws(ReplayError) {
        self.file = file
        self.stream = .allocate(capacity: 1)
        self.input = .allocate(capacity: 1 << 16)
        stream.initialize(to: z_stream())
        // 15 is the largest window, 16 asks for gzip's header and checksum.
        let code = inflateInit2_(stream, 15 + 16, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size))
        guard code == Z_OK else {
            throw .cannotRead(file.name, reason: "zlib cannot be set up (\(code))")
        }
    }

    deinit {
        // Does nothing to a state that was never set up.
        inflateEnd(stream)
        stream.deinitialize(count: 1)
        stream.deallocate()
        input.deallocate()
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ReplayError) -> Int {
        while place != .atEnd {
            if stream.pointee.avail_in == 0 { try supply() }
            switch place {
            case .inMember:
                let count = try inflate(into: buffer)
                if count > 0 { return count }
            case .behindMember, .inPadding: try pass()
            case .atEnd: break
            }
        }
        return 0
    }

    /// Reads more of the file.
    private func supply() throws(ReplayError) {
        let count = try file.read(into: UnsafeMutableRawBufferPointer(input))
        stream.pointee.next_in = input.baseAddress
        stream.pointee.avail_in = UInt32(count)
        supplied += count
        guard count == 0 else { return }
        if place == .inMember { throw damage("the file ends in the middle of its compressed data") }
        place = .atEnd
    }

    /// Decompresses; what comes out may be nothing.
    private func inflate(into buffer: UnsafeMutableRawBufferPointer) throws(ReplayError) -> Int {
        let capacity = min(buffer.count, Int(Int32.max))
        stream.pointee.next_out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = UInt32(capacity)
        let code = CZlib.inflate(stream, Z_NO_FLUSH)
        let count = capacity - Int(stream.pointee.avail_out)
        switch code {
        case Z_STREAM_END: place = .behindMember
        // Z_BUF_ERROR: nothing to be done before there is more input.
        case Z_OK, Z_BUF_ERROR: break
        default: throw damage(stream.pointee.msg.map { String(cString: $0) } ?? "zlib error \(code)")
        }
        return count
    }

    /// Looks at what follows a member: another one, padding, or what does not belong there.
    private func pass() throws(ReplayError) {
        while stream.pointee.avail_in > 0, let next = stream.pointee.next_in {
            switch (next.pointee, place) {
            case (0, _):
                place = .inPadding
                stream.pointee.next_in = next + 1
                stream.pointee.avail_in -= 1
            case (Self.magic[0], .behindMember):
                // Whether the second byte fits too is for zlib to say.
                guard inflateReset(stream) == Z_OK else { throw damage("zlib cannot be reset") }
                place = .inMember
                return
            default: throw damage("what follows the compressed data is not part of it")
            }
        }
    }

    private func damage(_ reason: String) -> ReplayError {
        .damaged(file.name, offset: supplied - Int(stream.pointee.avail_in), reason: reason)
    }
}
