//! The outermost layer of a file: markers, and the segments that follow most of them (ITU-T T.81,
//! annex B).
//!
//! A marker is a byte of 0xFF and one that is neither 0x00 nor 0xFF. Any number of further 0xFF may
//! stand before it (B.1.1.2). A segment's first two bytes are its length, themselves included.
//! Phones and scanners leave stray bytes between segments, which are passed over.

use memchr::memchr;

/// Baseline: sequential Huffman coding, 8 bits a sample.
pub(super) const SOF0: u8 = 0xC0;
/// Extended sequential: as baseline, with more code tables, or 12 bits a sample.
pub(super) const SOF1: u8 = 0xC1;
/// Progressive, with Huffman coding.
pub(super) const SOF2: u8 = 0xC2;
/// Huffman code tables.
pub(super) const DHT: u8 = 0xC4;
/// Conditioning of arithmetic coding.
pub(super) const DAC: u8 = 0xCC;
/// The last frame header: arithmetic, lossless and hierarchical ones lie between.
pub(super) const SOF15: u8 = 0xCF;
/// The first of eight markers between restart intervals, which are numbered round and round.
pub(super) const RST0: u8 = 0xD0;
/// The last of them.
pub(super) const RST7: u8 = 0xD7;
/// Start of image.
pub(super) const SOI: u8 = 0xD8;
/// End of image.
pub(super) const EOI: u8 = 0xD9;
/// Start of scan.
pub(super) const SOS: u8 = 0xDA;
/// Quantization tables.
pub(super) const DQT: u8 = 0xDB;
/// Number of lines, where the frame header did not know it.
pub(super) const DNL: u8 = 0xDC;
/// Restart interval.
pub(super) const DRI: u8 = 0xDD;
/// The first application segment: JFIF's.
pub(super) const APP0: u8 = 0xE0;
/// Adobe's.
pub(super) const APP14: u8 = 0xEE;
/// For private use in arithmetic coding.
const TEM: u8 = 0x01;
/// No marker: 0xFF as coded data have it.
const STUFFED: u8 = 0x00;

/// A place in a file, moving from marker to marker.
#[derive(Debug, Clone, Copy)]
pub(super) struct Walk<'a> {
    pub(super) source: &'a [u8],
    /// Where to read on.
    pub(super) at: usize,
}

impl<'a> Walk<'a> {
    /// Behind the start-of-image marker.
    pub(super) fn new(source: &'a [u8]) -> Option<Self> {
        source.starts_with(&[0xFF, SOI]).then_some(Self { source, at: 2 })
    }

    /// The next marker that means something outside of coded data, and its segment. End of image has
    /// none. `None` where the file ends before that.
    pub(super) fn next(&mut self) -> Option<(u8, &'a [u8])> {
        loop {
            match self.next_marker()? {
                STUFFED | TEM | RST0..=RST7 | SOI => {}
                EOI => return Some((EOI, &[])),
                marker => return Some((marker, self.segment()?)),
            }
        }
    }

    /// Passes over coded data, and tells the marker that ends them without moving past it. Restart
    /// markers do not.
    pub(super) fn skip_coded_data(&mut self) -> Option<u8> {
        loop {
            let mut ahead = *self;
            match ahead.next_marker()? {
                STUFFED | RST0..=RST7 => *self = ahead,
                marker => return Some(marker),
            }
        }
    }

    fn next_marker(&mut self) -> Option<u8> {
        loop {
            self.at += memchr(0xFF, self.source.get(self.at..)?)? + 1;
            let byte = *self.source.get(self.at)?;
            // A 0xFF may be the first of the next pair.
            if byte != 0xFF {
                self.at += 1;
                return Some(byte);
            }
        }
    }

    fn segment(&mut self) -> Option<&'a [u8]> {
        let rest = self.source.get(self.at..)?;
        let length = usize::from(u16::from_be_bytes(*rest.first_chunk()?));
        let segment = rest.get(2..length)?;
        self.at += length;
        Some(segment)
    }
}
