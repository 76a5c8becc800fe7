//! Blocks of sequential coding (ITU-T T.81, F.2). Each block is coded as a whole, and blocks become
//! samples as they are read.

#![expect(clippy::inline_always, reason = "the innermost loops must stay single loops")]
#![expect(clippy::indexing_slicing, reason = "places in a block, masked to its length")]

use super::bits::Bits;
use super::error::Error;
use super::huffman::{LAST, SkipTable, Table, magnitude, skip_block};
use super::pairs::{LOOKUPS, PairTable};
use super::transform::{self, Batch, BlockSize};

/// The code tables of a component.
pub(super) struct Codes {
    pub(super) dc: Table,
    pub(super) ac: Table,
    pub(super) pairs: PairTable,
    pub(super) skip: SkipTable,
}

/// What is needed of the blocks of a component.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub(super) size: BlockSize,
    /// How many coefficients are read, in zigzag order; the rest are passed over.
    pub(super) coefficients: usize,
    /// For each coefficient in zigzag order, its place in the block and its quantization step
    /// (A.3.4). The step of a coefficient that is not needed is 0.
    pub(super) steps: [(u8, i32); 64],
    /// How many of the lowest bits are dropped.
    pub(super) dropped: u32,
}

impl Wanted {
    pub(super) fn new(size: BlockSize, quantization: &[u16; 64], dropped: u32) -> Self {
        let mut steps = [(63, 0); 64];
        for ((step, &factor), &place) in
            steps.iter_mut().zip(quantization).zip(&crate::zigzag::ZIGZAG)
        {
            if size.holds(place) {
                *step = (place, i32::from(factor));
            }
        }
        Self { size, coefficients: size.coefficients(), steps, dropped }
    }

    /// The dequantized value of a DC coefficient.
    pub(super) fn mean(&self, value: i32) -> i32 {
        value.wrapping_mul(self.steps.first().map_or(0, |&(_, step)| step))
    }

    /// Dequantizes coefficient `at` in zigzag order, and puts it into its place in the block.
    #[inline(always)]
    pub(super) fn put(&self, batch: &mut Batch, at: usize, value: i32) {
        let (place, step) = self.steps[at & 63];
        batch.put(place, value.wrapping_mul(step));
    }
}

/// A component that is decoded block by block.
pub(super) struct Part {
    pub(super) codes: Codes,
    pub(super) wanted: Wanted,
    /// Its blocks in an MCU, across and down.
    pub(super) mcu: (usize, usize),
    /// Samples in a row of its plane.
    pub(super) stride: usize,
    /// The DC coefficient of the block before (F.2.1.3.1).
    pub(super) prediction: i32,
    /// For each row of blocks in an MCU, the blocks that wait to be transformed.
    pub(super) batches: Vec<Batch>,
}

/// Reads MCUs `from..until` of a row into the samples that each part has for this row. Stops before
/// an MCU if `bits` is beyond `limit`. Returns the MCU before which it stopped.
pub(super) fn read_mcus(
    parts: &mut [Part],
    samples: &mut [&mut [u8]],
    bits: &mut Bits<'_>,
    limit: usize,
    (from, until): (usize, usize),
) -> Result<usize, Error> {
    // A copy can be kept in registers.
    let mut here = *bits;
    let mut outcome = Ok(from);
    let mut mcu = from;
    'mcus: while mcu < until && here.at <= limit {
        for (part, samples) in parts.iter_mut().zip(samples.iter_mut()) {
            if let Err(error) = part.read_mcu(&mut here, samples, mcu) {
                outcome = Err(error);
                break 'mcus;
            }
        }
        mcu += 1;
    }
    *bits = here;
    outcome.map(|_| mcu)
}

impl Part {
    #[inline(always)]
    fn read_mcu(
        &mut self,
        bits: &mut Bits<'_>,
        samples: &mut [u8],
        mcu: usize,
    ) -> Result<(), Error> {
        let height = self.wanted.size.height;
        for y in 0..self.mcu.1 {
            let samples = samples.get_mut(y * height * self.stride..).unwrap_or_default();
            for x in 0..self.mcu.0 {
                if self.wanted.coefficients == 1 {
                    let mean = self.read_mean(bits)?;
                    if let Some(sample) = samples.get_mut(mcu * self.mcu.0 + x) {
                        *sample = transform::flat(mean, self.wanted.dropped);
                    }
                } else {
                    self.read_block(bits, y, samples)?;
                }
            }
        }
        Ok(())
    }

