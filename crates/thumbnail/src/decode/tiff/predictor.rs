//! Undoes the predictors: samples stored as differences from those to the left (TIFF 6.0, section
//! 14), and floats whose bytes are stored apart as well (Adobe Photoshop TIFF Technical Note 3).

use super::directory::{Directory, MAX_SAMPLES};
use super::entries::Order;
use super::values::Numbers;
use crate::decode::file::File;
use crate::error::ThumbnailError;

/// What was done to the samples of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Predictor {
    None,
    Differences,
    FloatDifferences,
}

impl Predictor {
    /// Refuses a predictor that is unknown, or not for samples like these.
    pub(super) fn of(file: &File<'_>, directory: &Directory<'_>) -> Result<Self, ThumbnailError> {
        // JPEG has its own, and runs have no use for one.
        if !matches!(directory.compression, 1 | 5 | 8 | 32_773 | 32_946 | 34_925 | 50_000) {
            return Ok(Self::None);
        }
        match (directory.predictor, directory.numbers, directory.bits) {
            (1, ..) => Ok(Self::None),
            (2, _, 8 | 16 | 24 | 32 | 64) => Ok(Self::Differences),
            (3, Numbers::Float, 16 | 24 | 32 | 64) => Ok(Self::FloatDifferences),
            (predictor, _, bits) => {
                Err(file.unsupported(format!("predictor {predictor} of samples of {bits} bits")))
            }
        }
    }

    /// Undoes the predictor in a row of pixels of `count` samples with `bits` bits.
    pub(super) fn undo(self, row: &mut [u8], count: usize, bits: u64, order: Order) {
        match (self, bits) {
            (Self::None, _) => {}
            (Self::Differences, 8) => add_up(row, count),
            (Self::Differences, 16) => add_up_words::<2>(row, count, order),
            (Self::Differences, 24) => add_up_words::<3>(row, count, order),
            (Self::Differences, 32) => add_up_words::<4>(row, count, order),
            (Self::Differences, _) => add_up_words::<8>(row, count, order),
            (Self::FloatDifferences, bits) => {
                add_up(row, count);
                join_bytes(row, usize::try_from(bits / 8).unwrap_or(1), order);
            }
        }
    }
}

fn add_up(row: &mut [u8], count: usize) {
    // The loops for the usual numbers of samples take a third of the time if the compiler knows them.
    match count {
        1 => add_up_pixels(row, 1),
        3 => add_up_pixels(row, 3),
        4 => add_up_pixels(row, 4),
        _ => add_up_pixels(row, count),
    }
}

#[inline]
fn add_up_pixels(row: &mut [u8], count: usize) {
    let mut left = [0_u8; MAX_SAMPLES];
    for pixel in row.chunks_exact_mut(count) {
        for (sample, left) in pixel.iter_mut().zip(&mut left) {
            *sample = sample.wrapping_add(*left);
            *left = *sample;
        }
    }
}

fn add_up_words<const BYTES: usize>(row: &mut [u8], count: usize, order: Order) {
    let mut left = [0_u64; MAX_SAMPLES];
    let (samples, _) = row.as_chunks_mut::<BYTES>();
    for pixel in samples.chunks_exact_mut(count) {
        for (sample, left) in pixel.iter_mut().zip(&mut left) {
            *left = left.wrapping_add(order.read(*sample));
            *sample = order.write(*left);
        }
    }
}

/// Joins the bytes of each sample: a row has the first bytes of all samples, then the second ones,
/// and so on, with the most significant first.
fn join_bytes(row: &mut [u8], bytes: usize, order: Order) {
    let apart = row.to_vec();
    let samples = row.len() / bytes;
    for (place, stored) in apart.chunks_exact(samples.max(1)).take(bytes).enumerate() {
        let place = if order.is_big_endian { place } else { bytes - 1 - place };
        for (sample, byte) in row.chunks_exact_mut(bytes).zip(stored) {
            if let Some(joined) = sample.get_mut(place) {
                *joined = *byte;
            }
        }
    }
}
