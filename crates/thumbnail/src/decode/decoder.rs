//! What every format's decoder is: opened on a file, it knows its cost, and decodes.

use super::cost::DecodeCost;
use super::picture::{Picture, Planar};
use crate::error::ThumbnailError;

/// A picture whose header was read, and which passed the limits.
pub(crate) trait Decode {
    /// The picture's size, and the memory that decoding it takes.
    fn cost(&self) -> &DecodeCost;

    /// Decodes the picture to luma and chroma, if it is stored so and its colours are sRGB's; `None`
    /// where only [`Decode::decode`] will do.
    fn planes(&self) -> Result<Option<Planar>, ThumbnailError> {
        Ok(None)
    }

    /// Decodes the picture to pixels: as many as the target asks for, or more.
    fn decode(self: Box<Self>) -> Result<Picture, ThumbnailError>;
}

/// What opening a file comes to.
pub(crate) type Opened<'a> = Result<Box<dyn Decode + 'a>, ThumbnailError>;
