//! The interface of every format's decoder: opened on a file, it knows its cost, and decodes.

use super::cost::DecodeCost;
use super::picture::{Picture, Planar};
use crate::error::ThumbnailError;

/// A picture whose header was read, and which passed the limits.
pub(crate) trait Decode {
    /// The picture's size, and the memory that decoding it takes.
    fn cost(&self) -> &DecodeCost;

    /// Decodes the picture to planes of luma and chroma, if it is stored like that and in sRGB;
    /// `None` if only [`Decode::decode`] is possible.
    fn planes(&self) -> Result<Option<Planar>, ThumbnailError> {
        Ok(None)
    }

    /// Decodes the picture to pixels, at the target resolution or a higher one.
    fn decode(self: Box<Self>) -> Result<Picture, ThumbnailError>;
}

/// The result of opening a file.
pub(crate) type Opened<'a> = Result<Box<dyn Decode + 'a>, ThumbnailError>;
