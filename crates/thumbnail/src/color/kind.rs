//! Kinds of colour: the meaning of a pixel's samples.

/// The samples of a pixel, apart from alpha.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Grey,
    Rgb,
    Cmyk,
}
