//! Scans with arithmetic coding (ITU-T T.81, annex D). What they code, and in which order, is the
//! same as with Huffman codes; here, coefficients are always held until all scans have been read.

mod blocks;
mod coder;
pub(super) mod conditioning;
mod states;

use super::coefficients::Coefficients;
use super::error::Error;
use super::header::Scan;
use super::scan::Shape;
use blocks::{AcBins, Change, Dc, DcBins, read_ac, refine_ac};
use coder::Coder;
use conditioning::Conditioning;

/// What has been learned in a scan since its start or the last restart.
struct Learned {
    dc: [DcBins; 4],
    ac: [AcBins; 4],
    /// For each component of the scan.
    last: Vec<Dc>,
}

impl Learned {
    fn new(components: usize) -> Self {
        let last = (0..components).map(|_| Dc::default()).collect();
        Self { dc: [[0; 49]; 4], ac: [[0; 245]; 4], last }
    }
}

/// Reads a scan into the coefficients of its components.
pub(super) fn read_scan(
    (source, start): (&[u8], usize),
    scan: &Scan,
    shape: &Shape,
    conditioning: &Conditioning,
    restart_interval: usize,
    held: &mut [&mut Coefficients],
) -> Result<(), Error> {
    let mut coder = Coder::new(source, start);
    let mut learned = Learned::new(held.len());
    let mut left = restart_interval;
    for row in 0..shape.mcus.1 {
        for column in 0..shape.mcus.0 {
            if restart_interval > 0 {
                if left == 0 {
                    coder.restart()?;
                    learned = Learned::new(held.len());
                    left = restart_interval;
                }
                left -= 1;
            }
            for (part, (held, &(across, down))) in held.iter_mut().zip(&shape.blocks).enumerate() {
                for place in (0..down).flat_map(|y| (0..across).map(move |x| (x, y))) {
                    let at = (column * across + place.0, row * down + place.1);
                    let outcome =
                        read_block(&mut coder, &mut learned, scan, part, conditioning, held, at);
                    coder.check(outcome)?;
                }
            }
        }
    }
    Ok(())
}

/// Reads what a scan codes of the block at `at`, of component `part` of the scan.
fn read_block(
    coder: &mut Coder<'_>,
    learned: &mut Learned,
    scan: &Scan,
    part: usize,
    conditioning: &Conditioning,
    held: &mut Coefficients,
    (x, y): (usize, usize),
) -> Result<(), Error> {
    let Some(table) = scan.parts.get(part) else { return Ok(()) };
    let (dc, ac) = (usize::from(table.dc), usize::from(table.ac));
    let (values, mut nonzero) = held.held(x, y);
    if scan.first == 0 {
        if scan.high > 0 {
            let bit = i16::from(coder.even_bit()) << scan.low;
            values.iter_mut().take(1).for_each(|value| *value |= bit);
        } else if let (Some(bins), Some(last), Some(&bounds)) =
            (learned.dc.get_mut(dc), learned.last.get_mut(part), conditioning.dc.get(dc))
        {
            let value = last.read(coder, bins, bounds)?;
            values.iter_mut().take(1).for_each(|at| *at = narrow(value << scan.low));
        }
    }
    let band = (usize::from(scan.first).max(1), usize::from(scan.last).min(63));
    let (Some(bins), Some(&low)) = (learned.ac.get_mut(ac), conditioning.ac.get(ac)) else {
        return Ok(());
    };
    if scan.high == 0 {
        return read_ac(coder, bins, band, low, |place, value| {
            if let Some(at) = values.get_mut(place) {
                *at = narrow(value << scan.low);
            }
            if let Some(bits) = &mut nonzero {
                **bits |= 1 << place;
            }
        });
    }
    let bit = 1 << scan.low;
    let known = nonzero.as_deref().copied().unwrap_or(0);
    refine_ac(coder, bins, band, known, |place, change| {
        if let Some(at) = values.get_mut(place) {
            let is_negative = change == Change::Negative || change == Change::Further && *at < 0;
            *at = at.wrapping_add(if is_negative { -bit } else { bit });
        }
        if let Some(bits) = &mut nonzero {
            **bits |= 1 << place;
        }
    })
}

/// A coefficient as it is held. Only senseless ones do not fit.
#[expect(clippy::cast_possible_truncation, reason = "as the doc says")]
fn narrow(value: i32) -> i16 {
    value as i16
}
