//! PNG. The chunks are walked first, and the decoder gets only those that it needs: neither texts
//! nor a profile that inflates without end take any memory.

mod apple;
mod chunks;
mod colors;
mod damage;
pub(super) mod frames;
mod outline;
mod rows;

use image::{DynamicImage, ImageDecoder as _};

use super::cost::DecodeCost;
use super::decoder::{Decode, Opened};
use super::file::File;
use super::picture::Picture;
use crate::error::ThumbnailError;
use crate::exif;
use crate::shrink::{Shrink, Shrinker};
use crate::target::Target;
use outline::Outline;
use rows::Rows;

/// What the decoder holds beside rows, in bytes: the inflater's window and buffers.
const INFLATER_BYTES: u64 = 1 << 19;

/// A picture whose chunks before its pixels were read.
struct Png<'a> {
    file: File<'a>,
    outline: Outline<'a>,
    /// How the picture is shrunk while it is decoded, if it is.
    shrink: Option<Shrink>,
    cost: DecodeCost,
}

/// Walks the chunks.
pub(super) fn open<'a>(file: File<'a>, target: &Target<'_>) -> Opened<'a> {
    let outline = Outline::of(&file)?;
    let size = (outline.width, outline.height);
    file.check_pixels(size.0, size.1)?;
    let channels = u64::from(outline.channels);
    let bytes_per_pixel = channels * u64::from(outline.bytes_per_sample);
    let shrink = if outline.comes_in_rows() {
        Shrink::of(target, size, exif::orientation(outline.exif))
    } else {
        None
    };
    let profile = outline.colors.profile_bytes();
    // The profile is inflated into a growing buffer.
    let working_bytes = shrink.map_or(0, |shrink| shrink.working_bytes(bytes_per_pixel))
        + outline.row_bytes() * 4
        + profile * 4
        + INFLATER_BYTES;
    let cost = DecodeCost {
        reduced: shrink.map(Shrink::size),
        kept_bytes: profile * 8,
        ..DecodeCost::new(size, bytes_per_pixel, channels.is_multiple_of(2), working_bytes)
    };
    Ok(Box::new(Png { file, outline, shrink, cost }))
}

impl Decode for Png<'_> {
    fn cost(&self) -> &DecodeCost {
        &self.cost
    }

    /// Decodes the picture. For an APNG, this is the default image.
    fn decode(self: Box<Self>) -> Result<Picture, ThumbnailError> {
        let Self { file, outline, shrink, .. } = *self;
        let room = outline.room();
        let refuse = |error| file.truncated_if(outline.ends_early, file.refuse(error, room));
        let rows = Rows::new(&outline, room, file.is_damaged).map_err(refuse)?;
        let picture = if let Some(shrink) = shrink {
            shrunk(&file, shrink, rows, refuse)?
        } else {
            Picture::of(DynamicImage::from_decoder(rows).map_err(refuse)?)
        };
        Ok(Picture {
            profile: outline.colors.profile(outline.kind()),
            orientation: exif::orientation(outline.exif),
            ..picture
        })
    }
}

/// Decodes row by row into a smaller picture.
fn shrunk(
    file: &File<'_>,
    shrink: Shrink,
    mut rows: Rows<'_>,
    refuse: impl Fn(image::ImageError) -> ThumbnailError,
) -> Result<Picture, ThumbnailError> {
    let from = rows.dimensions();
    let channels = usize::from(rows.color_type().channel_count());
    let mut shrinker = Shrinker::new(shrink, channels);
    let mut row = vec![0; from.0 as usize * channels];
    while rows.read(&mut row).map_err(&refuse)? {
        shrinker.push(&mut row);
    }
    Picture::shrunk(shrinker.finish()?, channels, from).ok_or_else(|| file.truncated(None))
}
