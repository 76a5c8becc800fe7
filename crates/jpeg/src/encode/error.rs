//! Why a picture cannot be written as a JPEG file.

/// What does not fit into a JPEG file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// A frame header has 16 bits for each side.
    #[error("{width} x {height} pixels do not fit into a JPEG file, whose sides end at {limit}")]
    TooManyPixels {
        /// Width in pixels.
        width: usize,
        /// Height in pixels.
        height: usize,
        /// The longest side, in pixels.
        limit: usize,
    },
    /// EXIF has one segment.
    #[error("an EXIF block of {length} bytes does not fit into a segment of {limit}")]
    ExifTooLong {
        /// What it takes with its prefix, in bytes.
        length: usize,
        /// The most that a segment holds, in bytes.
        limit: usize,
    },
    /// A profile has at most 255 segments.
    #[error("a color profile of {length} bytes does not fit into {limit}")]
    ProfileTooLong {
        /// How long it is, in bytes.
        length: usize,
        /// The most that all segments hold, in bytes.
        limit: usize,
    },
}
