import StrictJSON

/// A UUID, written in lower case (RFC 9562; docs/api.md, Every endpoint).
package struct Identifier: Sendable, Hashable {
    /// The first 64 bits.
    package var high: UInt64
    /// The last 64 bits.
    package var low: UInt64

    /// Creates a UUID from its bits.
    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Returns a random UUID of version 4.
    package static func random(using generator: inout some RandomNumberGenerator) -> Self {
        let high = generator.next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        let low = generator.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        return Self(high: high, low: low)
    }

    /// Parses the canonical form of 36 characters, in either case; `nil` for any other text.
    package init?(_ text: some StringProtocol) {
        var digits: (UInt64, UInt64) = (0, 0)
        var count = 0
        var position = 0
        for byte in text.utf8 {
            defer { position += 1 }
            if position == 8 || position == 13 || position == 18 || position == 23 {
                guard byte == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard position < 36, let digit = hexadecimalValue(byte) else { return nil }
            digits = ((digits.0 << 4) | (digits.1 >> 60), (digits.1 << 4) | UInt64(digit))
            count += 1
        }
        guard position == 36, count == 32 else { return nil }
        self.init(high: digits.0, low: digits.1)
    }

    /// Creates a UUID from 16 big-endian bytes; `nil` for any other number of bytes.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        var words: (UInt64, UInt64) = (0, 0)
        for (index, byte) in bytes.enumerated() {
            if index < 8 { words.0 = words.0 << 8 | UInt64(byte) } else { words.1 = words.1 << 8 | UInt64(byte) }
        }
        self.init(high: words.0, low: words.1)
    }

    /// The 16 bytes in big-endian order.
    package var bytes: [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(16)
        for word in [high, low] {
            for shift in stride(from: 56, through: 0, by: -8) {
                result.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
            }
        }
        return result
    }
}

extension Identifier: CustomStringConvertible {
    /// The UUID in its canonical form, in lower case.
    package var description: String {
        String(unsafeUninitializedCapacity: 36) { buffer in
            write(into: buffer)
            return 36
        }
    }

    /// Writes the 36 characters of ``description`` into a buffer of at least that size.
    package func write(into buffer: UnsafeMutableBufferPointer<UInt8>) {
        let text = UnsafeMutableRawBufferPointer(buffer)
        func put(_ digits: UInt64, at offset: Int) {
            text.storeBytes(of: digits.littleEndian, toByteOffset: offset, as: UInt64.self)
        }
        func put(_ digits: UInt64, from shift: UInt64, at offset: Int) {
            let four = UInt32(truncatingIfNeeded: digits >> shift)
            text.storeBytes(of: four.littleEndian, toByteOffset: offset, as: UInt32.self)
        }
        let (timeLow, timeHigh) = (Self.digits(high >> 32), Self.digits(high & 0xFFFF_FFFF))
        let (nodeHigh, nodeLow) = (Self.digits(low >> 32), Self.digits(low & 0xFFFF_FFFF))
        put(timeLow, at: 0)
        put(timeHigh, from: 0, at: 9)
        put(timeHigh, from: 32, at: 14)
        put(nodeHigh, from: 0, at: 19)
        put(nodeHigh, from: 32, at: 24)
        put(nodeLow, at: 28)
        for offset in [8, 13, 18, 23] { buffer[offset] = UInt8(ascii: "-") }
    }

    /// Returns the eight hexadecimal digits of 32 bits, the first one in the least significant byte.
    ///
    /// All eight are computed at once and without a branch, because a page of events has sixty identifiers.
    private static func digits(_ word: UInt64) -> UInt64 {
        // Spread the eight nibbles over eight bytes, the most significant one first.
        var nibbles = UInt64(UInt32(truncatingIfNeeded: word).byteSwapped)
        nibbles = (nibbles | nibbles << 16) & 0x0000_FFFF_0000_FFFF
        nibbles = (nibbles | nibbles << 8) & 0x00FF_00FF_00FF_00FF
        nibbles = (nibbles & 0x00F0_00F0_00F0_00F0) >> 4 | (nibbles & 0x000F_000F_000F_000F) << 8
        // Each byte of `letters` is 1 if its nibble is above nine, and else 0.
        let letters = (nibbles &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        let gap = UInt64(UInt8(ascii: "a") - UInt8(ascii: "0") - 10)
        return nibbles &+ 0x3030_3030_3030_3030 &+ letters &* gap
    }
}
