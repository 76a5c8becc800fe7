//! The pixels of one frame, through the crate `gif`. It gets a file of nothing but this frame.

use std::borrow::Cow;

use gif::{ColorOutput, DecodeOptions, DecodingError};
use image::{Rgba, RgbaImage};

use super::blocks::Frame;
use crate::decode::pieces::Pieces;

/// The distance of the first row of each pass from the top, and of its rows from each other
/// (GIF89a, appendix E), and from the next row of this pass or of one before. A frame that is not
/// interlaced has one pass.
const PASSES: [(usize, usize, usize); 4] = [(0, 8, 8), (4, 8, 4), (2, 4, 2), (1, 2, 1)];

/// The decoded pixels of a frame.
pub(super) struct Pixels {
    pub(super) image: RgbaImage,
    /// Whether the file has all of them. The rows that it lacks are transparent if a colour is, and
    /// black otherwise: then an opaque picture stays one.
    pub(super) are_whole: bool,
    /// Whether the file has none.
    pub(super) are_missing: bool,
}

/// Decodes as much of a frame as `most` shows, from its left and from its top. Of a damaged one, the
/// rows that there are fill the gaps between them, and those that are missing are grey.
pub(super) fn decode(
    frame: &Frame<'_>,
    most: (u32, u32),
    is_damaged: bool,
) -> Result<Pixels, DecodingError> {
    let (width, height) = (u32::from(frame.width).min(most.0), u32::from(frame.height).min(most.1));
    let has_transparent_color = frame.control.is_some_and(|control| control[0] & 1 == 1);
    let grey = if is_damaged { 128 } else { 0 };
    let lacking =
        if has_transparent_color { Rgba([0; 4]) } else { Rgba([grey, grey, grey, u8::MAX]) };
    let mut image = RgbaImage::from_pixel(width, height, lacking);
    if frame.width == 0 || frame.height == 0 {
        return Ok(Pixels { image, are_whole: true, are_missing: true });
    }
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::RGBA);
    let mut decoder = options.read_info(alone(frame))?;
    decoder.next_frame_info()?;
    let mut row = vec![0; usize::from(frame.width) * 4];
    let shown = (width as usize * 4).min(row.len());
    let (mut are_whole, mut are_missing) = (true, true);
    for (at, gap) in rows(frame, height as usize) {
        // Colours that the palette lacks stay transparent.
        row.fill(0);
        are_whole = match decoder.fill_buffer(&mut row) {
            Err(_) if is_damaged && !are_missing => false,
            is_row => is_row?,
        };
        if !are_whole {
            break;
        }
        let gap = if is_damaged { gap } else { 1 };
        let to = image.get_mut(at * shown..).unwrap_or_default();
        for to in to.chunks_exact_mut(shown.max(1)).take(gap) {
            if let Some(from) = row.get(..shown) {
                to.copy_from_slice(from);
            }
        }
        are_missing = false;
    }
    Ok(Pixels { image, are_whole, are_missing })
}

/// The places of a frame's rows in the order in which they are stored, up to the last that is shown,
/// and how far away the next row is that came before or comes in the same pass.
fn rows(frame: &Frame<'_>, shown: usize) -> impl Iterator<Item = (usize, usize)> {
    let height = usize::from(frame.height);
    let passes = if frame.is_interlaced { PASSES.as_slice() } else { &[(0, 1, 1)] };
    let most = if frame.is_interlaced { height } else { shown };
    let pass = move |&(first, step, gap)| (first..most).step_by(step).map(move |at| (at, gap));
    passes.iter().flat_map(pass)
}

/// A file of one frame.
fn alone<'a>(frame: &Frame<'a>) -> Pieces<'a> {
    let [w0, w1] = frame.width.to_le_bytes();
    let [h0, h1] = frame.height.to_le_bytes();
    let mut head = b"GIF89a".to_vec();
    head.extend([w0, w1, h0, h1, 0, 0, 0]);
    if let Some(control) = frame.control {
        head.extend(b"\x21\xF9\x04");
        head.extend(control);
        head.push(0);
    }
    // Tables have 2, 4, 8 or more colours, up to 256, of three bytes.
    let colors = (frame.palette.len() / 3).max(2);
    let flags = 0x80 | u8::try_from(colors.ilog2() - 1).unwrap_or(7);
    head.extend([0x2C, 0, 0, 0, 0, w0, w1, h0, h1, flags]);
    Pieces::new(vec![
        Cow::Owned(head),
        Cow::Borrowed(frame.palette),
        Cow::Borrowed(frame.data),
        Cow::Borrowed(b"\0;"),
    ])
}
