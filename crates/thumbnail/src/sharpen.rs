//! Sharpening by an unsharp mask: the difference between a pixel and its blurred surroundings is
//! added to the pixel. This makes up for the softness that resizing leaves.

use super::raster::Srgb;

/// Sharpens by `percent` of the mask. The surroundings are a pixel and its eight neighbours. They
/// are weighted by alpha and by a Gaussian of radius 0.85 pixels. Alpha itself is not changed.
pub(super) fn sharpen(picture: Srgb, percent: u8) -> Srgb {
    if percent == 0 {
        return picture;
    }
    let channels = picture.channels.count();
    let colors = if picture.channels.has_alpha() { channels - 1 } else { channels };
    let (width, height) = (picture.width as usize, picture.height as usize);
    let pixel = |x: usize, y: usize| {
        let at = (y * width + x) * channels;
        picture.samples.get(at..at + channels).unwrap_or_default()
    };
    let around = |at: usize, end: usize| {
        [(at.saturating_sub(1), 1), (at, 2), ((at + 1).min(end.saturating_sub(1)), 1)]
    };
    let mut samples = Vec::with_capacity(picture.samples.len());
    for y in 0..height {
        for x in 0..width {
            let (mut sums, mut weights) = ([0_i32; 4], 0_i32);
            for (row, row_weight) in around(y, height) {
                for (column, column_weight) in around(x, width) {
                    let near = pixel(column, row);
                    let alpha = near.get(colors).map_or(255, |&alpha| i32::from(alpha));
                    let weight = row_weight * column_weight * alpha;
                    weights += weight;
                    for (sum, &sample) in sums.iter_mut().zip(near) {
                        *sum += weight * i32::from(sample);
                    }
                }
            }
            let own = pixel(x, y);
            for (&sample, sum) in own.iter().take(colors).zip(sums) {
                let sample = i32::from(sample);
                // In hundredths of a sample.
                let over = sample * 100 - sum * 100 / weights.max(1);
                let sharp = sample + over * i32::from(percent) / 10_000;
                samples.push(u8::try_from(sharp.clamp(0, 255)).unwrap_or_default());
            }
            samples.extend(own.get(colors));
        }
    }
    Srgb { samples, ..picture }
}
