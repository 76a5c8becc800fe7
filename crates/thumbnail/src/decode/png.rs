//! PNG, through the `image` crate's decoder. It inflates an ICC profile before anything else, so
//! the chunks are walked first, and the decoder gets only the memory that they can sensibly take.

use std::io::Cursor;

use image::codecs::png::PngDecoder;
use image::error::{DecodingError, ImageFormatHint, LimitError, LimitErrorKind};
use image::metadata::Orientation;
use image::{ImageError, ImageFormat};

use super::cost::DecodeCost;
use super::decoder::{Decode, Opened};
use super::file::File;
use super::picture::{Picture, Reduced, image_of};
use crate::color::kind::Kind;
use crate::color::profile::Profile;
use crate::error::ThumbnailError;
use crate::exif;
use crate::shrink::{Shrink, Shrinker, Shrunk};
use crate::target::Target;

/// The largest profile that is inflated, in bytes: profiles for printing presses have about 2 MB.
const MAX_PROFILE_BYTES: u64 = 8 << 20;

/// The highest compression ratio of deflate.
const MOST_INFLATED: u64 = 1032;

/// What the decoder holds for each chunk beside its payload, in bytes.
const CHUNK_BYTES: u64 = 128;

/// What the decoder holds beside rows and chunks, in bytes: the inflater's window and buffers.
const INFLATER_BYTES: u64 = 1 << 19;

/// What the decoder may hold for rows, chunks and profile beyond their own bytes.
const OTHER_DECODER_BYTES: u64 = 1 << 16;

/// A picture whose chunks before its pixels were read.
struct Png<'a> {
    file: File<'a>,
    target: Target<'a>,
    header: Header,
    cost: DecodeCost,
}

/// Walks the chunks.
pub(super) fn open<'a>(file: File<'a>, target: &Target<'a>) -> Opened<'a> {
    let header = Header::of(file.source).ok_or_else(|| file.truncated(None))?;
    file.check_pixels(header.width, header.height)?;
    let channels = u64::from(header.channels) + u64::from(header.has_transparent_color);
    let bytes_per_pixel = channels * u64::from(header.bytes_per_sample);
    let profile = header.profile_bytes();
    let shrink = header.shrink(target);
    // The profile is inflated into a growing buffer, and then copied.
    let working_bytes = shrink.map_or(0, |shrink| shrink.working_bytes(bytes_per_pixel))
        + header.row_bytes() * 4
        + header.chunk_bytes * 3
        + profile * 4
        + INFLATER_BYTES;
    let size = (header.width, header.height);
    let cost = DecodeCost {
        reduced: shrink.map(Shrink::size),
        kept_bytes: profile * 8,
        ..DecodeCost::new(size, bytes_per_pixel, channels.is_multiple_of(2), working_bytes)
    };
    Ok(Box::new(Png { file, target: target.clone(), header, cost }))
}

impl Decode for Png<'_> {
    fn cost(&self) -> &DecodeCost {
        &self.cost
    }

    /// Decodes the picture. For an APNG, this is the default image.
    fn decode(self: Box<Self>) -> Result<Picture, ThumbnailError> {
        let Self { file, target, header, cost } = *self;
        let room =
            header.row_bytes() + header.chunk_bytes + header.profile_bytes() + OTHER_DECODER_BYTES;
        if header.comes_in_rows()
            && let Some(picture) = shrunk(&file, room, &target)?
        {
            return Ok(picture);
        }
        let mut limits = image::Limits::no_limits();
        limits.max_alloc = Some(room);
        file.read(PngDecoder::with_limits(Cursor::new(file.source), limits), &cost, None)
    }
}

/// Decodes row by row into a smaller picture; `None` if it would not be smaller.
fn shrunk(
    file: &File<'_>,
    room: u64,
    target: &Target<'_>,
) -> Result<Option<Picture>, ThumbnailError> {
    let refuse = |error| file.refuse(image_error(error), room);
    let limits = ::png::Limits { bytes: usize::try_from(room).unwrap_or(usize::MAX) };
    let mut decoder = ::png::Decoder::new_with_limits(Cursor::new(file.source), limits);
    decoder.set_ignore_text_chunk(true);
    decoder.set_transformations(::png::Transformations::EXPAND);
    let mut reader = decoder.read_info().map_err(refuse)?;
    let info = reader.info();
    let stored = info.size();
    file.check_pixels(stored.0, stored.1)?;
    let orientation = exif::orientation(info.exif_metadata.as_deref());
    let Some(shrink) = Shrink::of(target, stored, orientation) else { return Ok(None) };
    let color_type = reader.output_color_type().0;
    let kind = match color_type {
        ::png::ColorType::Grayscale | ::png::ColorType::GrayscaleAlpha => Kind::Grey,
        _ => Kind::Rgb,
    };
    let icc = info.icc_profile.as_ref();
    let profile = icc.and_then(|icc| Profile::parse_for(icc, kind));

    let mut shrinker = Shrinker::new(shrink, color_type.samples());
    let mut row = vec![0; stored.0 as usize * color_type.samples()];
    while reader.read_row(&mut row).map_err(refuse)?.is_some() {
        shrinker.push(&mut row);
    }
    let Shrunk { size, samples, is_transparent, scale } = shrinker.finish()?;
    let pixels = image_of(color_type.samples(), size, samples);
    Ok(Some(Picture {
        pixels: pixels.ok_or_else(|| file.truncated(None))?,
        reduced: Some(Reduced { from: stored, scale, is_weighted: is_transparent }),
        inks: None,
        is_transparent,
        profile,
        is_scene_light: false,
        orientation,
    }))
}

