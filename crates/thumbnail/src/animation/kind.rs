//! The ways to write an animation.

/// How an animation is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Gif,
    Png,
    /// Of a quality; without one, lossless.
    WebP(Option<u8>),
}
