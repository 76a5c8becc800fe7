//! A reduced picture contains the same waves, sampled at fewer places.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

use crate::{Writing, difference, ours};
use scaled_jpeg::{Decoder, Detail, Scale};

/// The value at sample `x` of wave `u`, in a block that is `size` samples long.
fn wave(u: usize, x: usize, size: usize) -> f64 {
    let level = if u == 0 { FRAC_1_SQRT_2 } else { 1.0 };
    level * ((2 * x + 1) as f64 * u as f64 * PI / (2 * size) as f64).cos()
}

/// Reduces a grey picture from its full size by the formulas of the standard: transforms each block
/// (T.81, A.3.3), and samples the coarsest waves again.
fn reduced(full: &[u8], width: usize, size: usize) -> Vec<u8> {
    let height = full.len() / width;
    let small_width = width / 8 * size;
    let mut small = vec![0; small_width * height / 8 * size];
    for (top, left) in
        (0..height).step_by(8).flat_map(|y| (0..width).step_by(8).map(move |x| (y, x)))
    {
        let mut waves = [[0.0; 8]; 8];
        for (v, row) in waves.iter_mut().enumerate().take(size) {
            for (u, amount) in row.iter_mut().enumerate().take(size) {
                for y in 0..8 {
                    for x in 0..8 {
                        let sample = f64::from(full[(top + y) * width + left + x]);
                        *amount += sample * wave(u, x, 8) * wave(v, y, 8) / 4.0;
                    }
                }
            }
        }
        for y in 0..size {
            for x in 0..size {
                let mut level = 0.0;
                for (v, row) in waves.iter().enumerate().take(size) {
                    for (u, amount) in row.iter().enumerate().take(size) {
                        level += amount * wave(u, x, size) * wave(v, y, size) / 4.0;
                    }
                }
                small[(top / 8 * size + y) * small_width + left / 8 * size + x] =
                    level.round() as u8;
            }
        }
    }
    small
}

#[test]
fn a_reduced_picture_has_the_coarsest_waves_of_every_block() {
    let mut cases = 0;
    for quality in [50, 90, 100] {
        for is_progressive in [false, true] {
            let of_size = Writing::of(64, 40);
            let file = Writing { channels: 1, quality, is_progressive, ..of_size }.write();
            let full = ours(&file, Scale::Full, Detail::Full).unwrap();
            for scale in Scale::ALL {
                let expected = reduced(&full, 64, scale.eighths() as usize);
                let made = ours(&file, scale, Detail::Full).unwrap();
                // The samples at full size are rounded already.
                let (most, mean) = difference(&made, &expected);
                assert!(most <= 1 && mean < 0.2, "{quality} {scale:?}: {most} {mean}");
                cases += 1;
            }
        }
    }
    assert_eq!(cases, 42);
}

#[test]
fn however_a_picture_is_coded_it_comes_out_the_same_at_every_scale() {
    let mut cases = 0;
    for writing in crate::writings() {
        if !(writing.is_progressive || writing.is_split || writing.restart_interval > 0) {
            continue;
        }
        let plain =
            Writing { is_progressive: false, is_split: false, restart_interval: 0, ..writing };
        let (file, plain) = (writing.write(), plain.write());
        for scale in Scale::ALL {
            for detail in [Detail::Full, Detail::Coarse] {
                let made = ours(&file, scale, detail).unwrap();
                let expected = ours(&plain, scale, detail).unwrap();
                assert!(made == expected, "{writing:?} {scale:?} {detail:?}");
                cases += 1;
            }
        }
    }
    assert_eq!(cases, 288 * 14);
}

#[test]
fn a_flat_picture_stays_what_it_is() {
    let mut cases = 0;
    for sampling in [jpeg_encoder::SamplingFactor::F_1_1, jpeg_encoder::SamplingFactor::F_4_2] {
        for is_progressive in [false, true] {
            let mut file = Vec::new();
            let mut encoder = jpeg_encoder::Encoder::new(&mut file, 95);
            encoder.set_sampling_factor(sampling);
            encoder.set_progressive(is_progressive);
            let samples = [200, 40, 90].repeat(45 * 27);
            encoder.encode(&samples, 45, 27, jpeg_encoder::ColorType::Rgb).unwrap();
            for scale in Scale::ALL {
                for detail in [Detail::Full, Detail::Coarse] {
                    let made = ours(&file, scale, detail).unwrap();
                    assert!(
                        made.as_chunks()
                            .0
                            .iter()
                            .all(|&pixel: &[u8; 3]| { difference(&pixel, &[200, 40, 90]).0 <= 2 })
                    );
                    cases += 1;
                }
            }
        }
    }
    assert_eq!(cases, 56);
}

#[test]
fn memory_does_not_grow_with_the_height_of_a_baseline_picture() {
    let memory = |height, is_progressive| {
        let file = Writing { is_progressive, ..Writing::of(64, height) }.write();
        Decoder::new(&file).unwrap().memory(Scale::Eighth, Detail::Full)
    };
    assert_eq!(memory(640, false), memory(64, false));
    // Two bytes are held for each coefficient: one coefficient of a luma block, and five of a
    // chroma block. A chroma block also takes a bit for each of its 64 coefficients.
    let (luma, chroma) = (8 * 72, 2 * 4 * 36);
    assert_eq!(memory(640, true) - memory(64, true), luma * 2 + chroma * (5 * 2 + 8));
}
