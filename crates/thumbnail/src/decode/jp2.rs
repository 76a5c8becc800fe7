//! JPEG 2000 (ISO/IEC 15444-1), in a JP2 file or as a bare codestream, through `hayro_jpeg2000`. No
//! other file uses that crate. The headers are read here first: they tell what decoding takes, and
//! the decoder takes a codestream that is cut off for a whole one.

mod cost;
mod header;

use hayro_jpeg2000::{
    ColorSpace, DecodeError, DecodeSettings, DecodedImage, DecoderContext, FormatError, Image,
    MarkerError,
};
use image::metadata::Orientation;
use image::{DynamicImage, ImageBuffer, Pixel};

use super::cost::DecodeCost;
use super::decoder::{Decode, Opened};
use super::file::File;
use super::picture::{Picture, Reduced, image_of, is_transparent};
use crate::color::inks::Inks;
use crate::color::kind::Kind;
use crate::color::profile::Profile;
use crate::error::ThumbnailError;
use crate::geometry::Size;
use crate::target::Target;
use header::{Broken, Header};

/// The most components of a picture, and channels that a palette makes of them: inks and alpha.
const MAX_CHANNELS: u64 = 5;

/// A picture whose headers were read.
struct Jp2<'a> {
    file: File<'a>,
    image: Image<'a>,
    kind: Kind,
    /// Samples of a pixel, and whether each has more than 8 bits.
    channels: usize,
    is_deep: bool,
    cost: DecodeCost,
}

/// Reads the headers.
pub(super) fn open<'a>(file: File<'a>, target: &Target<'_>) -> Opened<'a> {
    let header = Header::of(file.source).map_err(|broken| match broken {
        Broken::Truncated => file.truncated(None),
        Broken::Corrupt => file.corrupt("its headers make no sense"),
    })?;
    let (width, height) = header.grid();
    file.check_pixels(width, height)?;
    if header.lacks_tiles() {
        return Err(file.corrupt("tiles of it are missing"));
    }
    let channels = header.mapped.max(header.depths.len() as u64);
    file.check_parts("channels", channels, MAX_CHANNELS)?;

    let open = |least: Option<Size>| {
        let settings = DecodeSettings {
            resolve_palette_indices: true,
            strict: false,
            target_resolution: least,
        };
        Image::new(file.source, &settings).map_err(|error| refuse(&file, error))
    };
    let mut image = open(None)?;
    let size = (image.width(), image.height());
    file.check_pixels(size.0, size.1)?;
    let (kind, colors) = match image.color_space() {
        ColorSpace::Gray | ColorSpace::Icc { num_channels: 1, .. } => (Kind::Grey, 1),
        ColorSpace::RGB => (Kind::Rgb, 3),
        ColorSpace::Icc { num_channels: 3, profile } if !is_lab(profile) => (Kind::Rgb, 3),
        ColorSpace::CMYK | ColorSpace::Icc { num_channels: 4, .. } if !image.has_alpha() => {
            (Kind::Cmyk, 4)
        }
        _ => return Err(file.unsupported("colours of an unusual kind")),
    };
    let channels = colors + usize::from(image.has_alpha());
    // The colours of a transparent picture would have to be premultiplied before it is reduced.
    let scale = target.scale(size, Orientation::NoTransforms);
    if !image.has_alpha() && scale < 1.0 {
        image = open(Some((least(size.0, scale), least(size.1, scale))))?;
    }
    let reduced = (image.width(), image.height());
    let is_deep = kind != Kind::Cmyk && header.depths.iter().any(|&depth| depth > 8);
    let profile = profile_of(&image).map_or(0, <[u8]>::len) as u64;
    let bytes_per_pixel = channels as u64 * if is_deep { 2 } else { 1 };
    let working_bytes = cost::working_bytes(&header, reduced, file.source.len()) + profile;
    let cost = DecodeCost {
        reduced: Some(reduced).filter(|reduced| *reduced != size),
        kept_bytes: profile * 8,
        ..DecodeCost::new(size, bytes_per_pixel, image.has_alpha(), working_bytes)
    };
    Ok(Box::new(Jp2 { file, image, kind, channels, is_deep, cost }))
}

/// The fewest pixels of a side that are needed.
fn least(side: u32, scale: f64) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "less than a side")]
    let least = (f64::from(side) * scale).ceil() as u32;
    least.max(1)
}

