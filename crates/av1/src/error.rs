//! Why a picture was not decoded.

use std::io;
use std::time::Duration;

/// Why a picture was not decoded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Av1Error {
    /// The data breaks the rules of AV1, or differs from its headers.
    #[error("{0}")]
    Corrupt(String),
    /// The data is valid, but uses what the decoder cannot do.
    #[error("{0}")]
    Unsupported(String),
    /// The planes do not fit in memory.
    #[error("planes of {width} x {height} pixels do not fit in memory")]
    NoMemory {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// The decoder's process ended, or said what makes no sense. It is not used any more.
    #[error("the decoder's process failed: {how}")]
    Died {
        /// How it ended.
        how: String,
    },
    /// The picture took too long. The decoder's process was killed.
    #[error("decoding took longer than {limit:?}")]
    TooSlow {
        /// How long a picture may take.
        limit: Duration,
    },
    /// No process could be started. This says nothing about the picture.
    #[error("the decoder's process cannot be started")]
    NotStarted(#[source] io::Error),
}
