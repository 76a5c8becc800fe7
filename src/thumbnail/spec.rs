//! What is asked of the core: which thumbnails, how encoded, within which limits. No defaults are
//! read from anywhere: `config` fills these in.

/// Which thumbnails to make of every picture, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipe {
    /// The thumbnails of one picture; at least one, each with its own name.
    pub outputs: Vec<Output>,
    /// The format that thumbnails are encoded in.
    pub format: FormatChoice,
    /// Quality of JPEG thumbnails, 1 to 100.
    pub jpeg_quality: u8,
    /// Quality of lossy WebP thumbnails, 1 to 100.
    pub webp_quality: u8,
}

/// One thumbnail: a box that the picture is fitted inside and never enlarged to fill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Stands in the thumbnail's key when a recipe has several outputs; `None` for a sole output.
    pub name: Option<String>,
    /// Width of the box in pixels, 1 to [`Output::MAX_SIDE`].
    pub width: u32,
    /// Height of the box in pixels, 1 to [`Output::MAX_SIDE`].
    pub height: u32,
}

impl Output {
    /// The longest side a thumbnail can have, in pixels: what the WebP format can hold
    /// (RFC 9649, section 3.4: 14 bits each).
    pub const MAX_SIDE: u32 = 16_383;
}

/// The format that thumbnails are encoded in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormatChoice {
    /// The source's own where that is JPEG, PNG or WebP; otherwise PNG when the picture has
    /// transparent parts and JPEG when it has none.
    Source,
    /// Always JPEG; transparent parts are laid on white.
    Jpeg,
    /// Always PNG.
    Png,
    /// Always lossy WebP.
    WebP,
}

/// What a picture may cost before it is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most pixels that may be decoded: width x height x frames decoded.
    pub max_pixels: u64,
}
