//! Frame headers, scan headers and quantization tables (ITU-T T.81, B.2).

use super::error::Error;
use super::marker::{SOF2, SOF9, SOF10};

/// A component as the frame header describes it (B.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Component {
    pub(super) id: u8,
    /// Horizontal sampling factor, 1 to 4: the number of its blocks across an MCU.
    pub(super) h: u8,
    /// Vertical sampling factor, 1 to 4.
    pub(super) v: u8,
    /// Which quantization table it uses, 0 to 3.
    pub(super) quantization: u8,
}

/// A frame header (B.2.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) is_progressive: bool,
    /// Whether coding is arithmetic, instead of by Huffman codes.
    pub(super) is_arithmetic: bool,
    /// How many bits a sample has beyond 8. They are dropped.
    pub(super) dropped: u32,
    /// In pixels.
    pub(super) width: u16,
    /// In pixels; 0 if a segment after the first scan contains it.
    pub(super) height: u16,
    pub(super) components: Vec<Component>,
}

impl Frame {
    /// Whether coefficients are held until all scans have been read.
    pub(super) fn holds_coefficients(&self) -> bool {
        self.is_progressive || self.is_arithmetic
    }

    /// Parses the segment of a frame header with this marker.
    pub(super) fn parse(marker: u8, segment: &[u8]) -> Result<Self, Error> {
        let is_progressive = matches!(marker, SOF2 | SOF10);
        let is_arithmetic = matches!(marker, SOF9 | SOF10);
        let Some((&[precision, h1, h0, w1, w0, count], rest)) = segment.split_first_chunk::<6>()
        else {
            return Err(Error::Corrupt("the frame header is too short"));
        };
        let dropped = match precision {
            8 => 0,
            12 => 4,
            _ => {
                return Err(Error::Corrupt("the sample precision is neither 8 nor 12 bits"));
            }
        };
        let (described, _) = rest.as_chunks::<3>();
        let Some(described) = described.get(..usize::from(count)) else {
            return Err(Error::Corrupt("the frame header is too short for its components"));
        };
        let components: Vec<Component> = described
            .iter()
            .map(|&[id, factors, quantization]| Component {
                id,
                h: factors >> 4,
                v: factors & 15,
                quantization,
            })
            .collect();
        if !(1..=4).contains(&components.len()) {
            return Err(Error::Unsupported("no components, or more than four"));
        }
        let is_sound = |factor| (1..=4).contains(&factor);
        if !components.iter().all(|c| is_sound(c.h) && is_sound(c.v) && c.quantization < 4) {
            return Err(Error::Corrupt("the frame header describes an impossible component"));
        }
        let (width, height) = (u16::from_be_bytes([w1, w0]), u16::from_be_bytes([h1, h0]));
        Ok(Self { is_progressive, is_arithmetic, dropped, width, height, components })
    }
}

/// A scan header (B.2.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scan {
    /// The components coded in it, with their code tables.
    pub(super) parts: Vec<ScanPart>,
    /// The first coefficient coded in it, in zigzag order (`Ss`).
    pub(super) first: u8,
    /// The last (`Se`).
    pub(super) last: u8,
    /// The lowest bit of these coefficients that earlier scans coded (`Ah`); 0 if there were none.
    pub(super) high: u8,
    /// The lowest bit that this scan codes (`Al`).
    pub(super) low: u8,
}

/// A component of a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ScanPart {
    /// Which of the frame's components it is.
    pub(super) component: usize,
    /// Which code table its DC coefficients use, 0 to 3.
    pub(super) dc: u8,
    /// Which code table its AC coefficients use, 0 to 3.
    pub(super) ac: u8,
}

impl Scan {
    pub(super) fn parse(segment: &[u8], frame: &Frame) -> Result<Self, Error> {
        const SHORT: Error = Error::Corrupt("a scan header is too short");
        let (&count, rest) = segment.split_first().ok_or(SHORT)?;
        let (described, rest) = rest.split_at_checked(usize::from(count) * 2).ok_or(SHORT)?;
        let &[first, last, bits] = rest.first_chunk::<3>().ok_or(SHORT)?;
        let mut parts: Vec<ScanPart> = Vec::with_capacity(4);
        for &[id, tables] in described.as_chunks::<2>().0 {
            // Some encoders give two components the same identifier: each is then used once, in
            // order.
            let named = frame.components.iter().enumerate().filter(|(_, known)| known.id == id);
            let component = named
                .map(|(at, _)| at)
                .find(|&at| parts.iter().all(|part| part.component != at))
                .ok_or(Error::Corrupt("a scan names a component that the frame does not have"))?;
            parts.push(ScanPart { component, dc: tables >> 4, ac: tables & 15 });
        }
        let scan = Self { parts, first, last, high: bits >> 4, low: bits & 15 };
        if scan.parts.is_empty() || scan.parts.iter().any(|part| part.dc > 3 || part.ac > 3) {
            return Err(Error::Corrupt(
                "a scan header names no component, or a code table above 3",
            ));
        }
        if !frame.is_progressive {
            // All is coded at once, whatever the header says.
            return Ok(Self { first: 0, last: 63, high: 0, low: 0, ..scan });
        }
        scan.check_progression()?;
        Ok(scan)
    }

    /// Whether it codes the means of the first component's blocks, without which nothing shows.
    pub(super) fn shows(&self) -> bool {
        self.first == 0 && self.high == 0 && self.parts.iter().any(|part| part.component == 0)
    }

    /// The coefficients coded in it: a bit for each, if the picture is progressive.
    pub(super) fn band(&self) -> u64 {
        u64::MAX << self.first & u64::MAX >> (63 - self.last)
    }

    /// Checks the rules of G.1.1.1.1 for scans of a progressive picture.
    fn check_progression(&self) -> Result<(), Error> {
        let is_band = self.first <= self.last && self.last < 64;
        // No scan has both DC and AC coefficients, or AC coefficients of several components.
        let is_pure = if self.first == 0 { self.last == 0 } else { self.parts.len() == 1 };
        let is_next_bit = self.high == 0 || self.high == self.low + 1;
        if is_band && is_pure && is_next_bit && self.low <= 13 {
            Ok(())
        } else {
            Err(Error::Corrupt(
                "a progressive scan has impossible spectral selection or successive approximation",
            ))
        }
    }
}

/// A quantization table: the steps of the coefficients, in zigzag order (B.2.4.1).
pub(super) type Quantization = [u16; 64];

/// Reads a segment of quantization tables into their places.
pub(super) fn read_quantization(
    mut segment: &[u8],
    tables: &mut [Option<Quantization>; 4],
) -> Result<(), Error> {
    const SHORT: Error = Error::Corrupt("a quantization table is too short");
    while let Some((&head, rest)) = segment.split_first() {
        let table = tables
            .get_mut(usize::from(head & 15))
            .ok_or(Error::Corrupt("a quantization table has a number above 3"))?;
        let mut steps = [0; 64];
        if head >> 4 == 0 {
            let (narrow, rest) = rest.split_first_chunk::<64>().ok_or(SHORT)?;
            steps = narrow.map(u16::from);
            segment = rest;
        } else {
            let (wide, rest) = rest.split_first_chunk::<128>().ok_or(SHORT)?;
            for (step, &bytes) in steps.iter_mut().zip(wide.as_chunks::<2>().0) {
                *step = u16::from_be_bytes(bytes);
            }
            segment = rest;
        }
        *table = Some(steps);
    }
    Ok(())
}
