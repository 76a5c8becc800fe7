//! Why a picture could not be made into thumbnails, and who is at fault. This module says what
//! happened; what to do about it is decided elsewhere.

use std::error::Error;

use super::format::{EncodedFormat, SourceFormat};

/// A decoder's, encoder's or resizer's own error.
pub type Cause = Box<dyn Error + Send + Sync>;

/// Why the core refused a picture or failed on it.
///
/// The `source` of a variant is the decoder's or encoder's own error, where there is one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ThumbnailError {
    /// Upload: the first bytes do not belong to any format that can be decoded.
    #[error("the first bytes are not those of a supported picture format")]
    NotAPicture,

    /// Upload: the format was recognised, but what follows breaks its rules.
    #[error("the {} file is corrupt", format.name())]
    Undecodable {
        /// What the first bytes announce.
        format: SourceFormat,
        /// What the decoder found.
        source: Cause,
    },

    /// Upload: the file ends before the picture's data does.
    #[error("the {} file ends after {length} bytes, before its picture does", format.name())]
    Truncated {
        /// What the first bytes announce.
        format: SourceFormat,
        /// How long the file is, in bytes.
        length: usize,
        /// What the decoder found, if the decoder noticed it.
        source: Option<Cause>,
    },

    /// Upload: the file is valid, but uses a part of its format that cannot be decoded here.
    #[error("the {} file uses a feature that is not supported", format.name())]
    Unsupported {
        /// What the first bytes announce.
        format: SourceFormat,
        /// What the decoder does not support.
        source: Cause,
    },

    /// Limit: more pixels would have to be decoded than [`Limits::max_pixels`] allows.
    ///
    /// [`Limits::max_pixels`]: crate::Limits::max_pixels
    #[error(
        "{width} x {height} pixels x {frames} frame(s) are {pixels} pixels, over the limit of {limit}"
    )]
    TooManyPixels {
        /// Width that the file declares, in pixels.
        width: u32,
        /// Height that the file declares, in pixels.
        height: u32,
        /// Frames that would be decoded.
        frames: u32,
        /// `width * height * frames`.
        pixels: u64,
        /// The limit it exceeds, in pixels.
        limit: u64,
    },

    /// Limit: the decoder would need more memory beside the pixels than a sound file ever needs.
    #[error("decoding the {} file takes more than the {limit} bytes it may", format.name())]
    TooMuchMemory {
        /// What the first bytes announce.
        format: SourceFormat,
        /// What the decoder may allocate, in bytes.
        limit: u64,
        /// What the decoder said.
        source: Cause,
    },

    /// Limit: a progressive picture has more scans than are allowed for its size.
    #[error("the jpeg file has {scans} scans, over the limit of {limit} for a picture of its size")]
    TooManyScans {
        /// How many scans the file has.
        scans: u64,
        /// How many it may have.
        limit: u64,
    },

    /// Limit: the file has more parts than a sound one ever has, and each of them takes time.
    #[error("the {} file has {count} {parts}, over the limit of {limit}", format.name())]
    TooManyParts {
        /// The format that the first bytes announce.
        format: SourceFormat,
        /// What the parts are, in the plural.
        parts: &'static str,
        /// How many there are.
        count: u64,
        /// How many there may be.
        limit: u64,
    },

    /// Us, met by an upload: a decoder panicked, or its process ended or took too long. Nothing that it
    /// held is used again.
    #[error("the decoder of the {} file failed", format.name())]
    DecoderFailed {
        /// The format that the first bytes announce.
        format: SourceFormat,
        /// How it ended.
        source: Cause,
    },

    /// Us: the process that decodes the format cannot be started. This says nothing about the picture.
    #[error("there is no decoder for the {} file", format.name())]
    NoDecoder {
        /// The format that the first bytes announce.
        format: SourceFormat,
        /// Why it cannot be started.
        source: Cause,
    },

    /// Us: the resizer refused what the decoder made.
    #[error("cannot resize {from_width} x {from_height} pixels to {to_width} x {to_height}")]
    Resizing {
        /// Width of the decoded picture, in pixels.
        from_width: u32,
        /// Height of the decoded picture, in pixels.
        from_height: u32,
        /// Width asked for, in pixels.
        to_width: u32,
        /// Height asked for, in pixels.
        to_height: u32,
        /// What the resizer said.
        source: Cause,
    },

    /// Us: the encoder refused what the resizer made.
    #[error("cannot encode a thumbnail as {}", format.name())]
    Encoding {
        /// What was being written.
        format: EncodedFormat,
        /// What the encoder said.
        source: Cause,
    },
}

impl ThumbnailError {
    /// Whether the picture may be shown in part: its data break off or make no sense.
    pub(crate) fn is_damage(&self) -> bool {
        matches!(self, Self::Truncated { .. } | Self::Undecodable { .. })
    }

    /// A stable code for the variant in `snake_case`, for use as a metric's dimension.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::NotAPicture => "not_a_picture",
            Self::Undecodable { .. } => "undecodable",
            Self::Truncated { .. } => "truncated",
            Self::Unsupported { .. } => "unsupported",
            Self::TooManyPixels { .. } => "too_many_pixels",
            Self::TooMuchMemory { .. } => "too_much_memory",
            Self::TooManyScans { .. } => "too_many_scans",
            Self::TooManyParts { .. } => "too_many_parts",
            Self::DecoderFailed { .. } => "decoder_failed",
            Self::NoDecoder { .. } => "no_decoder",
            Self::Resizing { .. } => "resizing",
            Self::Encoding { .. } => "encoding",
        }
    }
}
