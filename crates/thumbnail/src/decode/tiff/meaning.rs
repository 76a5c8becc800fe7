//! The meaning of a TIFF file's samples: greys, palette indices, inks, luma and chroma, L*a*b*, and
//! alpha in either form are converted to pixels (TIFF 6.0, sections 4 to 6, 16, 18, 20, 21 and 23).

use image::DynamicImage;

use super::directory::{Directory, Extra, Photometric, ambiguous};
use super::fax::is_fax;
use super::stored::Stored;
use crate::color::{inks, lab};
use crate::decode::file::File;
use crate::decode::samples::{Sample, first, float_picture};
use crate::error::ThumbnailError;

/// Refuses a picture whose samples have no known meaning.
pub(super) fn check(file: &File<'_>, directory: &Directory<'_>) -> Result<(), ThumbnailError> {
    if directory.samples < directory.photometric.samples() {
        let samples = directory.samples;
        let source = format!("{samples} samples for {:?}", directory.photometric).into();
        return Err(ThumbnailError::Undecodable { format: file.format, source });
    }
    if directory.is_reversed && !is_fax(directory) {
        return Err(file.unsupported("bytes whose bits come last to first"));
    }
    let bits = directory.bits;
    if !matches!(bits, 1 | 2 | 4 | 8 | 16 | 32 | 64) {
        return Err(file.unsupported(format!("{bits} bits a sample")));
    }
    if is_fax(directory) && (directory.samples, bits) != (1, 1) {
        return Err(ambiguous(file));
    }
    let is_lab = directory.photometric == Photometric::CieLab;
    if directory.is_signed && !is_lab {
        return Err(file.unsupported("samples that can be negative"));
    }
    match directory.photometric {
        Photometric::Palette if bits > 16 => {
            Err(file.unsupported(format!("a palette for {bits} bits")))
        }
        Photometric::Other(number) => {
            Err(file.unsupported(format!("samples of photometric interpretation {number}")))
        }
        Photometric::Cmyk if directory.has_other_inks => {
            Err(file.unsupported("inks other than cyan, magenta, yellow and black"))
        }
        Photometric::YCbCr if !directory.is_jpeg() && directory.chroma != [1, 1] => {
            Err(file.unsupported("chroma at less than full resolution outside of a JPEG"))
        }
        _ => Ok(()),
    }
}

/// Whether decoded pixels have alpha. Beside inks and palettes, alpha is ignored.
pub(super) fn has_alpha(directory: &Directory<'_>) -> bool {
    directory.extra != Extra::None
        && directory.samples > directory.photometric.samples()
        && !matches!(directory.photometric, Photometric::Cmyk | Photometric::Palette)
}

/// Bytes that a decoded pixel takes.
pub(super) fn bytes_per_pixel(directory: &Directory<'_>) -> u64 {
    let alpha = u64::from(has_alpha(directory));
    match (directory.photometric, directory.is_float) {
        (Photometric::Palette, _) => 3,
        (Photometric::Cmyk, _) => 4,
        (_, true) => (3 + alpha) * 4,
        (photometric, false) => {
            (photometric.samples() + alpha) * directory.bits.div_ceil(8).clamp(1, 2)
        }
    }
}

/// The most bytes that copies of a pixel take while it is converted.
pub(super) fn copied_bytes_per_pixel(directory: &Directory<'_>) -> u64 {
    let sample = directory.bits.max(8).div_ceil(8);
    directory.samples.saturating_mul(sample)
}

