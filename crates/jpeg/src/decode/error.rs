//! Why a JPEG file was refused.

/// What is wrong with a file, or with this decoder for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The file ends before its picture does.
    #[error("the file ends before its picture does")]
    Truncated,
    /// The file breaks a rule of its format.
    #[error("{0}")]
    Corrupt(&'static str),
    /// The file is sound as far as it was read, but of a kind that is not decoded here.
    #[error("{0}")]
    Unsupported(&'static str),
}
