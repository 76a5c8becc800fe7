//! The meaning of a TIFF file's samples: greys, palette indices, inks, luma and chroma, L*a*b*, and
//! alpha in either form are converted to pixels (TIFF 6.0, sections 4 to 6, 16, 18, 20, 21 and 23).

use image::DynamicImage;

use super::chroma::Units;
use super::directory::{Directory, ambiguous};
use super::luma::Luma;
use super::stored::Stored;
use super::values::{Extra, Numbers, Photometric};
use crate::color::convert::convert_to;
use crate::color::inks::Inks;
use crate::color::lab;
use crate::color::profile::Profile;
use crate::decode::file::File;
use crate::decode::samples::{Sample, first, float_picture};
use crate::error::ThumbnailError;
use crate::raster::{Channels, Raster, Samples};
use crate::spec::Gamut;

/// How inks are stored.
pub(super) const INKS: Inks = Inks { is_ycck: false, is_inverted: false };

/// Refuses a picture whose samples have no known meaning.
pub(super) fn check(file: &File<'_>, directory: &Directory<'_>) -> Result<(), ThumbnailError> {
    let (samples, bits) = (directory.samples, directory.bits);
    if samples < directory.photometric.samples() {
        let source = format!("{samples} samples for {:?}", directory.photometric).into();
        return Err(ThumbnailError::Undecodable { format: file.format, source });
    }
    if !matches!(bits, 1..=32 | 64) {
        return Err(file.unsupported(format!("{bits} bits a sample")));
    }
    if directory.numbers == Numbers::Other {
        return Err(file.unsupported("samples that are complex or of different kinds"));
    }
    let is_fax = matches!(directory.compression, 2..=4 | 32_771);
    let is_lossy = matches!(directory.compression, 6 | 7 | 50_001);
    if is_fax && (samples, bits) != (1, 1) {
        return Err(ambiguous(file));
    }
    let is_float = directory.numbers == Numbers::Float;
    if is_float && !matches!(bits, 16 | 32 | 64) || is_lossy && (is_float || bits != 8) {
        return Err(
            file.unsupported(format!("{bits} bits a sample, as floats or in a JPEG or WebP"))
        );
    }
    let is_subsampled = directory.is_subsampled();
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
        Photometric::YCbCr if is_subsampled && Units::new(directory.chroma).is_none() => {
            Err(file.unsupported("pixels that share chroma by other numbers than 1, 2 or 4"))
        }
        Photometric::YCbCr
            if is_subsampled && (directory.is_planar || (samples, bits) != (3, 8)) =>
        {
            Err(file.unsupported("pixels that share chroma in planes, or not of 8 bits"))
        }
        _ => Ok(()),
    }
}

/// Bytes that a decoded pixel takes.
pub(super) fn bytes_per_pixel(directory: &Directory<'_>) -> u64 {
    let alpha = u64::from(directory.has_alpha());
    match (directory.photometric, directory.numbers) {
        (Photometric::Palette, _) => 3 + alpha,
        (Photometric::Cmyk, _) => 4,
        (_, Numbers::Float) => (3 + alpha) * 4,
        (photometric, _) => {
            (photometric.samples() + alpha) * directory.bits.div_ceil(8).clamp(1, 2)
        }
    }
}

/// The most bytes that copies of a pixel take while it is converted.
pub(super) fn copied_bytes_per_pixel(directory: &Directory<'_>) -> u64 {
    let sample = match (directory.numbers, directory.bits) {
        (Numbers::Float, _) => 4,
        (_, ..=8) => 1,
        _ => 2,
    };
    // Inks, and the colours that they become.
    let mixed =
        if directory.photometric == Photometric::Cmyk && directory.has_alpha() { 7 } else { 0 };
    directory.samples.saturating_mul(sample) + mixed
}

