//! Resamples one plane by Lanczos3. It is only for planes: pixels with several samples are resized
//! by a library, which takes three times as long for one sample a pixel.
//!
//! Rows are weighted first, for eight rows of the result at a time. Then the columns of these eight
//! rows are weighted together. So both directions do the same arithmetic on many numbers at once,
//! which compilers turn into vector instructions.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "sides of pictures, and samples that are clamped to what they can be"
)]

use std::f64::consts::PI;

use scaled_jpeg::Plane;

/// How many rows are made at once.
const ROWS: usize = 8;

/// How far the filter reaches to either side, in samples of the result or the source, whichever are
/// larger (Duchon, "Lanczos Filtering in One and Two Dimensions", 1979).
const REACH: f64 = 3.0;

/// Resizes the part of a plane that starts at `start` and has the size `length`, in samples, across
/// and down.
pub(super) fn resample(
    plane: &Plane,
    start: (f64, f64),
    length: (f64, f64),
    (width, height): (usize, usize),
) -> Plane {
    let across = Weights::new(plane.width, start.0, length.0, width);
    let down = Weights::new(plane.height, start.1, length.1, height);
    let columns = across.range();
    let mut sums = vec![0.0; columns.len()];
    let mut lanes = vec![[0.0; ROWS]; columns.len()];
    let mut made = vec![[0.0; ROWS]; width];
    let mut samples = vec![0; width * height];
    let mut rows = samples.chunks_exact_mut(width.max(1));
    let mut weighted = down.iter();
    loop {
        let mut count = 0;
        for (lane, (first, weights)) in weighted.by_ref().take(ROWS).enumerate() {
            let from = plane.samples.chunks_exact(plane.width.max(1)).skip(first);
            let from = from.map(|row| row.get(columns.clone()).unwrap_or_default());
            add_up(from.zip(weights), &mut sums);
            for (to, &sum) in lanes.iter_mut().zip(&sums) {
                if let Some(to) = to.get_mut(lane) {
                    *to = sum;
                }
            }
            count += 1;
        }
        for (to, (first, weights)) in made.iter_mut().zip(across.iter()) {
            let mut sums = [0.0; ROWS];
            let from = lanes.get(first - columns.start..).unwrap_or_default();
            for (column, &weight) in from.iter().zip(weights) {
                sums.iter_mut().zip(column).for_each(|(sum, &sample)| *sum += weight * sample);
            }
            *to = sums;
        }
        for (lane, row) in rows.by_ref().take(count).enumerate() {
            for (to, from) in row.iter_mut().zip(&made) {
                *to = rounded(from.get(lane).copied().unwrap_or_default());
            }
        }
        if count < ROWS {
            return Plane::whole(width, height, samples);
        }
    }
}

/// How many columns are weighted at once.
const COLUMNS: usize = 32;

/// Adds up weighted rows.
fn add_up<'a>(rows: impl Iterator<Item = (&'a [u8], &'a f32)> + Clone, sums: &mut [f32]) {
    let (chunks, last) = sums.as_chunks_mut::<COLUMNS>();
    for (number, to) in chunks.iter_mut().enumerate() {
        let mut sums = [0.0; COLUMNS];
        for (row, &weight) in rows.clone() {
            let Some(samples) = row.as_chunks::<COLUMNS>().0.get(number) else { break };
            for (sum, &sample) in sums.iter_mut().zip(samples) {
                *sum += weight * f32::from(sample);
            }
        }
        *to = sums;
    }
    last.fill(0.0);
    for (row, &weight) in rows {
        for (sum, &sample) in last.iter_mut().zip(row.as_chunks::<COLUMNS>().1) {
            *sum += weight * f32::from(sample);
        }
    }
}

/// Rounds to the nearest sample. After adding 2^23, a float has no fraction left, and its lowest
/// bits are the integer.
fn rounded(sum: f32) -> u8 {
    (sum.clamp(0.0, 255.0) + 8_388_608.0).to_bits() as u8
}

/// The filter's weights along one side, for each sample of the result.
struct Weights {
    /// How many source samples each is made of.
    taps: usize,
    /// The first source sample of each.
    firsts: Vec<usize>,
    /// The weights, `taps` for each.
    all: Vec<f32>,
}

impl Weights {
    /// Weights for `count` samples that cover `length` source samples from `start` on, out of
    /// `available`.
    fn new(available: usize, start: f64, length: f64, count: usize) -> Self {
        let scale = length / count as f64;
        // For downsampling, the filter is stretched.
        let wide = scale.max(1.0);
        let taps = ((2.0 * REACH * wide).ceil() as usize).min(available);
        let mut weights = Vec::with_capacity(count * taps);
        let firsts = (0..count).map(|number| {
            let center = start + (number as f64 + 0.5) * scale;
            // The first sample whose centre is within reach.
            let first = (center - REACH * wide - 0.5).ceil().max(0.0) as usize;
            let first = first.min(available - taps);
            let begin = weights.len();
            weights.extend(lanczos((first as f64 + 0.5 - center) / wide, 1.0 / wide).take(taps));
            let own = weights.get_mut(begin..).unwrap_or_default();
            let sum: f32 = own.iter().sum();
            for weight in own {
                *weight /= sum;
            }
            first
        });
        let firsts = firsts.collect();
        Self { taps, firsts, all: weights }
    }

    /// For each sample of the result, its first source sample and the weights.
    fn iter(&self) -> impl Iterator<Item = (usize, &[f32])> {
        self.firsts.iter().copied().zip(self.all.chunks_exact(self.taps.max(1)))
    }

    /// All source samples that are used.
    fn range(&self) -> std::ops::Range<usize> {
        let start = self.firsts.first().copied().unwrap_or_default();
        start..self.firsts.last().map_or(start, |last| last + self.taps)
    }
}

/// The Lanczos3 filter at `place`, `place + step`, ...: 3 sin(pi x) sin(pi x / 3) / (pi x)^2 within
/// reach.
///
/// Both sines are expressed by the sine of pi x / 3, and each angle's sine follows from the one
/// before by rotation: computing sines would take longer than all the weighting.
fn lanczos(place: f64, step: f64) -> impl Iterator<Item = f32> {
    let third = PI / REACH;
    let (mut sine, mut cosine) = (place * third).sin_cos();
    let (step_sine, step_cosine) = (step * third).sin_cos();
    (0..).map(move |number| {
        let angle = (place + f64::from(number) * step) * third;
        let square = sine * sine;
        (sine, cosine) =
            (sine * step_cosine + cosine * step_sine, cosine * step_cosine - sine * step_sine);
        if angle.abs() >= PI {
            0.0
        } else if angle.abs() < 1e-5 {
            1.0
        } else {
            (square * (3.0 - 4.0 * square) / (3.0 * angle * angle)) as f32
        }
    })
}
