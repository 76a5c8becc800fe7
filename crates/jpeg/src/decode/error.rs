//! Why a JPEG file was refused.

/// Why a file cannot be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The file ends before its picture does.
    #[error("the file ends before its picture does")]
    Truncated,
    /// The file breaks a rule of its format.
    #[error("{0}")]
    Corrupt(&'static str),
    /// The file uses a feature that this decoder does not support.
    #[error("{0}")]
    Unsupported(&'static str),
}
