//! Why a frame was refused.

/// Why a frame could not be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The data end before the picture is complete.
    #[error("the data of the frame end before its picture does")]
    Truncated,
    /// The data break a rule of the format.
    #[error("{0}")]
    Corrupt(&'static str),
    /// The data are valid as far as they were read, but use a feature that this decoder lacks.
    #[error("{0}")]
    Unsupported(&'static str),
}
