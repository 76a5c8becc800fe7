//! Why a picture could not be made into thumbnails, by who is at fault.

use super::format::{EncodedFormat, SourceFormat};

/// Why the core refused a picture or failed on it.
///
/// The `source` of a variant is the decoder's or encoder's own error, where there is one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ThumbnailError {
    /// Upload: the first bytes are those of no format that can be decoded.
    #[error("the first bytes are not those of a supported picture format")]
    NotAPicture,
}

#[allow(unused)]
type Unused = (EncodedFormat, SourceFormat);