impl Decode for Jp2<'_> {
    fn cost(&self) -> &DecodeCost {
        &self.cost
    }

    fn decode(self: Box<Self>) -> Result<Picture, ThumbnailError> {
        let Self { file, ref image, kind, channels, is_deep, ref cost } = *self;
        let mut context = DecoderContext::default();
        let decoded = image.decode(&mut context).map_err(|error| refuse(&file, error))?;
        let size = (image.width(), image.height());
        let samples = Samples { decoded: &decoded, channels, size };
        let pixels = match (channels, is_deep) {
            (channels, false) => samples.narrow().and_then(|all| image_of(channels, size, all)),
            (1, true) => samples.wide().map(DynamicImage::ImageLuma16),
            (2, true) => samples.wide().map(DynamicImage::ImageLumaA16),
            (3, true) => samples.wide().map(DynamicImage::ImageRgb16),
            (_, true) => samples.wide().map(DynamicImage::ImageRgba16),
        };
        let pixels = pixels.ok_or_else(|| file.corrupt("its channels are not as many as told"))?;
        let from = (cost.width, cost.height);
        let part = |of: u32, whole: u32| {
            // Each reduction halves the sides, rounded up.
            let halvings = (0..32).find(|&halvings| whole.div_ceil(1 << halvings) <= of);
            f64::from(1_u32 << halvings.unwrap_or(0)).recip()
        };
        let scale = (part(size.0, from.0), part(size.1, from.1));
        let is_cmyk = kind == Kind::Cmyk;
        Ok(Picture {
            is_transparent: !is_cmyk && is_transparent(&pixels),
            pixels,
            reduced: cost.reduced.map(|_| Reduced { from, scale, is_weighted: false }),
            inks: is_cmyk.then_some(Inks { is_ycck: false, is_inverted: false }),
            profile: profile_of(image).and_then(|icc| Profile::parse_for(icc, kind)),
            is_scene_light: false,
            orientation: Orientation::NoTransforms,
        })
    }
}

/// Decoded samples, a channel after the other.
struct Samples<'a> {
    decoded: &'a DecodedImage<'a>,
    channels: usize,
    size: Size,
}

impl Samples<'_> {
    fn narrow(&self) -> Option<Vec<u8>> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a float is cast to the nearest that fits"
        )]
        self.interleaved(255.0, |sample| sample as u8)
    }

    fn wide<P: Pixel<Subpixel = u16>>(&self) -> Option<ImageBuffer<P, Vec<u16>>> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a float is cast to the nearest that fits"
        )]
        let samples = self.interleaved(65_535.0, |sample| sample as u16)?;
        ImageBuffer::from_raw(self.size.0, self.size.1, samples)
    }

    /// All samples, pixel by pixel, so that the largest is `most`.
    fn interleaved<T: Copy + Default>(
        &self,
        most: f32,
        round: impl Fn(f32) -> T,
    ) -> Option<Vec<T>> {
        let pixels = self.size.0 as usize * self.size.1 as usize;
        let components = self.decoded.components();
        if components.len() != self.channels {
            return None;
        }
        let mut all = vec![T::default(); pixels * self.channels];
        for (channel, component) in components.iter().enumerate() {
            let steps = 2.0_f32.powi(component.bit_depth().into()) - 1.0;
            let samples = component.samples();
            if samples.len() != pixels {
                return None;
            }
            let places = all.iter_mut().skip(channel).step_by(self.channels);
            for (place, &sample) in places.zip(samples) {
                *place = round(sample * (most / steps) + 0.5);
            }
        }
        Some(all)
    }
}

fn profile_of<'a>(image: &'a Image<'_>) -> Option<&'a [u8]> {
    match image.color_space() {
        ColorSpace::Icc { profile, .. } => Some(profile),
        _ => None,
    }
}

/// Whether a profile is for CIELab, in place of a device's colours (ISO 15076-1, 7.2.8).
fn is_lab(profile: &[u8]) -> bool {
    profile.get(16..20) == Some(b"Lab ".as_slice())
}

/// Converts the decoder's error to one that says who is at fault.
fn refuse(file: &File<'_>, error: DecodeError) -> ThumbnailError {
    match error {
        DecodeError::Format(FormatError::Unsupported)
        | DecodeError::Marker(MarkerError::Unsupported) => file.unsupported(error),
        _ => file.corrupt(error),
    }
}
