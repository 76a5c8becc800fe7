//! Which decisions code a block, and what is learned of each (ITU-T T.81, F.1.4 and G.1.3).

use super::coder::{Bin, Coder};
use crate::decode::error::Error;

/// What has been learned of the DC coefficients that use one table (table F.4).
pub(super) type DcBins = [Bin; 49];

/// What has been learned of the AC coefficients that use one table (table F.5).
pub(super) type AcBins = [Bin; 245];

/// Where the decisions about magnitudes above 2 start, in [`DcBins`].
const DC_MAGNITUDES: usize = 20;

/// The same in [`AcBins`], for low and for high coefficients.
const AC_MAGNITUDES: [usize; 2] = [189, 217];

/// From a decision that a magnitude has a bit more to those about the bits below.
const TO_BITS: usize = 14;

/// The most bits of a magnitude.
const MAX_BITS: u32 = 15;

/// The DC coefficients of a component.
#[derive(Debug, Default)]
pub(super) struct Dc {
    /// The last coefficient.
    prediction: i32,
    /// Where the decisions that depend on the last difference start (F.1.4.4.1.2).
    context: usize,
}

impl Dc {
    /// Reads a coefficient, which is coded as the difference from the one before (F.1.4.1).
    pub(super) fn read(
        &mut self,
        coder: &mut Coder<'_>,
        bins: &mut DcBins,
        (lower, upper): (u8, u8),
    ) -> Result<i32, Error> {
        let [zero, sign, positive, negative] = [0, 1, 2, 3].map(|kind| self.context + kind);
        if !decide(coder, bins, zero) {
            self.context = 0;
            return Ok(self.prediction);
        }
        let is_negative = decide(coder, bins, sign);
        let first = if is_negative { negative } else { positive };
        let mut below = 0;
        if decide(coder, bins, first) {
            below = magnitude(coder, bins, DC_MAGNITUDES, 1)?;
        }
        // A magnitude of 1 or more is coded as one less. Its highest bit tells how large it was.
        let highest = if below == 0 { 0 } else { 1 << below.ilog2() };
        let is_small = highest < (1 << lower) >> 1;
        let is_large = highest > (1 << upper) >> 1;
        self.context = match (is_small, is_large, is_negative) {
            (true, ..) => 0,
            (_, false, false) => 4,
            (_, false, true) => 8,
            (_, true, false) => 12,
            (_, true, true) => 16,
        };
        let difference = if is_negative { -(below + 1) } else { below + 1 };
        self.prediction = self.prediction.wrapping_add(difference);
        Ok(self.prediction)
    }
}

/// Reads coefficients `from..=last` of a block for the first time, and gives each that is not zero
/// to `set`, with its place (F.1.4.2).
pub(super) fn read_ac(
    coder: &mut Coder<'_>,
    bins: &mut AcBins,
    (from, last): (usize, usize),
    lowest_high: u8,
    mut set: impl FnMut(usize, i32),
) -> Result<(), Error> {
    let mut place = from;
    while place <= last {
        if decide(coder, bins, end_bin(place)) {
            return Ok(());
        }
        while !decide(coder, bins, end_bin(place) + 1) {
            place += 1;
            if place > last {
                return Err(TOO_LONG);
            }
        }
        let is_negative = coder.even_bit();
        let first = end_bin(place) + 2;
        let mut below = 0;
        if decide(coder, bins, first) {
            below = 1;
            if decide(coder, bins, first) {
                let [low, high] = AC_MAGNITUDES;
                let start = if place <= usize::from(lowest_high) { low } else { high };
                below = magnitude(coder, bins, start, 2)?;
            }
        }
        set(place, if is_negative { -(below + 1) } else { below + 1 });
        place += 1;
    }
    Ok(())
}

/// How the next bit changes a coefficient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// It is no longer zero.
    Positive,
    /// The same, on the other side of zero.
    Negative,
    /// It moves away from zero.
    Further,
}

/// Reads one more bit of coefficients of a block (G.1.3.3). `known` has a bit for each coefficient
/// that is not zero. `change` gets the places of those that change, and how.
pub(super) fn refine_ac(
    coder: &mut Coder<'_>,
    bins: &mut AcBins,
    (from, last): (usize, usize),
    known: u64,
    mut change: impl FnMut(usize, Change),
) -> Result<(), Error> {
    // The block goes on at least as far as before.
    let band = u64::MAX >> (63 - last.min(63));
    let known_end = (known & band).checked_ilog2().unwrap_or(0) as usize;
    let mut place = from;
    while place <= last {
        if place > known_end && decide(coder, bins, end_bin(place)) {
            return Ok(());
        }
        loop {
            if known >> place & 1 == 1 {
                if decide(coder, bins, end_bin(place) + 2) {
                    change(place, Change::Further);
                }
                break;
            }
            if decide(coder, bins, end_bin(place) + 1) {
                change(place, if coder.even_bit() { Change::Negative } else { Change::Positive });
                break;
            }
            place += 1;
            if place > last {
                return Err(TOO_LONG);
            }
        }
        place += 1;
    }
    Ok(())
}

const TOO_LONG: Error = Error::Corrupt("a block has more coefficients than fit into it");

/// Where the decisions about a coefficient start: whether the block ends before it, whether it is
/// not zero, and whether it is more than 1.
fn end_bin(place: usize) -> usize {
    3 * place.saturating_sub(1)
}

fn decide(coder: &mut Coder<'_>, bins: &mut [Bin], at: usize) -> bool {
    bins.get_mut(at).is_some_and(|bin| coder.bit(bin))
}

/// Reads a magnitude less 1 that has at least `length` bits: how many bits more, then the bits
/// below the highest (F.1.4.3.3 and F.1.4.3.4).
fn magnitude(
    coder: &mut Coder<'_>,
    bins: &mut [Bin],
    start: usize,
    mut length: u32,
) -> Result<i32, Error> {
    let mut at = start;
    while decide(coder, bins, at) {
        length += 1;
        at += 1;
        if length > MAX_BITS {
            return Err(Error::Corrupt("a coefficient has more than 15 bits"));
        }
    }
    let mut below = 1;
    for _ in 1..length {
        below = below << 1 | i32::from(decide(coder, bins, at + TO_BITS));
    }
    Ok(below)
}