/// Converts the samples of a checked directory to a picture.
pub(super) fn picture(
    file: &File<'_>,
    directory: &Directory<'_>,
    size: (u32, u32),
    stored: Stored,
) -> Result<DynamicImage, ThumbnailError> {
    let count = usize::try_from(directory.samples).unwrap_or(usize::MAX);
    let kept = usize::try_from(directory.photometric.samples()).unwrap_or(usize::MAX)
        + usize::from(has_alpha(directory));
    let picture = match stored {
        Stored::Bytes(samples) => {
            whole_numbers(file, directory, size, first(samples, count, kept), kept)?
        }
        Stored::Words(samples) => {
            whole_numbers(file, directory, size, first(samples, count, kept), kept)?
        }
        Stored::Floats(samples) => {
            let mut samples = first(samples, count, kept);
            match directory.photometric {
                Photometric::WhiteIsZero => samples
                    .chunks_exact_mut(kept)
                    .filter_map(|pixel| pixel.first_mut())
                    .for_each(|grey| *grey = 1.0 - *grey),
                Photometric::BlackIsZero | Photometric::Rgb => {}
                other => return Err(file.unsupported(format!("floats as {other:?}"))),
            }
            if has_alpha(directory) && directory.extra == Extra::Premultiplied {
                for pixel in samples.chunks_exact_mut(kept) {
                    if let Some((&mut alpha, colors)) = pixel.split_last_mut()
                        && alpha > 0.0
                    {
                        for color in colors {
                            *color /= alpha;
                        }
                    }
                }
            }
            float_picture(size, samples, kept)
        }
    };
    picture.ok_or_else(|| file.truncated(None))
}

fn whole_numbers<T: Sample>(
    file: &File<'_>,
    directory: &Directory<'_>,
    size: (u32, u32),
    mut samples: Vec<T>,
    count: usize,
) -> Result<Option<DynamicImage>, ThumbnailError> {
    match directory.photometric {
        Photometric::Palette => {
            let palette = directory.palette().ok_or_else(|| ambiguous(file))?;
            let color = |index: &T| palette.get(index.index()).copied().unwrap_or_default();
            let colors = samples.iter().flat_map(color).collect();
            return Ok(u8::picture(size, colors, 3));
        }
        Photometric::WhiteIsZero | Photometric::BlackIsZero => {
            let is_inverted = directory.photometric == Photometric::WhiteIsZero;
            // Samples of less than 8 bits hold unscaled numbers.
            let most =
                if directory.bits < 8 { f32::from((1_u16 << directory.bits) - 1) } else { T::MOST };
            if is_inverted || directory.bits < 8 {
                for pixel in samples.chunks_exact_mut(count) {
                    for (place, sample) in pixel.iter_mut().enumerate() {
                        let part = sample.number() / most;
                        *sample = T::of(if is_inverted && place == 0 { 1.0 - part } else { part });
                    }
                }
            }
        }
        Photometric::Cmyk => {
            return Ok(u8::picture(size, samples.iter().map(|ink| ink.byte()).collect(), 4));
        }
        Photometric::YCbCr => recolor(&mut samples, count, |[luma, blue, red]| {
            inks::rgb(luma.byte(), blue.byte(), red.byte()).map(|sample| f32::from(sample) / 255.0)
        }),
        Photometric::CieLab | Photometric::IccLab => {
            let is_signed = directory.photometric == Photometric::CieLab;
            let step = (T::MOST + 1.0) / 256.0;
            let chroma = |sample: T| {
                let chroma = sample.number() / step;
                if !is_signed {
                    chroma - 128.0
                } else if chroma >= 128.0 {
                    chroma - 256.0
                } else {
                    chroma
                }
            };
            recolor(&mut samples, count, |[lightness, a, b]| {
                lab::to_srgb([lightness.part() * 100.0, chroma(a), chroma(b)])
            });
        }
        Photometric::Rgb | Photometric::Other(_) => {}
    }
    if has_alpha(directory) && directory.extra == Extra::Premultiplied {
        for pixel in samples.chunks_exact_mut(count) {
            if let Some((alpha, colors)) = pixel.split_last_mut() {
                let alpha = alpha.part();
                if alpha > 0.0 && alpha < 1.0 {
                    for color in colors {
                        *color = T::of(color.part() / alpha);
                    }
                }
            }
        }
    }
    Ok(T::picture(size, samples, count))
}

/// Replaces the first three samples of each pixel by red, green and blue, given as parts.
fn recolor<T: Sample>(samples: &mut [T], count: usize, rgb: impl Fn([T; 3]) -> [f32; 3]) {
    for pixel in samples.chunks_exact_mut(count) {
        if let Some(color) = pixel.first_chunk_mut::<3>() {
            *color = rgb(*color).map(T::of);
        }
    }
}
