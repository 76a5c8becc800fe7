//! The frames of an animated WebP (RFC 9649, section 2.7.1). Each is decoded as a file of its own:
//! the decoder would not clear a frame's part of the canvas with transparency.

use image::DynamicImage;
use image::codecs::webp::WebPDecoder;

use super::outline::Outline;
use super::riff::{Chunks, HAS_ALPHA, size_less_1, still};
use crate::decode::file::File;
use crate::decode::layers::{Disposal, Layer, Layers};
use crate::error::ThumbnailError;

/// Flags of a frame.
const IS_CLEARED: u8 = 1;
const REPLACES: u8 = 1 << 1;

/// Reads the header.
pub(crate) fn open(file: File<'_>) -> Result<Layers<'_>, ThumbnailError> {
    let outline = Outline::of(&file).ok_or_else(|| file.truncated(None))?;
    let canvas = outline.canvas;
    file.check_pixels(canvas.0, canvas.1)?;
    let chunks = Chunks(outline.file.get(12..).unwrap_or_default());
    let frames = chunks.filter(|chunk| !chunk.is_cut && chunk.name == b"ANMF");
    let layers = frames.map(move |frame| {
        layer(&file, canvas, frame.payload)
            .unwrap_or_else(|| Err(file.corrupt("a frame has no header or no picture")))
    });
    let is_transparent = outline.flags & HAS_ALPHA != 0;
    Ok(Layers { canvas, is_transparent, frames: Box::new(layers) })
}

/// Decodes a frame; `None` if it lacks a part.
fn layer(
    file: &File<'_>,
    canvas: (u32, u32),
    frame: &[u8],
) -> Option<Result<Layer, ThumbnailError>> {
    let (&[x0, x1, x2, y0, y1, y2, size @ .., d0, d1, d2, flags], chunks) =
        frame.split_first_chunk::<16>()?;
    let (width, height) = size_less_1(&size)?;
    // Places are stored divided by 2.
    let place = (u32::from_le_bytes([x0, x1, x2, 0]) * 2, u32::from_le_bytes([y0, y1, y2, 0]) * 2);
    if place.0 + width > canvas.0 || place.1 + height > canvas.1 {
        return Some(Err(file.corrupt("a frame reaches beyond the canvas")));
    }
    let of = |name: &[u8]| {
        let mut chunks = Chunks(chunks).take_while(|chunk| !chunk.is_cut);
        chunks.find(|chunk| chunk.name == name).map(|chunk| (chunk.name, chunk.payload))
    };
    let (alpha, picture) = match of(b"VP8 ") {
        Some(lossy) => (of(b"ALPH"), lossy),
        None => (None, of(b"VP8L")?),
    };
    // The header of a lossless picture says whether it has alpha.
    let has_alpha = alpha.is_some()
        || picture.0 == b"VP8L" && picture.1.get(4).is_some_and(|bits| bits & 0x10 != 0);
    let chunks: Vec<_> = alpha.into_iter().chain([picture]).collect();
    let decoded = WebPDecoder::new(still((width, height), has_alpha, &chunks))
        .and_then(DynamicImage::from_decoder)
        .map_err(|error| file.refuse(error, 0));
    Some(decoded.map(|pixels| Layer {
        place,
        pixels: pixels.into_rgba8(),
        milliseconds: u32::from_le_bytes([d0, d1, d2, 0]),
        is_blended: flags & REPLACES == 0,
        disposal: if flags & IS_CLEARED == 0 { Disposal::Keep } else { Disposal::Clear },
    }))
}
