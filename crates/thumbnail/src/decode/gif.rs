//! GIF: the first frame, on its canvas. The blocks are walked first, and each frame is decoded by
//! itself.

mod blocks;
pub(super) mod frames;
mod pixels;
mod screen;

use image::{ColorType, DynamicImage, GenericImage as _, RgbaImage};

use super::cost::DecodeCost;
use super::decoder::{Decode, Opened};
use super::file::File;
use super::picture::Picture;
use crate::color::profile::Profile;
use crate::error::ThumbnailError;
use blocks::{Blocks, Frame};

/// What the decoder holds beside a row, in bytes: its buffers, and the table of codes.
const DECODER_BYTES: u64 = 1 << 17;

/// A picture whose first frame was found.
struct Gif<'a> {
    file: File<'a>,
    frame: Frame<'a>,
    /// The blocks of an ICC profile.
    profile: Option<&'a [u8]>,
    cost: DecodeCost,
}

/// Reads the blocks before the first frame.
pub(super) fn open(file: File<'_>) -> Opened<'_> {
    let mut blocks = Blocks::of(file.source).ok_or_else(|| file.truncated(None))?;
    let Some(frame) = blocks.next() else {
        return Err(if blocks.has_ended() {
            file.truncated(None)
        } else {
            file.corrupt("it has no frame")
        });
    };
    // A frame without pixels shows nothing, whatever its screen is.
    file.check_pixels(frame.width.into(), frame.height.into())?;
    let (size, frame) = screen::canvas(blocks.screen, frame);
    file.check_pixels(size.0, size.1)?;
    let profile = blocks.profile.map_or(0, <[u8]>::len) as u64;
    // The frame, if it does not fill the canvas, and a row as indices and in colours.
    let pixels = u64::from(size.0) * u64::from(size.1);
    let working_bytes = pixels * 4 + u64::from(frame.width) * 5 + profile * 2 + DECODER_BYTES;
    let cost =
        DecodeCost { kept_bytes: profile * 8, ..DecodeCost::new(size, 4, true, working_bytes) };
    Ok(Box::new(Gif { file, frame, profile: blocks.profile, cost }))
}

impl Decode for Gif<'_> {
    fn cost(&self) -> &DecodeCost {
        &self.cost
    }

    fn decode(self: Box<Self>) -> Result<Picture, ThumbnailError> {
        let Self { file, frame, profile, cost } = *self;
        let (left, top) = (u32::from(frame.place.0), u32::from(frame.place.1));
        let most = (cost.width.saturating_sub(left), cost.height.saturating_sub(top));
        let pixels =
            pixels::decode(&frame, most, file.is_damaged).map_err(|error| file.corrupt(error))?;
        if frame.is_cut && !pixels.are_whole && (pixels.are_missing || !file.is_damaged) {
            return Err(file.truncated(None));
        }
        if pixels.are_missing && !pixels.are_whole {
            return Err(file.corrupt("its first frame has no pixels"));
        }
        let mut image = pixels.image;
        if image.dimensions() != (cost.width, cost.height) {
            let frame = std::mem::replace(&mut image, RgbaImage::new(cost.width, cost.height));
            // A frame that lies outside of the canvas is empty.
            if frame.width() > 0 && frame.height() > 0 {
                image.copy_from(&frame, left, top).map_err(|error| file.corrupt(error))?;
            }
        }
        let icc = profile.map(blocks::joined);
        Ok(Picture {
            profile: icc.and_then(|icc| Profile::parse(&icc, ColorType::Rgba8)),
            ..Picture::of(DynamicImage::from(image))
        })
    }
}
