//! The pure core's only door: bytes of a picture in, thumbnails out.
//!
//! Knows nothing of S3, async, clocks, the environment or logging: the same bytes, recipe and
//! limits always give the same result. A decoder may panic on hostile bytes; whoever calls
//! [`render`] catches that, one picture at a time.

mod color;
mod decode;
mod encode;
pub mod error;
pub mod format;
mod geometry;
mod memory;
mod raster;
mod resize;
pub mod spec;
#[cfg(test)]
mod tests;

pub use error::ThumbnailError;
pub use format::{EncodedFormat, SourceFormat};
pub use spec::{
    Chroma, Color, Fit, FormatChoice, Gamut, Gravity, Limits, Output, Qualities, Quality, Recipe,
};

use decode::Picture;

/// What came of one picture: what it was, and every thumbnail made of it.
#[derive(Debug, Clone)]
pub struct Rendering {
    /// The format that the source's first bytes announce.
    pub source_format: SourceFormat,
    /// Width of the source as stored, before its orientation is applied, in pixels.
    pub source_width: u32,
    /// Height of the source as stored, before its orientation is applied, in pixels.
    pub source_height: u32,
    /// One thumbnail for each of the recipe's outputs, in the recipe's order.
    pub thumbnails: Vec<Thumbnail>,
}

/// One encoded thumbnail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thumbnail {
    /// Width in pixels, after the source's orientation was applied.
    pub width: u32,
    /// Height in pixels, after the source's orientation was applied.
    pub height: u32,
    /// What the bytes are.
    pub format: EncodedFormat,
    /// The encoded file.
    pub bytes: Vec<u8>,
}

/// Makes every thumbnail that `recipe` asks for from one decode of `source`.
pub fn render(
    source: &[u8],
    recipe: &Recipe,
    limits: &Limits,
) -> Result<Rendering, ThumbnailError> {
    let source_format =
        SourceFormat::from_first_bytes(source).ok_or(ThumbnailError::NotAPicture)?;
    let picture = decode::decode(source, source_format, *limits)?;
    let thumbnails = recipe
        .outputs
        .iter()
        .map(|output| thumbnail(&picture, output, source_format))
        .collect::<Result<_, _>>()?;
    Ok(Rendering {
        source_format,
        source_width: picture.width(),
        source_height: picture.height(),
        thumbnails,
    })
}

/// Makes one thumbnail. What costs by the pixel comes after the picture has become small.
fn thumbnail(
    picture: &Picture,
    output: &Output,
    source_format: SourceFormat,
) -> Result<Thumbnail, ThumbnailError> {
    let format = encode::format_for(output.format, source_format, picture.is_transparent);
    let size = geometry::fit_stored(
        (picture.width(), picture.height()),
        picture.orientation,
        (output.width, output.height),
    );
    let small = resize::resize(picture, size)?;
    let small = if picture.is_scene_light {
        color::tone::to_srgb(small)
    } else {
        color::to_srgb(small, picture.inks, picture.profile.as_ref())
    };
    let small = small.upright(picture.orientation).without_idle_alpha();
    let (width, height) = (small.width, small.height);
    let bytes = encode::encode(small, format, output)?;
    Ok(Thumbnail { width, height, format, bytes })
}

/// What [`render`] allocates at most with the same arguments, in bytes, beside `source` itself: an
/// estimate from the header alone, never too low, and for photographs less than twice too high.
/// Refuses what `render` refuses by its header.
pub fn memory_to_render(
    source: &[u8],
    recipe: &Recipe,
    limits: &Limits,
) -> Result<u64, ThumbnailError> {
    let source_format =
        SourceFormat::from_first_bytes(source).ok_or(ThumbnailError::NotAPicture)?;
    Ok(memory::peak(&decode::demand(source, source_format, *limits)?, recipe))
}