    /// Passes over MCUs that are missing, up to MCU `until`. Where only means are read, their samples
    /// are there already.
    pub(super) fn skip_to(&mut self, until: usize, samples: &mut [u8]) {
        if self.wanted.coefficients > 1 {
            let rows = samples.chunks_mut(self.wanted.size.height * self.stride);
            for (batch, samples) in self.batches.iter_mut().zip(rows) {
                batch.skip_to(until * self.mcu.0, samples, self.stride);
            }
        }
    }

    /// Ends a row of MCUs: transforms the blocks that still wait.
    pub(super) fn end_row(&mut self, samples: &mut [u8]) {
        let rows = samples.chunks_mut(self.wanted.size.height * self.stride);
        for (batch, samples) in self.batches.iter_mut().zip(rows) {
            batch.end_row(samples, self.stride);
        }
    }

    /// Reads a block if only its DC coefficient is needed.
    #[inline(always)]
    fn read_mean(&mut self, bits: &mut Bits<'_>) -> Result<i32, Error> {
        let mean = self.read_dc(bits)?;
        skip_block(bits, &self.codes.ac, &self.codes.skip, 0)?;
        Ok(mean)
    }

    /// Reads a DC coefficient, which is coded as the difference from the one before (F.2.2.1).
    #[inline(always)]
    fn read_dc(&mut self, bits: &mut Bits<'_>) -> Result<i32, Error> {
        bits.refill();
        let symbol = self.codes.dc.symbol(bits)?;
        self.prediction = self.prediction.wrapping_add(magnitude(symbol, bits));
        bits.consume(symbol.bits());
        Ok(self.wanted.mean(self.prediction))
    }

    /// Reads a block (F.2.2) in row `y` of the blocks of its MCU.
    #[inline]
    fn read_block(
        &mut self,
        bits: &mut Bits<'_>,
        y: usize,
        samples: &mut [u8],
    ) -> Result<(), Error> {
        let mean = self.read_dc(bits)?;
        let Self { codes, wanted, batches, stride, .. } = self;
        let Some(batch) = batches.get_mut(y) else { return Ok(()) };
        batch.put(0, mean);
        let mut place = 0;
        let has_ended = 'block: loop {
            bits.refill();
            for _ in 0..LOOKUPS {
                let pair = codes.pairs.next(bits);
                let [one, other] = pair.advances.map(usize::from);
                if pair.bits == 0 || place + one + other + usize::from(pair.is_end) > LAST {
                    // The code is too long for the table, or codes of the next block follow it.
                    bits.refill();
                    let symbol = codes.ac.symbol(bits)?;
                    if symbol.size() == 0 {
                        bits.consume(symbol.bits());
                        if symbol.run() != 15 {
                            break 'block true;
                        }
                        place += 16;
                    } else {
                        // Some encoders write more coefficients than a block has. As other decoders
                        // do, take the last of them for the block's last.
                        place = (place + symbol.run() + 1).min(LAST);
                        wanted.put(batch, place, magnitude(symbol, bits));
                        bits.consume(symbol.bits());
                    }
                    if place + 1 >= wanted.coefficients {
                        break 'block false;
                    }
                    break;
                }
                bits.consume(u32::from(pair.bits));
                if one == 0 {
                    break 'block true;
                }
                // If there is no second coefficient, the first overwrites it.
                let [value, next] = pair.values.map(i32::from);
                wanted.put(batch, place + one + other, next);
                wanted.put(batch, place + one, value);
                place += one + other;
                if pair.is_end {
                    break 'block true;
                }
                if place + 1 >= wanted.coefficients {
                    break 'block false;
                }
            }
        };
        if !has_ended && place < LAST {
            skip_block(bits, &codes.ac, &codes.skip, place)?;
        }
        batch.end_block(samples, *stride);
        Ok(())
    }
}
