//! The frames of an animation, as they are stored: each is a picture on a part of the canvas.

use image::RgbaImage;

use crate::error::ThumbnailError;
use crate::geometry::Size;

/// A frame.
pub(crate) struct Layer {
    /// Where it lies on the canvas, in pixels from the left and from the top. It ends where the
    /// canvas does.
    pub(crate) place: (u32, u32),
    pub(crate) pixels: RgbaImage,
    /// For how long it is shown.
    pub(crate) milliseconds: u32,
    /// Whether what is under it shows through. Otherwise, its pixels replace those of the canvas.
    pub(crate) is_blended: bool,
    pub(crate) disposal: Disposal,
}

/// What becomes of a frame's part of the canvas when its time is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Disposal {
    Keep,
    /// It becomes the background.
    Clear,
    /// It becomes what it was before the frame.
    Restore,
}

/// An animation whose header was read.
pub(crate) struct Layers<'a> {
    pub(crate) canvas: Size,
    /// Whether the canvas is transparent where no frame is. Otherwise it is black.
    pub(crate) is_transparent: bool,
    /// Decodes frames one by one.
    pub(crate) frames: Box<dyn Iterator<Item = Result<Layer, ThumbnailError>> + 'a>,
}
