//! Blocks of progressive coding (ITU-T T.81, G.1.2). A scan codes a band of coefficients of each
//! block, or one more bit of them. The coefficients read so far are held here.

#![expect(clippy::cast_possible_truncation, reason = "coefficients are 16 bits at most")]

use super::bits::Bits;
use super::error::Error;
use super::header::Scan;
use super::huffman::{LAST, Table, magnitude};
use super::layout::{Layout, Plane};

/// The coefficients of a component that are held.
#[derive(Debug)]
pub(super) struct Coefficients {
    /// The held coefficients in zigzag order, block by block and row by row.
    values: Vec<i16>,
    /// How many of a block are held.
    held: usize,
    /// For each block, a bit for each coefficient in zigzag order: whether it is not zero. Empty if
    /// this is never needed.
    nonzero: Vec<u64>,
    /// Blocks in a row.
    across: usize,
}

impl Coefficients {
    /// All coefficients are zero. `with_history` says whether `nonzero` is needed.
    pub(super) fn new(plane: &Plane, layout: &Layout, with_history: bool) -> Self {
        let (across, held) = (plane.blocks_across(), plane.block.coefficients());
        let blocks = across * plane.mcu.1 * layout.mcus.1;
        let nonzero = vec![0; if with_history { blocks } else { 0 }];
        Self { values: vec![0; blocks * held], held, nonzero, across }
    }

    /// The blocks of a row.
    pub(super) fn row(&self, y: usize) -> impl Iterator<Item = &[i16]> {
        let row = self.values.chunks(self.across * self.held).nth(y).unwrap_or_default();
        row.chunks(self.held)
    }

    /// The held coefficients of a block, and if they are needed, which of all are not zero.
    pub(super) fn held(&mut self, x: usize, y: usize) -> (&mut [i16], Option<&mut u64>) {
        let index = y * self.across + x;
        let start = index * self.held;
        let values = self.values.get_mut(start..start + self.held).unwrap_or_default();
        (values, self.nonzero.get_mut(index))
    }

    /// The coefficients of a block, and which of them are not zero.
    fn block(&mut self, x: usize, y: usize) -> Option<(&mut [i16], &mut u64)> {
        let index = y * self.across + x;
        let start = index * self.held;
        Some((self.values.get_mut(start..start + self.held)?, self.nonzero.get_mut(index)?))
    }
}

/// A component of a scan of DC coefficients.
pub(super) struct DcPart<'t> {
    /// The codes; a refinement scan has none.
    pub(super) codes: Option<Table>,
    pub(super) coefficients: &'t mut Coefficients,
    /// Blocks in an MCU, across and down.
    pub(super) mcu: (usize, usize),
    pub(super) prediction: i32,
}

/// Reads DC coefficients of MCUs of a row (G.1.2.1). Returns the MCU before which it stopped.
pub(super) fn read_dc(
    parts: &mut [DcPart<'_>],
    low: u8,
    bits: &mut Bits<'_>,
    limit: usize,
    row: usize,
    (from, until): (usize, usize),
) -> Result<usize, Error> {
    let mut mcu = from;
    while mcu < until && bits.at <= limit {
        for part in &mut *parts {
            for y in 0..part.mcu.1 {
                for x in 0..part.mcu.0 {
                    let block =
                        (row * part.mcu.1 + y) * part.coefficients.across + mcu * part.mcu.0 + x;
                    let at = block * part.coefficients.held;
                    bits.refill();
                    if let Some(codes) = &part.codes {
                        let symbol = codes.symbol(bits)?;
                        part.prediction = part.prediction.wrapping_add(magnitude(symbol, bits));
                        bits.consume(symbol.bits());
                        if let Some(value) = part.coefficients.values.get_mut(at) {
                            *value = (part.prediction << low) as i16;
                        }
                    } else {
                        let bit = bits.take(1) as i16;
                        if let Some(value) = part.coefficients.values.get_mut(at) {
                            *value |= bit << low;
                        }
                    }
                }
            }
        }
        mcu += 1;
    }
    Ok(mcu)
}

/// A scan of AC coefficients of one component.
pub(super) struct AcScan<'t> {
    codes: Table,
    coefficients: &'t mut Coefficients,
    /// The first coefficient of the band.
    first: usize,
    /// The last.
    last: usize,
    /// The lowest bit that this scan codes.
    low: u8,
    /// What is left of the EOB run: blocks, from this one on, without further coefficients.
    pub(super) ended: usize,
}

