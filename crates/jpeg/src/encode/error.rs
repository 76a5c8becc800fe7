//! Why a picture cannot be written as a JPEG file.

/// What does not fit into a JPEG file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// A frame header has 16 bits for each side.
    #[error("a JPEG file cannot have {width} x {height} pixels: the limit is {limit} on each side")]
    TooManyPixels {
        /// Width in pixels.
        width: usize,
        /// Height in pixels.
        height: usize,
        /// The longest side, in pixels.
        limit: usize,
    },
    /// EXIF data must fit into one segment.
    #[error("the EXIF segment would have {length} bytes: the limit is {limit}")]
    ExifTooLong {
        /// Its length with its prefix, in bytes.
        length: usize,
        /// The most that a segment holds, in bytes.
        limit: usize,
    },
    /// A profile must fit into 255 segments.
    #[error("the ICC profile has {length} bytes: the limit is {limit}")]
    ProfileTooLong {
        /// Its length in bytes.
        length: usize,
        /// The most that all segments hold, in bytes.
        limit: usize,
    },
}