/// Converts the samples of a checked directory to a picture. That of inks without alpha is in four
/// channels; beside alpha, they are mixed here, by the profile.
pub(super) fn picture(
    file: &File<'_>,
    directory: &Directory<'_>,
    profile: Option<&Profile>,
    stored: Stored,
) -> Result<DynamicImage, ThumbnailError> {
    let size = directory.size;
    let count = usize::try_from(directory.samples).unwrap_or(usize::MAX);
    let kept = usize::try_from(directory.photometric.samples()).unwrap_or(usize::MAX)
        + usize::from(directory.has_alpha());
    let picture = match stored {
        Stored::Bytes(samples) => {
            whole_numbers(file, directory, profile, first(samples, count, kept), kept)?
        }
        Stored::Words(samples) => {
            whole_numbers(file, directory, profile, first(samples, count, kept), kept)?
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
            if directory.has_alpha() && directory.extra == Extra::Premultiplied {
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
    profile: Option<&Profile>,
    mut samples: Vec<T>,
    count: usize,
) -> Result<Option<DynamicImage>, ThumbnailError> {
    let size = directory.size;
    match directory.photometric {
        Photometric::Palette => {
            let palette = directory.palette().ok_or_else(|| ambiguous(file))?;
            let color = |index: T| palette.get(index.index()).copied().unwrap_or_default();
            // Alpha is stored beside an index, at its depth.
            let most = u64::MAX >> (64 - directory.bits.clamp(1, 64));
            #[expect(clippy::cast_precision_loss, reason = "at most 16 bits")]
            let alpha = |sample: &T| u8::of(sample.number() / most as f32);
            let colors = samples.chunks_exact(count).flat_map(|pixel| {
                let (index, alphas) = pixel
                    .split_first()
                    .map_or((T::default(), &[][..]), |(&index, alphas)| (index, alphas));
                color(index).into_iter().chain(alphas.iter().map(alpha))
            });
            return Ok(u8::picture(size, colors.collect(), 2 + count));
        }
        Photometric::WhiteIsZero => {
            for grey in samples.chunks_exact_mut(count).filter_map(|pixel| pixel.first_mut()) {
                *grey = T::of(1.0 - grey.part());
            }
        }
        Photometric::YCbCr => {
            let luma = Luma::of(directory);
            recolor(&mut samples, count, |pixel| luma.rgb(pixel.map(Sample::byte)));
        }
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
        Photometric::BlackIsZero | Photometric::Rgb | Photometric::Cmyk | Photometric::Other(_) => {
        }
    }
    if directory.has_alpha() && directory.extra == Extra::Premultiplied {
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
    if directory.photometric == Photometric::Cmyk {
        return Ok(if directory.has_alpha() {
            mixed(size, &samples, profile)
        } else {
            u8::picture(size, samples.iter().map(|ink| ink.byte()).collect(), 4)
        });
    }
    Ok(T::picture(size, samples, count))
}

/// Converts inks, each with alpha, to colours: what follows knows no inks with alpha.
fn mixed<T: Sample>(
    size: (u32, u32),
    samples: &[T],
    profile: Option<&Profile>,
) -> Option<DynamicImage> {
    let (pixels, _) = samples.as_chunks::<5>();
    let inks = pixels.iter().flat_map(|&[c, m, y, k, _]| [c, m, y, k].map(Sample::byte)).collect();
    let (width, height) = size;
    let raster = Raster { width, height, channels: Channels::Cmyk, samples: Samples::U8(inks) };
    let colors = convert_to(Gamut::Srgb, raster, Some(INKS), profile).samples;
    let (colors, _) = colors.as_chunks::<3>();
    let colors = colors
        .iter()
        .zip(pixels)
        .flat_map(|(&[red, green, blue], [.., alpha])| [red, green, blue, alpha.byte()]);
    u8::picture(size, colors.collect(), 4)
}

/// Replaces the first three samples of each pixel by red, green and blue, given as parts.
fn recolor<T: Sample>(samples: &mut [T], count: usize, rgb: impl Fn([T; 3]) -> [f32; 3]) {
    for pixel in samples.chunks_exact_mut(count) {
        if let Some(color) = pixel.first_chunk_mut::<3>() {
            *color = rgb(*color).map(T::of);
        }
    }
}
