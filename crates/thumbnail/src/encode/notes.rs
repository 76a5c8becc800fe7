//! The metadata that is written beside a thumbnail's pixels.

/// The metadata beside the pixels.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Notes {
    /// The ICC profile of the pixels, if they are not sRGB.
    pub(crate) profile: Option<Vec<u8>>,
    /// An EXIF block, without any format's prefix.
    pub(crate) exif: Option<Vec<u8>>,
}
