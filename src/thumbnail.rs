//! The pure core's only door: bytes of a picture in, thumbnails out.
//!
//! Knows nothing of S3, async, clocks, the environment or logging: the same bytes, recipe and
//! limits always give the same result.

pub mod error;
pub mod format;
pub mod spec;

pub use error::ThumbnailError;
pub use format::{EncodedFormat, SourceFormat};
pub use spec::{FormatChoice, Limits, Output, Recipe};

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
#[derive(Debug, Clone)]
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
pub fn render(source: &[u8], recipe: &Recipe, limits: &Limits) -> Result<Rendering, ThumbnailError> {
    let _ = (source, recipe, limits);
    Err(ThumbnailError::NotAPicture)
}
