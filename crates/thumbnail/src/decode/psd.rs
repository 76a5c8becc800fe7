//! PSD and PSB: the merged picture that Photoshop stores after the layers ("Adobe Photoshop File
//! Formats Specification", 2019). Layers are not decoded; a file without a merged picture is
//! refused.

mod sections;

use image::DynamicImage;

use super::cost::DecodeCost;
use super::decoder::{Decode, Opened};
use super::file::File;
use super::picture::{Picture, is_transparent};
use super::samples::{Sample, float_picture, is_bright};
use crate::color::inks::Inks;
use crate::color::kind::Kind;
use crate::color::lab;
use crate::color::profile::Profile;
use crate::error::ThumbnailError;
use crate::exif;
use sections::{Mode, Rows, Sections};

/// Colours of sRGB's primaries, as amounts of light (ITU-T H.273, 8.1 and 8.2).
const BT709: u16 = 1;
const LINEAR: u16 = 8;

/// A file whose sections were read and checked.
struct Psd<'a> {
    file: File<'a>,
    sections: Sections<'a>,
    cost: DecodeCost,
}

/// Reads the sections.
pub(super) fn open(file: File<'_>) -> Opened<'_> {
    let sections = sections(&file)?;
    let depth_bytes = u64::from(sections.depth.div_ceil(8));
    let stored = sections.stored_samples() as u64 * depth_bytes;
    let (bytes_per_pixel, has_copy) = match (sections.mode, sections.depth) {
        (Mode::Indexed, _) => (3, true),
        (Mode::Cmyk, 16) => (4, true),
        (Mode::Grey, 32) => (stored + 8, true),
        _ => (stored, false),
    };
    let pixels = u64::from(sections.width) * u64::from(sections.height);
    let copied = if has_copy { pixels * stored } else { 0 };
    let working_bytes = sections.row_bytes() as u64 * 2 + copied;
    let cost = DecodeCost {
        kept_bytes: sections.profile.map_or(0, <[u8]>::len) as u64 * 8,
        ..DecodeCost::new(sections.size(), bytes_per_pixel, sections.has_alpha(), working_bytes)
    };
    Ok(Box::new(Psd { file, sections, cost }))
}

/// Reads the sections, and refuses a file whose merged picture cannot be decoded.
fn sections<'a>(file: &File<'a>) -> Result<Sections<'a>, ThumbnailError> {
    let sections = Sections::of(file.source).ok_or_else(|| file.truncated(None))?;
    file.check_pixels(sections.width, sections.height)?;
    if sections.is_unmerged {
        return Err(file.unsupported("it was saved without a merged picture"));
    }
    if sections.is_squeezed() {
        return Err(file.unsupported("its merged picture is compressed in a way of layers"));
    }
    let (mode, depth) = (sections.mode, sections.depth);
    match (mode, depth) {
        (Mode::Other(mode), _) => {
            return Err(file.unsupported(format!("colours of mode {mode}")));
        }
        (Mode::Bitmap, 1)
        | (Mode::Indexed, 8)
        | (Mode::Grey | Mode::Rgb, 8 | 16 | 32)
        | (Mode::Cmyk | Mode::Lab, 8 | 16) => {}
        _ => return Err(file.unsupported(format!("{depth} bits a sample in {mode:?} mode"))),
    }
    if sections.channels < sections.colors() {
        return Err(file.corrupt(format!("{} channels in {mode:?} mode", sections.channels)));
    }
    Ok(sections)
}

impl Decode for Psd<'_> {
    fn cost(&self) -> &DecodeCost {
        &self.cost
    }

    fn decode(self: Box<Self>) -> Result<Picture, ThumbnailError> {
        let Self { file, sections, .. } = *self;
        let pixels = match sections.depth {
            1 => bitmap(&file, &sections)?,
            8 => whole_numbers(&sections, planes(&file, &sections, |[byte]| byte)?),
            16 => whole_numbers(&sections, planes(&file, &sections, u16::from_be_bytes)?),
            _ => {
                let samples = planes(&file, &sections, f32::from_be_bytes)?;
                float_picture(sections.size(), samples, sections.stored_samples())
            }
        };
        let pixels = pixels.ok_or_else(|| file.truncated(None))?;
        // Floats are light, with 1 for white paper: Photoshop shows documents of 32 bits like that.
        let is_light = sections.depth == 32;
        let is_scene_light = is_light && is_bright(&pixels);
        let kind = match sections.mode {
            // Their greys become colours.
            _ if is_light => Some(Kind::Rgb),
            Mode::Bitmap | Mode::Grey => Some(Kind::Grey),
            Mode::Indexed | Mode::Rgb => Some(Kind::Rgb),
            Mode::Cmyk => Some(Kind::Cmyk),
            Mode::Lab | Mode::Other(_) => None,
        };
        let is_cmyk = sections.mode == Mode::Cmyk;
        let profile = sections.profile.zip(kind);
        let profile = profile.and_then(|(icc, kind)| Profile::parse_for(icc, kind));
        let linear = || Profile::by_numbers(BT709, LINEAR, Kind::Rgb).filter(|_| is_light);
        Ok(Picture {
            reduced: None,
            is_transparent: !is_cmyk && is_transparent(&pixels),
            pixels,
            inks: is_cmyk.then_some(Inks { is_ycck: false, is_inverted: true }),
            profile: profile.or_else(linear).filter(|_| !is_scene_light),
            is_scene_light,
            orientation: exif::orientation(sections.exif),
        })
    }
}

