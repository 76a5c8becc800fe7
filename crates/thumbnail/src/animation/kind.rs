//! The ways to write an animation.

/// How an animation is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Gif,
    Png,
    /// Lossy with a quality, lossless without.
    WebP(Option<u8>),
}
