//! Kinds of colour: what the samples of a pixel stand for.

/// What a pixel holds besides alpha.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Grey,
    Rgb,
    Cmyk,
}
