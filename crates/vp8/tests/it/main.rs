//! Tests of the decoder: against two others, against itself, and on data that are cut and bent by hand.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics says why")]
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "pictures are drawn, and small"
)]

mod agreement;
mod damage;
mod damaged;
mod scales;

use webp::{Encoder, WebPConfig};

use scaled_vp8::{Decoder, Error, Scale};

/// Waves of every length under a grain, with flat parts and hard edges; the same every time.
fn photo(width: u32, height: u32) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(u64::from(width) << 16 | u64::from(height));
    let mut samples = Vec::new();
    for y in 0..height {
        for x in 0..width {
            for channel in 0..3 {
                let (x, y, c) = (f64::from(x), f64::from(y), f64::from(channel));
                let wave = (x / 9.0 + c).sin() * 44.0 + (y / 5.0 - c).cos() * 30.0;
                let fine = (x * y / (150.0 + 40.0 * c)).sin() * 22.0;
                let grain = random.f64() * if x > y { 20.0 } else { 0.0 };
                let is_flat = (x / 23.0) as u32 % 3 == 1;
                let edge = if (x + 2.0 * y) as u32 % 40 < 20 { 50.0 } else { 0.0 };
                let value = if is_flat { 90.0 + edge } else { 110.0 + wave + fine + grain };
                samples.push(value as u8);
            }
        }
    }
    samples
}

/// How a picture is written.
#[derive(Debug, Clone, Copy)]
struct Writing {
    width: u32,
    height: u32,
    /// 0 to 100.
    quality: u8,
    /// Kinds of macroblocks: 1 to 4.
    segments: i32,
    /// How strong the loop filter is, 0 to 100, and how sharp, 0 to 7.
    filter: (i32, i32),
    /// Whether the loop filter is the simple one.
    is_simple: bool,
    /// The logarithm of the number of partitions of coefficients: 0 to 3.
    partitions: i32,
    /// How hard the encoder tries: 0 to 6.
    method: i32,
}

impl Writing {
    const fn of(width: u32, height: u32) -> Self {
        Self {
            width,
            height,
            quality: 75,
            segments: 4,
            filter: (60, 0),
            is_simple: false,
            partitions: 0,
            method: 4,
        }
    }

    /// The whole file.
    fn write(&self) -> Vec<u8> {
        let mut config = WebPConfig::new().unwrap();
        config.quality = f32::from(self.quality);
        config.segments = self.segments;
        (config.filter_strength, config.filter_sharpness) = self.filter;
        config.filter_type = i32::from(!self.is_simple);
        config.partitions = self.partitions;
        config.method = self.method;
        let samples = photo(self.width, self.height);
        let encoder = Encoder::from_rgb(&samples, self.width, self.height);
        encoder.encode_advanced(&config).unwrap().to_vec()
    }

    /// The frame alone.
    fn frame(&self) -> Vec<u8> {
        frame(&self.write()).to_vec()
    }
}

/// The frame in a file.
fn frame(file: &[u8]) -> &[u8] {
    assert_eq!(&file[12..16], b"VP8 ", "nothing but a lossy picture");
    let length = u32::from_le_bytes(file[16..20].try_into().unwrap()) as usize;
    &file[20..20 + length]
}

/// Every kind of file that matters to how it is decoded, in sizes around those of blocks.
fn writings() -> Vec<Writing> {
    let mut writings = Vec::new();
    let sizes = [(1, 1), (2, 3), (7, 9), (16, 16), (17, 33), (50, 31), (33, 16), (96, 80)];
    for (width, height) in sizes {
        let of_size = Writing::of(width, height);
        for quality in [0, 20, 75, 100] {
            for method in [0, 4, 6] {
                writings.push(Writing { quality, method, ..of_size });
            }
            for is_simple in [false, true] {
                for filter in [(0, 0), (15, 3), (60, 7), (100, 0)] {
                    writings.push(Writing { quality, filter, is_simple, ..of_size });
                }
            }
        }
        for segments in 1..=4 {
            for partitions in 0..=3 {
                // Only those encoders write several partitions that try less hard.
                writings.push(Writing { segments, partitions, method: 2, ..of_size });
            }
        }
    }
    writings
}

/// The pixels of a frame, row by row.
fn ours(frame: &[u8], scale: Scale) -> Result<Vec<u8>, Error> {
    let mut pixels = Vec::new();
    let decoder = Decoder::new(frame)?;
    let mut rows = 0;
    let outcome = decoder.decode(scale, |row| {
        pixels.extend_from_slice(row);
        rows += 1;
    });
    let height = scale.side(decoder.height());
    assert!(rows <= height, "{rows} rows of {height}");
    outcome?;
    assert_eq!(rows, height);
    assert_eq!(pixels.len(), scale.side(decoder.width()) as usize * rows as usize * 3);
    Ok(pixels)
}
