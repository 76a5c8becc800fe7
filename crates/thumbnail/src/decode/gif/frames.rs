//! The frames of an animated GIF.

use super::blocks::{Blocks, Frame};
use super::{pixels, screen};
use crate::decode::file::File;
use crate::decode::layers::{Disposal, Layer, Layers};
use crate::error::ThumbnailError;

/// Reads the header.
pub(crate) fn open(file: File<'_>) -> Result<Layers<'_>, ThumbnailError> {
    let mut blocks = Blocks::of(file.source).ok_or_else(|| file.truncated(None))?;
    let first = blocks.next().ok_or_else(|| file.truncated(None))?;
    let (canvas, first) = screen::canvas(blocks.screen, first);
    file.check_pixels(canvas.0, canvas.1)?;
    let layers = std::iter::once(first).chain(blocks);
    let layers = layers.map(move |frame| layer(&file, canvas, &frame));
    Ok(Layers { canvas, is_transparent: true, frames: Box::new(layers) })
}

fn layer(file: &File<'_>, canvas: (u32, u32), frame: &Frame<'_>) -> Result<Layer, ThumbnailError> {
    let place = (u32::from(frame.place.0), u32::from(frame.place.1));
    let most = (canvas.0.saturating_sub(place.0), canvas.1.saturating_sub(place.1));
    let pixels = pixels::decode(frame, most, false).map_err(|error| file.corrupt(error))?;
    if frame.is_cut && !pixels.are_whole {
        return Err(file.truncated(None));
    }
    let &[flags, delay @ .., _] = frame.control.unwrap_or(&[0; 4]);
    Ok(Layer {
        place,
        pixels: pixels.image,
        // Delays are stored in hundredths of a second.
        milliseconds: u32::from(u16::from_le_bytes(delay)) * 10,
        is_blended: true,
        disposal: match flags >> 2 & 7 {
            2 => Disposal::Clear,
            3 => Disposal::Restore,
            _ => Disposal::Keep,
        },
    })
}
