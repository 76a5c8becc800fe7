//! Tests of the codec: against libjpeg-turbo, against itself, and with files that are cut, spliced
//! or changed by hand.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics says why")]
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "pictures are drawn, and small"
)]

mod agreement;
mod arithmetic;
mod damage;
mod damaged;
mod encode;
mod scales;
mod structure;

use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

use scaled_jpeg::{Decoder, Detail, Error, Scale};

/// Waves of many lengths with grain, without clipped samples. They are the same every time.
fn photo(width: u16, height: u16, channels: usize) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(u64::from(width) << 16 | u64::from(height));
    let mut samples = Vec::new();
    for y in 0..height {
        for x in 0..width {
            for channel in 0..channels {
                let (x, y, c) = (f64::from(x), f64::from(y), channel as f64);
                let wave = (x / 9.0 + c).sin() * 24.0 + (y / 5.0 - c).cos() * 20.0;
                let fine = (x * y / (150.0 + 40.0 * c)).sin() * 12.0;
                samples.push((128.0 + wave + fine + random.f64() * 12.0) as u8);
            }
        }
    }
    samples
}

/// How a file is written.
#[derive(Debug, Clone, Copy)]
struct Writing {
    width: u16,
    height: u16,
    channels: usize,
    sampling: SamplingFactor,
    quality: u8,
    is_progressive: bool,
    /// Whether there is a scan for each component.
    is_split: bool,
    /// The restart interval in MCUs; 0 for none.
    restart_interval: u16,
}

impl Writing {
    fn of(width: u16, height: u16) -> Self {
        Self {
            width,
            height,
            channels: 3,
            sampling: SamplingFactor::F_2_2,
            quality: 90,
            is_progressive: false,
            is_split: false,
            restart_interval: 0,
        }
    }

    fn write(&self) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = Encoder::new(&mut file, self.quality);
        encoder.set_sampling_factor(self.sampling);
        encoder.set_progressive(self.is_progressive);
        // With optimized tables, the encoder writes a scan for each component.
        encoder.set_optimized_huffman_tables(self.is_split);
        if self.restart_interval > 0 {
            encoder.set_restart_interval(self.restart_interval);
        }
        let color = match self.channels {
            1 => ColorType::Luma,
            3 => ColorType::Rgb,
            _ => ColorType::Cmyk,
        };
        let samples = photo(self.width, self.height, self.channels);
        encoder.encode(&samples, self.width, self.height, color).unwrap();
        file
    }
}

/// Files with every kind of layout and coding of blocks.
fn writings() -> Vec<Writing> {
    use SamplingFactor as S;
    let mut writings = Vec::new();
    let samplings =
        [S::F_1_1, S::F_2_1, S::F_1_2, S::F_2_2, S::F_4_1, S::F_4_2, S::F_1_4, S::F_2_4];
    for (width, height) in [(1, 1), (7, 9), (16, 16), (33, 50), (65, 39), (120, 8)] {
        for sampling in samplings {
            for (is_progressive, is_split) in [(false, false), (true, false), (false, true)] {
                // The optimized tables lack codes that restarts make necessary.
                let intervals: &[u16] = if is_split { &[0] } else { &[0, 1, 5] };
                for &restart_interval in intervals {
                    let of_size = Writing::of(width, height);
                    let kind = Writing { sampling, is_progressive, is_split, ..of_size };
                    writings.push(Writing { restart_interval, ..kind });
                }
            }
        }
        for channels in [1, 4] {
            let of_size = Writing::of(width, height);
            writings.push(Writing { channels, sampling: S::F_1_1, ..of_size });
        }
    }
    writings
}

/// The pixels of a file, row by row.
fn ours(file: &[u8], scale: Scale, detail: Detail) -> Result<Vec<u8>, Error> {
    let mut pixels = Vec::new();
    let decoder = Decoder::new(file)?;
    let mut rows = 0;
    decoder.decode(scale, detail, |row| {
        pixels.extend_from_slice(row);
        rows += 1;
    })?;
    let width = scale.side(decoder.width()) as usize;
    assert_eq!(rows, scale.side(decoder.height()));
    assert_eq!(pixels.len(), width * rows as usize * decoder.color().channels());
    Ok(pixels)
}

/// The position of the first `marker`.
fn find(file: &[u8], marker: u8) -> usize {
    file.windows(2).position(|pair| pair == [0xFF, marker]).unwrap()
}

/// The largest and the mean difference between samples.
fn difference(one: &[u8], other: &[u8]) -> (u8, f64) {
    assert_eq!(one.len(), other.len());
    let off = one.iter().zip(other).map(|(&one, &other)| one.abs_diff(other));
    let sum: u64 = off.clone().map(u64::from).sum();
    (off.max().unwrap_or(0), sum as f64 / one.len().max(1) as f64)
}
