//! Sequential coding (ITU-T T.81, F.2): each block whole, one after the other. Blocks become samples
//! as they are read.

use super::bits::Bits;
use super::error::Error;
use super::huffman::{SkipTable, TOO_MANY, Table, magnitude, skip_block};
use super::transform::{self, BlockSize};

/// Code tables of a component.
pub(super) struct Codes<'t> {
    pub(super) dc: &'t Table,
    pub(super) ac: &'t Table,
    pub(super) skip: &'t SkipTable,
}

/// What is wanted of a component's blocks.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub(super) size: BlockSize,
    /// How many coefficients are read of the zigzag; the rest are passed over.
    pub(super) coefficients: usize,
    /// For each coefficient of the zigzag, where it belongs and by what it is multiplied (A.3.4).
    /// What belongs nowhere is multiplied by 0.
    pub(super) steps: [(u8, i32); 64],
}

impl Wanted {
    pub(super) fn new(size: BlockSize, quantisation: &[u16; 64]) -> Self {
        let mut steps = [(63, 0); 64];
        for ((step, &factor), &place) in
            steps.iter_mut().zip(quantisation).zip(&super::header::ZIGZAG)
        {
            if let Some(place) = size.place(place) {
                *step = (place as u8, i32::from(factor));
            }
        }
        Self { size, coefficients: size.coefficients(), steps }
    }

    /// A coefficient of the zigzag, put where it belongs.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the innermost loop of decoding")]
    pub(super) fn put(&self, block: &mut [i32; 64], at: usize, value: i32) {
        let (place, step) = self.steps[at & 63];
        block[usize::from(place & 63)] = value.wrapping_mul(step);
    }
}

/// A component being decoded: its blocks go to samples.
pub(super) struct Part<'t> {
    pub(super) codes: Codes<'t>,
    pub(super) wanted: &'t Wanted,
    /// Blocks of it in a coded unit, across and down.
    pub(super) unit: (usize, usize),
    /// The DC coefficient of the block before (F.2.1.3.1).
    pub(super) prediction: i32,
    /// The samples of one row of coded units.
    pub(super) samples: &'t mut [u8],
    pub(super) stride: usize,
}

/// Reads coded units of a row, from one on and up to another, as far as the limit allows. Tells where
/// it stopped.
pub(super) fn read_units(
    parts: &mut [Part<'_>],
    bits: &mut Bits<'_>,
    limit: usize,
    from: usize,
    until: usize,
) -> Result<usize, Error> {
    let mut bits_here = *bits;
    let mut unit = from;
    let mut outcome = Ok(());
    'units: while unit < until && bits_here.at <= limit {
        for part in &mut *parts {
            outcome = part.read_unit(&mut bits_here, unit);
            if outcome.is_err() {
                break 'units;
            }
        }
        unit += 1;
    }
    *bits = bits_here;
    outcome.map(|()| unit)
}

impl Part<'_> {
    #[inline(always)]
    fn read_unit(&mut self, bits: &mut Bits<'_>, unit: usize) -> Result<(), Error> {
        let BlockSize { width, height } = self.wanted.size;
        for y in 0..self.unit.1 {
            let row = y * height * self.stride;
            for x in 0..self.unit.0 {
                let at = row + (unit * self.unit.0 + x) * width;
                if self.wanted.coefficients == 1 {
                    let mean = self.read_mean(bits)?;
                    if let Some(sample) = self.samples.get_mut(at) {
                        *sample = transform::flat(mean);
                    }
                } else {
                    self.read_block(bits, at)?;
                }
            }
        }
        Ok(())
    }

    /// Reads a block of which only the DC coefficient is wanted.
    #[inline(always)]
    fn read_mean(&mut self, bits: &mut Bits<'_>) -> Result<i32, Error> {
        let mean = self.read_dc(bits)?;
        skip_block(bits, self.codes.ac, self.codes.skip, 0)?;
        Ok(mean)
    }

    /// Reads a DC coefficient, which is coded as the difference to the one before (F.2.2.1).
    #[inline(always)]
    fn read_dc(&mut self, bits: &mut Bits<'_>) -> Result<i32, Error> {
        bits.refill();
        let symbol = self.codes.dc.symbol(bits)?;
        self.prediction = self.prediction.wrapping_add(magnitude(symbol, bits));
        bits.consume(symbol.bits());
        Ok(self.prediction.wrapping_mul(self.wanted.steps[0].1))
    }

    /// Reads a block (F.2.2), and transforms it.
    #[inline]
    fn read_block(&mut self, bits: &mut Bits<'_>, at: usize) -> Result<(), Error> {
        let mut block = [0; 64];
        block[0] = self.read_dc(bits)?;
        let wanted = self.wanted;
        let mut place = 0;
        let mut is_flat = true;
        let has_ended = loop {
            bits.refill();
            let symbol = self.codes.ac.symbol(bits)?;
            if symbol.size() == 0 {
                bits.consume(symbol.bits());
                if symbol.run() != 15 {
                    break true;
                }
                place += 16;
            } else {
                place += symbol.run() + 1;
                if place > 63 {
                    return Err(TOO_MANY);
                }
                wanted.put(&mut block, place, magnitude(symbol, bits));
                bits.consume(symbol.bits());
                is_flat &= place >= wanted.coefficients;
            }
            if place + 1 >= wanted.coefficients {
                break false;
            }
        };
        if !has_ended && place < 63 {
            skip_block(bits, self.codes.ac, self.codes.skip, place)?;
        } else if place > 63 {
            return Err(TOO_MANY);
        }
        let samples = self.samples.get_mut(at..).unwrap_or_default();
        if is_flat {
            let BlockSize { width, height } = wanted.size;
            for line in samples.chunks_mut(self.stride).take(height) {
                line.iter_mut().take(width).for_each(|sample| *sample = transform::flat(block[0]));
            }
        } else {
            transform::inverse(wanted.size, &block, samples, self.stride);
        }
        Ok(())
    }
}