impl<'t> AcScan<'t> {
    pub(super) fn new(codes: Table, coefficients: &'t mut Coefficients, scan: &Scan) -> Self {
        let (first, last) = (usize::from(scan.first), usize::from(scan.last));
        Self { codes, coefficients, first, last, low: scan.low, ended: 0 }
    }

    /// Reads blocks of a row for the first time (G.1.2.2). Returns the block before which it
    /// stopped.
    pub(super) fn read(
        &mut self,
        bits: &mut Bits<'_>,
        limit: usize,
        row: usize,
        (from, until): (usize, usize),
    ) -> Result<usize, Error> {
        let mut x = from;
        while x < until && bits.at <= limit {
            if self.ended > 0 {
                let idle = self.ended.min(until - x);
                self.ended -= idle;
                x += idle;
                continue;
            }
            let Some((values, nonzero)) = self.coefficients.block(x, row) else { return Ok(until) };
            let mut place = self.first;
            while place <= self.last {
                bits.refill();
                let symbol = self.codes.symbol(bits)?;
                if symbol.size() > 0 {
                    // A coefficient behind the band counts, as in other decoders.
                    place = (place + symbol.run()).min(LAST);
                    if let Some(value) = values.get_mut(place) {
                        *value = (magnitude(symbol, bits) << self.low) as i16;
                    }
                    *nonzero |= 1 << place;
                    bits.consume(symbol.bits());
                    place += 1;
                } else {
                    bits.consume(symbol.bits());
                    if symbol.run() < 15 {
                        self.ended = end_of_blocks(symbol.run(), bits) - 1;
                        break;
                    }
                    place += 16;
                }
            }
            x += 1;
        }
        Ok(x)
    }

    /// Reads one more bit of the coefficients of blocks of a row (G.1.2.3). Returns the block
    /// before which it stopped.
    pub(super) fn refine(
        &mut self,
        bits: &mut Bits<'_>,
        limit: usize,
        row: usize,
        (from, until): (usize, usize),
    ) -> Result<usize, Error> {
        let band = u64::MAX << self.first & u64::MAX >> (63 - self.last);
        let bit = 1_i16 << self.low;
        let mut x = from;
        while x < until && bits.at <= limit {
            let Some((values, nonzero)) = self.coefficients.block(x, row) else { return Ok(until) };
            let known = *nonzero;
            let mut place = self.first;
            while self.ended == 0 && place <= self.last {
                bits.refill();
                let symbol = self.codes.symbol(bits)?;
                let (mut zeros, size) = (symbol.run(), symbol.size());
                let mut new = 0;
                if size > 0 {
                    if size != 1 {
                        return Err(Error::Corrupt(
                            "a refinement scan adds a coefficient of more than one bit",
                        ));
                    }
                    new = if magnitude(symbol, bits) > 0 { bit } else { -bit };
                    bits.consume(symbol.bits());
                } else {
                    bits.consume(symbol.bits());
                    if zeros < 15 {
                        self.ended = end_of_blocks(zeros, bits);
                        break;
                    }
                }
                // Passes over as many zeros as the run says, and corrects the other coefficients on
                // the way.
                while place <= self.last {
                    if known >> place & 1 == 1 {
                        correct(values.get_mut(place), bit, bits);
                    } else if zeros == 0 {
                        break;
                    } else {
                        zeros -= 1;
                    }
                    place += 1;
                }
                if new != 0 && place <= LAST {
                    if let Some(value) = values.get_mut(place) {
                        *value = new;
                    }
                    *nonzero |= 1 << place;
                }
                place += 1;
            }
            if self.ended > 0 {
                self.ended -= 1;
                let mut rest = if place > 63 { 0 } else { known & band & u64::MAX << place };
                while rest != 0 {
                    correct(values.get_mut(rest.trailing_zeros() as usize), bit, bits);
                    rest &= rest - 1;
                }
            }
            x += 1;
        }
        Ok(x)
    }
}

/// The length of an EOB run, this block included (G.1.2.2).
fn end_of_blocks(exponent: usize, bits: &mut Bits<'_>) -> usize {
    bits.refill();
    (1 << exponent) + bits.take(exponent as u32) as usize
}

/// Reads the next bit of a coefficient that is not zero: whether it is further from zero by `bit`.
#[inline]
fn correct(value: Option<&mut i16>, bit: i16, bits: &mut Bits<'_>) {
    bits.refill();
    let is_further = bits.take(1) == 1;
    if let Some(value) = value
        && is_further
        && *value & bit == 0
    {
        *value += if *value < 0 { -bit } else { bit };
    }
}
