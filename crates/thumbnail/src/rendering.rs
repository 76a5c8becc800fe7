//! The result of rendering one picture: its thumbnails, and what the picture was.

use std::sync::Arc;

use super::error::ThumbnailError;
use super::format::{EncodedFormat, SourceFormat};
use super::placeholder::Placeholders;

/// The thumbnails of one picture, and what the picture was.
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
    /// What to show until a thumbnail has loaded, if the recipe asks for it.
    pub placeholders: Option<Placeholders>,
    /// What is wrong with the picture, if parts of it are missing from the thumbnails. `None` unless
    /// the recipe asks for [`OnDamaged::Show`].
    ///
    /// [`OnDamaged::Show`]: crate::OnDamaged::Show
    pub damaged: Option<Arc<ThumbnailError>>,
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
