//! Luma and chroma to red, green and blue, outside of a JPEG: by the shares of the colours in luma
//! and by the samples for black and white that the directory declares (TIFF 6.0, sections 20 and
//! 21).

use super::directory::Directory;
use crate::color::inks;

/// The shares of red, green and blue in luma without an entry, which are those of JPEG.
const SHARES: [f32; 3] = [0.299, 0.587, 0.114];

/// The samples for black and white of luma, and for none and most of each chroma, without an entry.
const RANGES: [f32; 6] = [0.0, 255.0, 128.0, 255.0, 128.0, 255.0];

/// How samples become colours.
pub(super) struct Luma {
    shares: [f32; 3],
    ranges: [f32; 6],
    /// Both are those of JPEG.
    is_usual: bool,
}

impl Luma {
    /// What makes no sense counts as not declared, and so does everything beside a JPEG, whose
    /// samples are always the same.
    pub(super) fn of(directory: &Directory<'_>) -> Self {
        let is_jpeg = matches!(directory.compression, 6 | 7);
        let declared = |numbers: Option<Vec<f32>>| numbers.filter(|_| !is_jpeg);
        let shares = declared(directory.luma_shares.and_then(|entry| entry.fractions()));
        let shares = shares.and_then(|shares| shares.first_chunk().copied());
        let shares = shares.filter(|shares: &[f32; 3]| shares.iter().all(|&share| share > 0.01));
        let ranges = declared(directory.black_and_white.and_then(|entry| entry.fractions()));
        let ranges = ranges.and_then(|ranges| ranges.first_chunk().copied());
        let ranges = ranges.filter(|ranges: &[f32; 6]| {
            ranges.as_chunks().0.iter().all(|[black, white]| white - black > 1.0)
        });
        let (shares, ranges) = (shares.unwrap_or(SHARES), ranges.unwrap_or(RANGES));
        let are_near = |some: &[f32], others: &[f32]| {
            some.iter().zip(others).all(|(one, other)| (one - other).abs() < 0.001)
        };
        let is_usual = are_near(&shares, &SHARES) && are_near(&ranges, &RANGES);
        Self { shares, ranges, is_usual }
    }

    /// Red, green and blue, from 0 to 1 or a little beyond.
    pub(super) fn rgb(&self, [luma, blue, red]: [u8; 3]) -> [f32; 3] {
        if self.is_usual {
            return inks::rgb(luma, blue, red).map(|sample| f32::from(sample) / 255.0);
        }
        let [black, white, no_blue, most_blue, no_red, most_red] = self.ranges;
        let part = |sample: u8, least: f32, most: f32| (f32::from(sample) - least) / (most - least);
        let luma = part(luma, black, white);
        // Chroma is half of the difference that it stands for.
        let chroma = |sample, least, most| part(sample, least, most) * 127.0 / 255.0;
        let [share_red, share_green, share_blue] = self.shares;
        let blue = luma + chroma(blue, no_blue, most_blue) * 2.0 * (1.0 - share_blue);
        let red = luma + chroma(red, no_red, most_red) * 2.0 * (1.0 - share_red);
        [red, (luma - share_red * red - share_blue * blue) / share_green, blue]
    }
}
