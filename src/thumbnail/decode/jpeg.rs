//! JPEG, through the decoder that the `image` crate uses itself: asked directly, it parses the
//! headers once and hands out CMYK as stored, for its profile to convert.

pub(super) mod outline;

use image::metadata::Orientation;
use image::{DynamicImage, GrayImage, RgbImage, RgbaImage};
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;
use zune_jpeg::zune_core::bytestream::{ZByteIoError, ZCursor};
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::{Demand, File, Picture};
use crate::thumbnail::color::{Inks, Kind, Profile};
use crate::thumbnail::error::{Cause, ThumbnailError};
use outline::{Frame, Outline};

/// The most scans that a picture is decoded from: each may touch every block again, in hardly a
/// byte. Encoders write about ten.
const MAX_SCANS: u64 = 100;

/// The most blocks of 8 x 8 samples that all scans together may touch. Refining one takes some
/// 40 ns, however few bytes say so. It is ten scans of 100 megapixels in full colour.
const MAX_SCANNED_BLOCKS: u64 = 100_000_000;

/// The most segments that a file may have: the decoder's time for some grows with their square.
const MAX_SEGMENTS: u64 = 10_000;

/// What a JPEG file takes to decode, and what was learnt on the way.
struct Opened<'a> {
    decoder: JpegDecoder<ZCursor<&'a [u8]>>,
    options: DecoderOptions,
    outline: Outline,
    kind: Kind,
    stored: ColorSpace,
    demand: Demand,
}

/// Tells what decoding takes, and refuses what takes too much.
pub(super) fn demand(file: &File<'_>) -> Result<Demand, ThumbnailError> {
    open(file).map(|opened| opened.demand)
}

fn open<'a>(file: &File<'a>) -> Result<Opened<'a>, ThumbnailError> {
    let outline = Outline::of(file.source);
    file.check_parts("segments", outline.segments, MAX_SEGMENTS)?;
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
    if !outline.has_end {
        return Err(file.truncated(None));
    }
    if outline.is_split_baseline {
        // The decoder garbles most such pictures without noticing (zune-jpeg 0.5.15). They are rare.
        let source = "a baseline picture whose components come in scans of their own".into();
        return Err(ThumbnailError::Unsupported { format: file.format, source });
    }
    // Where decoder and outline may see different frames, the costliest there is counts.
    let frame = outline.frame.clone().filter(|frame| {
        !outline.is_ambiguous
            && (frame.width, frame.height) == (headers.width, headers.height)
            && frame.sampling.len() == usize::from(headers.components)
    });
    let frame = frame
        .unwrap_or_else(|| Frame::costliest((headers.width, headers.height), headers.components));
    check_scans(&outline, &frame)?;

    let stored = decoder.input_colorspace().unwrap_or(ColorSpace::Unknown);
    let (kind, bytes_per_pixel) = match headers.components {
        1 => (Kind::Grey, 1),
        4 => (Kind::Cmyk, 4),
        _ => (Kind::Rgb, 3),
    };
    let demand = Demand {
        width,
        height,
        bytes_per_pixel,
        has_alpha: false,
        working_bytes: working_bytes(&frame) + outline.metadata_bytes * 3,
        kept_bytes: outline.metadata_bytes * 8,
    };
    let max_scans = usize::try_from(max_scans(&frame)).unwrap_or(usize::MAX);
    let options = lenient.jpeg_set_max_scans(max_scans);
    Ok(Opened { decoder, options, outline, kind, stored, demand })
}

/// Refuses a picture whose scans are too many, or touch too much between them.
pub(super) fn check_scans(outline: &Outline, frame: &Frame) -> Result<(), ThumbnailError> {
    let limit = max_scans(frame);
    if outline.scans > limit {
        return Err(ThumbnailError::TooManyScans { scans: outline.scans, limit });
    }
    Ok(())
}

fn max_scans(frame: &Frame) -> u64 {
    let blocks = (frame.samples() / 64).max(1);
    if frame.is_progressive { MAX_SCANS.min(MAX_SCANNED_BLOCKS / blocks) } else { MAX_SCANS }
}

/// What the decoder holds beside the pixels: rows of blocks as they are turned into rows of pixels,
/// and all coefficients of a progressive picture, two bytes each.
pub(super) fn working_bytes(frame: &Frame) -> u64 {
    let coefficients = if frame.is_progressive { frame.samples() * 2 } else { 0 };
    let of_a_column = 16 + frame.sampling.len() as u64 * frame.unit_height() * 7;
    coefficients + frame.padded_width() * of_a_column
}

/// Decodes the first picture of a JPEG file.
pub(super) fn decode(file: &File<'_>) -> Result<Picture, ThumbnailError> {
    let Opened { mut decoder, options, outline, kind, stored, demand } = open(file)?;
    let (width, height) = (demand.width, demand.height);
    let wanted = match kind {
        Kind::Grey => ColorSpace::Luma,
        Kind::Cmyk => stored,
        Kind::Rgb => ColorSpace::RGB,
    };
    let inks = (kind == Kind::Cmyk).then_some(Inks {
        is_ycck: stored == ColorSpace::YCCK,
        is_inverted: outline.has_adobe_marker,
    });
    // Leniently, coded data that makes no sense would become a grey area in place of an error.
    decoder.set_options(options.jpeg_set_out_colorspace(wanted).set_strict_mode(true));
    let mut samples = vec![0; decoder.output_buffer_size().unwrap_or(0)];
    decoder.decode_into(&mut samples).map_err(|error| refuse(file, error))?;

    let pixels = match kind {
        Kind::Grey => GrayImage::from_raw(width, height, samples).map(DynamicImage::from),
        Kind::Rgb => RgbImage::from_raw(width, height, samples).map(DynamicImage::from),
        Kind::Cmyk => RgbaImage::from_raw(width, height, samples).map(DynamicImage::from),
    };
    Ok(Picture {
        pixels: pixels.ok_or_else(|| file.truncated(None))?,
        stored: (width, height),
        scale: (1.0, 1.0),
        is_weighted: false,
        inks,
        is_transparent: false,
        is_scene_light: false,
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
