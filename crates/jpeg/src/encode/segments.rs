//! Writes the segments of a JPEG file (ITU-T T.81, annex B) and coded bits.

use super::error::EncodeError;
use super::huffman::Codes;
use super::tokens::{Component, Scan};
use super::transform::Quantizer;

/// The most bytes in a segment, besides the two of its length.
const LONGEST_SEGMENT: usize = 65_533;

/// The same, without the prefix of a part of an ICC profile.
const LONGEST_PROFILE_PART: usize = LONGEST_SEGMENT - 14;

/// A file that is being written.
pub(super) struct Writer {
    bytes: Vec<u8>,
    size: (u16, u16),
}

impl Writer {
    /// Starts the file of a picture of `width` x `height` pixels.
    pub(super) fn new(width: usize, height: usize) -> Result<Self, EncodeError> {
        let (Ok(across), Ok(down)) = (u16::try_from(width), u16::try_from(height)) else {
            let limit = usize::from(u16::MAX);
            return Err(EncodeError::TooManyPixels { width, height, limit });
        };
        let mut writer = Self { bytes: vec![0xFF, 0xD8], size: (across, down) };
        // JFIF 1.02, with square pixels and no thumbnail.
        writer.segment(0xE0, b"JFIF\0\x01\x02\0\0\x01\0\x01\0\0");
        Ok(writer)
    }

    /// Writes EXIF data (EXIF 3.0, 4.5.5).
    pub(super) fn exif(&mut self, exif: &[u8]) -> Result<(), EncodeError> {
        let body = [b"Exif\0\0".as_slice(), exif].concat();
        if body.len() > LONGEST_SEGMENT {
            return Err(EncodeError::ExifTooLong { length: body.len(), limit: LONGEST_SEGMENT });
        }
        self.segment(0xE1, &body);
        Ok(())
    }

    /// Writes an ICC profile in parts. Each has its number and the number of parts (ICC.1:2022,
    /// B.4).
    pub(super) fn profile(&mut self, profile: &[u8]) -> Result<(), EncodeError> {
        let parts = profile.chunks(LONGEST_PROFILE_PART);
        let Ok(count) = u8::try_from(parts.len()) else {
            let limit = LONGEST_PROFILE_PART * usize::from(u8::MAX);
            return Err(EncodeError::ProfileTooLong { length: profile.len(), limit });
        };
        for (number, part) in (1..=count).zip(parts) {
            self.segment(0xE2, &[b"ICC_PROFILE\0".as_slice(), &[number, count], part].concat());
        }
        Ok(())
    }

    /// Writes the quantization tables and the frame header (B.2.4.1 and B.2.2).
    pub(super) fn frame(
        &mut self,
        components: &[Component<'_>],
        quantizers: &[Quantizer; 2],
        is_progressive: bool,
    ) {
        let kinds = if components.len() == 1 { 1 } else { 2 };
        for (number, quantizer) in (0..kinds).zip(quantizers) {
            self.segment(0xDB, &[[number].as_slice(), &quantizer.zigzag()].concat());
        }
        let [height, width] = [self.size.1, self.size.0].map(u16::to_be_bytes);
        let mut body = [[8].as_slice(), &height, &width, &[count(components.len())]].concat();
        for (number, component) in (1..).zip(components) {
            let sampling = count(component.sampling);
            body.extend([number, sampling << 4 | sampling, count(component.kind)]);
        }
        self.segment(if is_progressive { 0xC2 } else { 0xC0 }, &body);
    }

    /// Writes a scan, with Huffman codes made for it (B.2.3 and B.2.4.2).
    pub(super) fn scan(&mut self, scan: &Scan) {
        let mut frequencies = [[0_u32; 256]; 4];
        for token in &scan.tokens {
            let of_table = frequencies.get_mut(token.table());
            if let Some(frequency) =
                of_table.and_then(|table| table.get_mut(usize::from(token.symbol())))
            {
                *frequency += 1;
            }
        }
        let tables = frequencies.each_ref().map(Codes::of);
        for (number, codes) in [0x00, 0x01, 0x10, 0x11].into_iter().zip(&tables) {
            if !codes.symbols.is_empty() {
                self.segment(0xC4, &[[number].as_slice(), &codes.counts, &codes.symbols].concat());
            }
        }
        let mut body = vec![count(scan.components.len())];
        for component in scan.components.clone() {
            let kind = u8::from(component > 0);
            body.extend([count(component + 1), kind << 4 | kind]);
        }
        body.extend([scan.band.0, scan.band.1, 0]);
        self.segment(0xDA, &body);

        let mut bits = Bits { bytes: &mut self.bytes, word: 0, free: u64::BITS };
        for token in &scan.tokens {
            // Each table has the symbols of all its tokens, because it was made from them.
            let codes = tables.get(token.table());
            let code = codes.and_then(|codes| codes.by_symbol.get(usize::from(token.symbol())));
            let (code, length) = code.copied().unwrap_or_default();
            let (value, value_length) = token.value();
            bits.put(
                u64::from(code) << value_length | u64::from(value),
                u32::from(length) + value_length,
            );
        }
        bits.finish();
    }

    /// Ends the file and returns it.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.bytes.extend([0xFF, 0xD9]);
        self.bytes
    }

    fn segment(&mut self, marker: u8, body: &[u8]) {
        let length = u16::try_from(body.len() + 2).unwrap_or(u16::MAX);
        self.bytes.extend([0xFF, marker]);
        self.bytes.extend(length.to_be_bytes());
        self.bytes.extend_from_slice(body);
    }
}

/// A small number as a byte, such as a sampling factor.
fn count(few: usize) -> u8 {
    u8::try_from(few).unwrap_or(u8::MAX)
}

/// Writes bits into bytes, highest bit first (F.1.2.3).
struct Bits<'a> {
    bytes: &'a mut Vec<u8>,
    /// Its highest bits are still to be written.
    word: u64,
    /// How many bits of the word are free; more than 32 between calls.
    free: u32,
}

impl Bits<'_> {
    /// Writes the lowest `length` bits of a value, 32 at most. Its other bits must be zero.
    #[inline]
    fn put(&mut self, value: u64, length: u32) {
        self.free -= length;
        self.word |= value << self.free;
        if self.free <= 32 {
            let [a, b, c, d, ..] = self.word.to_be_bytes();
            if [a, b, c, d].contains(&0xFF) {
                for byte in [a, b, c, d] {
                    self.byte(byte);
                }
            } else {
                self.bytes.extend_from_slice(&[a, b, c, d]);
            }
            self.word <<= 32;
            self.free += 32;
        }
    }

    /// Writes a byte. A zero follows 0xFF, so that it does not look like a marker (B.1.1.5).
    fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
        if byte == 0xFF {
            self.bytes.push(0);
        }
    }

    /// Writes the bits that are left, and fills the last byte with ones.
    fn finish(mut self) {
        let used = u64::BITS - self.free;
        let word = self.word | (u64::MAX >> used);
        for byte in word.to_be_bytes().into_iter().take(used.div_ceil(8) as usize) {
            self.byte(byte);
        }
    }
}
