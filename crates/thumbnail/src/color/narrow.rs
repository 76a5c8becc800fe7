//! Converts samples of any depth to 8 bits.

use crate::raster::{Raster, Samples, Srgb};

/// The same pixels at 8 bits a sample, for files of our own, whose colours are known.
pub(crate) fn narrowed(raster: Raster) -> Srgb {
    let Raster { width, height, channels, samples } = raster;
    Srgb { width, height, channels, samples: narrow(samples) }
}

/// Converts to 8 bits a sample, rounding to nearest.
pub(super) fn narrow(samples: Samples) -> Vec<u8> {
    match samples {
        Samples::U8(samples) => samples,
        Samples::U16(samples) => samples
            .into_iter()
            .map(|sample| u8::try_from((u32::from(sample) * 255 + 32_767) / 65_535).unwrap_or(255))
            .collect(),
        Samples::F32(samples) => samples
            .into_iter()
            .map(|sample| {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "clamped to what fits; not-a-number becomes 0"
                )]
                let narrow = (sample.clamp(0.0, 1.0) * 255.0).round() as u8;
                narrow
            })
            .collect(),
    }
}