/// Reads the visible channels, which are stored one after the other, as interleaved samples.
fn planes<T: Copy + Default, const BYTES: usize>(
    file: &File<'_>,
    sections: &Sections<'_>,
    read: impl Fn([u8; BYTES]) -> T,
) -> Result<Vec<T>, ThumbnailError> {
    let (width, count) = (sections.width as usize, sections.stored_samples());
    let mut samples = vec![T::default(); width * sections.height as usize * count];
    let mut rows = Rows::of(sections).ok_or_else(|| file.truncated(None))?;
    for channel in 0..count {
        for row in samples.chunks_exact_mut(width * count) {
            let bytes = rows.next(file)?;
            for (pixel, bytes) in row.chunks_exact_mut(count).zip(bytes.as_chunks().0) {
                if let Some(sample) = pixel.get_mut(channel) {
                    *sample = read(*bytes);
                }
            }
        }
    }
    Ok(samples)
}

/// One bit a pixel, with 1 for black.
fn bitmap(
    file: &File<'_>,
    sections: &Sections<'_>,
) -> Result<Option<DynamicImage>, ThumbnailError> {
    let width = sections.width as usize;
    let mut samples = vec![0; width * sections.height as usize];
    let mut rows = Rows::of(sections).ok_or_else(|| file.truncated(None))?;
    for row in samples.chunks_exact_mut(width) {
        let bits = rows.next(file)?;
        let bits = bits.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1));
        row.iter_mut().zip(bits).for_each(|(sample, bit)| *sample = (1 - bit) * u8::MAX);
    }
    Ok(u8::picture(sections.size(), samples, 1))
}

/// Converts samples of 8 or 16 bits.
fn whole_numbers<T: Sample>(sections: &Sections<'_>, mut samples: Vec<T>) -> Option<DynamicImage> {
    let count = sections.stored_samples();
    match sections.mode {
        Mode::Indexed => {
            // The palette has all reds first, then greens, then blues.
            let place = |index: usize, part: usize| sections.palette.get(part * 256 + index);
            let colors = samples.iter().flat_map(|index| {
                let index = index.index();
                (0..3).map(move |part| place(index, part).copied().unwrap_or(0))
            });
            return u8::picture(sections.size(), colors.collect(), 3);
        }
        // Inks are resized at 8 bits.
        Mode::Cmyk => {
            return u8::picture(
                sections.size(),
                samples.iter().map(|sample| sample.byte()).collect(),
                4,
            );
        }
        Mode::Lab => {
            for pixel in samples.chunks_exact_mut(count) {
                let [lightness, a, b, ..] = pixel else { continue };
                let [red, green, blue] =
                    lab::to_srgb([lightness.part() * 100.0, chroma(*a), chroma(*b)]);
                (*lightness, *a, *b) = (T::of(red), T::of(green), T::of(blue));
            }
        }
        _ => {}
    }
    if sections.has_alpha() && sections.mode != Mode::Lab {
        // Photoshop lays merged pictures on white, where no colour can be darker than the white
        // that shows through. Other writers do not.
        let is_matted = samples.chunks_exact(count).all(|pixel| {
            pixel.split_last().is_some_and(|(alpha, colors)| {
                let white = T::MOST - alpha.number();
                colors.iter().all(|color| color.number() + T::MOST / 128.0 >= white)
            })
        });
        if is_matted {
            samples.chunks_exact_mut(count).for_each(unmatte);
        }
    }
    T::picture(sections.size(), samples, count)
}

/// The distance of a sample from the middle, in units of a* and b*.
fn chroma<T: Sample>(sample: T) -> f32 {
    let step = (T::MOST + 1.0) / 256.0;
    sample.number() / step - 128.0
}

/// Removes the white that shows through a pixel, by its alpha, the last sample.
fn unmatte<T: Sample>(pixel: &mut [T]) {
    if let Some((alpha, colors)) = pixel.split_last_mut() {
        let alpha = alpha.part();
        if alpha > 0.0 && alpha < 1.0 {
            for color in colors {
                *color = T::of((color.part() - (1.0 - alpha)) / alpha);
            }
        }
    }
}
