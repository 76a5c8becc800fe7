//! The outermost layer of a file: markers, and the segments that follow most of them (ITU-T T.81,
//! annex B).
//!
//! A marker is a byte of 0xFF followed by a byte that is neither 0x00 nor 0xFF. Any number of bytes
//! of 0xFF may come before it (B.1.1.2). The first two bytes of a segment are its length, which
//! includes them. Some phones and scanners leave stray bytes between segments; these are passed
//! over.

use memchr::memchr;

/// Baseline: sequential Huffman coding, 8 bits a sample.
pub(super) const SOF0: u8 = 0xC0;
/// Extended sequential: like baseline, but with more code tables, or 12 bits a sample.
pub(super) const SOF1: u8 = 0xC1;
/// Progressive, with Huffman coding.
pub(super) const SOF2: u8 = 0xC2;
/// Extended sequential, with arithmetic coding.
pub(super) const SOF9: u8 = 0xC9;
/// Progressive, with arithmetic coding.
pub(super) const SOF10: u8 = 0xCA;
/// Huffman code tables.
pub(super) const DHT: u8 = 0xC4;
/// Conditioning of arithmetic coding.
pub(super) const DAC: u8 = 0xCC;
/// The last frame header. Between [`SOF2`] and this are those of lossless and hierarchical coding,
/// too.
pub(super) const SOF15: u8 = 0xCF;
/// The first of eight restart markers, which are used in turn between restart intervals.
pub(super) const RST0: u8 = 0xD0;
/// The last of the restart markers.
pub(super) const RST7: u8 = 0xD7;
/// Start of image.
pub(super) const SOI: u8 = 0xD8;
/// End of image.
pub(super) const EOI: u8 = 0xD9;
/// Start of scan.
pub(super) const SOS: u8 = 0xDA;
/// Quantization tables.
pub(super) const DQT: u8 = 0xDB;
/// Number of lines, if the frame header does not contain it.
pub(super) const DNL: u8 = 0xDC;
/// Restart interval.
pub(super) const DRI: u8 = 0xDD;
/// The first APPn segment, used by JFIF.
pub(super) const APP0: u8 = 0xE0;
/// The APPn segment used by Adobe.
pub(super) const APP14: u8 = 0xEE;
/// For private use in arithmetic coding.
const TEM: u8 = 0x01;
/// Not a marker: this follows a byte of 0xFF in coded data.
const STUFFED: u8 = 0x00;

/// A position in a file that moves from marker to marker.
#[derive(Debug, Clone, Copy)]
pub(super) struct Walk<'a> {
    pub(super) source: &'a [u8],
    /// The next byte to read.
    pub(super) at: usize,
}

impl<'a> Walk<'a> {
    /// Starts after the start-of-image marker; `None` if there is none.
    pub(super) fn new(source: &'a [u8]) -> Option<Self> {
        source.starts_with(&[0xFF, SOI]).then_some(Self { source, at: 2 })
    }

    /// The next marker that has a meaning outside coded data, and its segment, which is empty for
    /// end of image. `None` if the file ends first.
    pub(super) fn next(&mut self) -> Option<(u8, &'a [u8])> {
        loop {
            match self.next_marker()? {
                STUFFED | TEM | RST0..=RST7 | SOI => {}
                EOI => return Some((EOI, &[])),
                marker => return Some((marker, self.segment()?)),
            }
        }
    }

    /// Passes over coded data and the restart markers in them. Returns the marker that ends the
    /// data, without moving past it.
    pub(super) fn skip_coded_data(&mut self) -> Option<u8> {
        loop {
            let mut ahead = *self;
            match ahead.next_marker()? {
                STUFFED | RST0..=RST7 => *self = ahead,
                marker => return Some(marker),
            }
        }
    }

    /// The marker that ends coded data or a restart interval of them, and the position after it.
    pub(super) fn end_of_interval(mut self) -> Option<(u8, usize)> {
        loop {
            match self.next_marker()? {
                STUFFED => {}
                marker => return Some((marker, self.at)),
            }
        }
    }

    fn next_marker(&mut self) -> Option<u8> {
        loop {
            self.at += memchr(0xFF, self.source.get(self.at..)?)? + 1;
            let byte = *self.source.get(self.at)?;
            // A second 0xFF may be the first byte of a marker.
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
