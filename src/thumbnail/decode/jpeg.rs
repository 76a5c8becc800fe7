//! JPEG, through the decoder that the `image` crate uses itself: asked directly, it parses the
//! headers once and hands out CMYK as stored, for its profile to convert.

use image::metadata::Orientation;
use image::{DynamicImage, GrayImage, RgbImage, RgbaImage};
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;
use zune_jpeg::zune_core::bytestream::{ZByteIoError, ZCursor};
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::{File, Picture};
use crate::thumbnail::color::{Inks, Kind, Profile};
use crate::thumbnail::error::{Cause, ThumbnailError};

/// Decodes the first picture of a JPEG file.
pub(super) fn decode(file: &File<'_>) -> Result<Picture, ThumbnailError> {
    // Phones and scanners write stray bytes between headers, so these are read leniently.
    let lenient = DecoderOptions::default()
        .set_strict_mode(false)
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX));
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(file.source), lenient);
    decoder.decode_headers().map_err(|error| refuse(file, error))?;
    let headers = decoder.info().ok_or_else(|| file.truncated(None))?;
    let (width, height) = (u32::from(headers.width), u32::from(headers.height));
    file.check_pixels(width, height)?;

    let outline = Outline::of(file.source);
    if !outline.has_end {
        return Err(file.truncated(None));
    }
    if outline.is_split_baseline {
        let source = "a baseline picture whose components come in scans of their own".into();
        return Err(ThumbnailError::Unsupported { format: file.format, source });
    }

    let stored = decoder.input_colorspace().unwrap_or(ColorSpace::Unknown);
    let (kind, wanted) = match headers.components {
        1 => (Kind::Grey, ColorSpace::Luma),
        4 => (Kind::Cmyk, stored),
        _ => (Kind::Rgb, ColorSpace::RGB),
    };
    let inks = (kind == Kind::Cmyk).then_some(Inks {
        is_ycck: stored == ColorSpace::YCCK,
        is_inverted: outline.has_adobe_marker,
    });
    // Leniently, coded data that makes no sense would become a grey area in place of an error.
    decoder.set_options(lenient.jpeg_set_out_colorspace(wanted).set_strict_mode(true));
    let mut samples = vec![0; decoder.output_buffer_size().unwrap_or(0)];
    decoder.decode_into(&mut samples).map_err(|error| refuse(file, error))?;

    let pixels = match kind {
        Kind::Grey => GrayImage::from_raw(width, height, samples).map(DynamicImage::from),
        Kind::Rgb => RgbImage::from_raw(width, height, samples).map(DynamicImage::from),
        Kind::Cmyk => RgbaImage::from_raw(width, height, samples).map(DynamicImage::from),
    };
    Ok(Picture {
        pixels: pixels.ok_or_else(|| file.truncated(None))?,
        inks,
        is_transparent: false,
        profile: decoder.icc_profile().and_then(|icc| Profile::parse_for(&icc, kind)),
        orientation: decoder
            .exif()
            .and_then(|exif| Orientation::from_exif_chunk(exif))
            .unwrap_or(Orientation::NoTransforms),
    })
}

/// Says whose fault an error of the decoder is.
fn refuse(file: &File<'_>, error: DecodeErrors) -> ThumbnailError {
    let format = file.format;
    match error {
        DecodeErrors::ExhaustedData
        | DecodeErrors::IoErrors(ZByteIoError::NotEnoughBytes(..) | ZByteIoError::Generic(_)) => {
            file.truncated(Some(error.into()))
        }
        DecodeErrors::Unsupported(_) => {
            ThumbnailError::Unsupported { format, source: Cause::from(error) }
        }
        _ => ThumbnailError::Undecodable { format, source: error.into() },
    }
}

/// What a walk over a file's markers tells, without decoding anything (ITU-T T.81, annex B).
#[derive(Debug, Default, PartialEq, Eq)]
struct Outline {
    /// The end-of-image marker comes, after at least one scan. Without it the file was cut off:
    /// the decoder would make up the rest. What follows it (a second picture, a video) is ignored.
    has_end: bool,
    /// There is an Adobe segment, whose writers store CMYK inverted.
    has_adobe_marker: bool,
    /// The picture is not progressive, yet its first scan lacks some of its components. The
    /// decoder garbles most such pictures without noticing (zune-jpeg 0.5.15). They are rare.
    is_split_baseline: bool,
}

impl Outline {
    fn of(source: &[u8]) -> Self {
        let mut outline = Self::default();
        let mut has_scan = false;
        let mut baseline_components = 0;
        // Past the start-of-image marker.
        let mut rest = source.get(2..).unwrap_or_default();
        while let Some((marker, after)) = next_marker(rest) {
            rest = after;
            match marker {
                END_OF_IMAGE => {
                    outline.has_end = has_scan;
                    return outline;
                }
                STANDALONE_FIRST..=STANDALONE_LAST | TEMPORARY => {}
                _ => {
                    let Some((segment, after)) = segment(rest) else {
                        return outline;
                    };
                    match marker {
                        BASELINE | EXTENDED => {
                            baseline_components = segment.get(5).copied().unwrap_or(0);
                        }
                        START_OF_SCAN => {
                            let scanned = segment.first().copied().unwrap_or(0);
                            outline.is_split_baseline |= !has_scan && scanned < baseline_components;
                            has_scan = true;
                        }
                        APP14 => outline.has_adobe_marker |= segment.starts_with(b"Adobe"),
                        _ => {}
                    }
                    rest = after;
                }
            }
        }
        outline
    }
}

const TEMPORARY: u8 = 0x01;
const BASELINE: u8 = 0xC0;
const EXTENDED: u8 = 0xC1;
const STANDALONE_FIRST: u8 = 0xD0;
const STANDALONE_LAST: u8 = 0xD8;
const END_OF_IMAGE: u8 = 0xD9;
const START_OF_SCAN: u8 = 0xDA;
const APP14: u8 = 0xEE;

/// The next marker and what follows it. Coded data, where a 0xFF is followed by 0x00, is passed
/// over, and so are fill bytes and junk.
fn next_marker(mut rest: &[u8]) -> Option<(u8, &[u8])> {
    loop {
        let start = rest.iter().position(|&byte| byte == 0xFF)?;
        rest = rest.get(start + 1..)?;
        match rest.split_first()? {
            (0x00 | 0xFF, _) => {}
            (&marker, after) => return Some((marker, after)),
        }
    }
}

/// The payload of the segment that starts at `rest`, and what follows it. Its length counts its own
/// two bytes.
fn segment(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, after) = rest.split_first_chunk::<2>()?;
    after.split_at_checked(usize::from(u16::from_be_bytes(*length)).checked_sub(2)?)
}
