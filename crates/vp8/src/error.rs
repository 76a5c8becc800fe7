//! Why a frame was refused.

/// What is wrong with a frame, or with this decoder for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The data end before the picture does.
    #[error("the data of the frame end before its picture does")]
    Truncated,
    /// The data break a rule of the format.
    #[error("{0}")]
    Corrupt(&'static str),
    /// The data are sound as far as they were read, but of a kind that is not decoded here.
    #[error("{0}")]
    Unsupported(&'static str),
}