/// Converts the decoder's error to the `image` crate's.
fn image_error(error: ::png::DecodingError) -> ImageError {
    match error {
        ::png::DecodingError::IoError(error) => ImageError::IoError(error),
        ::png::DecodingError::LimitsExceeded => {
            ImageError::Limits(LimitError::from_kind(LimitErrorKind::InsufficientMemory))
        }
        error => ImageError::Decoding(DecodingError::new(
            ImageFormatHint::Exact(ImageFormat::Png),
            error,
        )),
    }
}

/// What the chunks before the first `IDAT` tell (PNG, third edition, 11.2 and 11.3).
struct Header {
    width: u32,
    height: u32,
    bytes_per_sample: u8,
    /// Channels of a decoded pixel, without the alpha that transparent colours add.
    channels: u8,
    /// Whether a `tRNS` chunk makes colours transparent, so that pixels get alpha.
    has_transparent_color: bool,
    /// Whether rows come in the seven passes of Adam7.
    is_interlaced: bool,
    /// Bytes in chunks before the pixels.
    chunk_bytes: u64,
    /// Bytes in the chunk that holds the deflated profile.
    deflated_profile_bytes: u64,
}

impl Header {
    fn of(source: &[u8]) -> Option<Self> {
        let &[w3, w2, w1, w0, h3, h2, h1, h0, depth, color_type] =
            source.get(16..)?.first_chunk::<10>()?;
        let mut header = Self {
            width: u32::from_be_bytes([w3, w2, w1, w0]),
            height: u32::from_be_bytes([h3, h2, h1, h0]),
            bytes_per_sample: if depth == 16 { 2 } else { 1 },
            channels: match color_type {
                0 => 1,
                2 | 3 => 3,
                4 => 2,
                _ => 4,
            },
            has_transparent_color: false,
            is_interlaced: source.get(28) != Some(&0),
            chunk_bytes: 0,
            deflated_profile_bytes: 0,
        };
        // `IHDR` comes first, and is 25 bytes long.
        let mut rest = source.get(33..).unwrap_or_default();
        while let Some((&[l3, l2, l1, l0, name @ ..], after)) = rest.split_first_chunk::<8>() {
            let length = u32::from_be_bytes([l3, l2, l1, l0]);
            match &name {
                b"IDAT" => break,
                b"tRNS" => header.has_transparent_color = matches!(color_type, 0 | 2 | 3),
                b"iCCP" => header.deflated_profile_bytes += u64::from(length),
                _ => {}
            }
            // The checksum has 4 bytes. A payload beyond the end of the file is never read.
            let payload = (length as usize).min(after.len());
            header.chunk_bytes += payload as u64 + CHUNK_BYTES;
            rest = after.get(payload + 4..).unwrap_or_default();
        }
        Some(header)
    }

    /// Whether rows come in order, with samples of 8 bits, so that they can be shrunk one by one.
    fn comes_in_rows(&self) -> bool {
        self.bytes_per_sample == 1 && !self.is_interlaced
    }

    /// How the picture is shrunk while it is decoded, if it is. The orientation may not be known
    /// yet, so this is the larger result of upright and on its side.
    fn shrink(&self, target: &Target<'_>) -> Option<Shrink> {
        if !self.comes_in_rows() {
            return None;
        }
        let of = |orientation| Shrink::of(target, (self.width, self.height), orientation);
        let (upright, on_side) = (of(Orientation::NoTransforms)?, of(Orientation::Rotate90)?);
        let area = |shrink: Shrink| u64::from(shrink.size().0) * u64::from(shrink.size().1);
        Some(if area(on_side) > area(upright) { on_side } else { upright })
    }

    /// The longest that a row can be, in bytes.
    fn row_bytes(&self) -> u64 {
        u64::from(self.width) * 8
    }

    /// The longest that the profile can be, in bytes.
    fn profile_bytes(&self) -> u64 {
        self.deflated_profile_bytes.saturating_mul(MOST_INFLATED).min(MAX_PROFILE_BYTES)
    }
}
