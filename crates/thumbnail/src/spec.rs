//! What is asked of the core: which thumbnails, how shaped and encoded, within which limits. These
//! are also the words of `THUMBNAIL_RULES`; where they come from is decided in `config`.

mod color;

use std::fmt;

use serde::{Deserialize, Serialize};

use super::format::SourceFormat;
pub use color::{Color, ColorError};

/// Which thumbnails to make of one picture.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Recipe {
    /// The thumbnails; at least one.
    pub outputs: Vec<Output>,
    /// Whether to work out placeholders: `ThumbHash`, `BlurHash` and the dominant colour.
    pub placeholders: bool,
    /// What becomes of a picture that is damaged.
    #[serde(skip_serializing_if = "OnDamaged::is_default")]
    pub on_damaged: OnDamaged,
}

/// The longest side of a preview in pixels: the most that `ThumbHash` takes.
const PREVIEW_SIDE: u32 = 100;

impl Recipe {
    /// The recipe of these thumbnails, all else by default.
    #[must_use]
    pub fn of(outputs: Vec<Output>) -> Self {
        Self { outputs, placeholders: false, on_damaged: OnDamaged::default() }
    }

    /// The recipe of the preview, where anything needs one. A preview is a small copy of the picture
    /// that is never stored: placeholders are computed from it, and [`Gravity::Smart`] chooses by it.
    pub(crate) fn preview(&self) -> Option<Output> {
        let needs_preview =
            |output: &Output| output.gravity == Gravity::Smart && output.fit == Fit::Cover;
        (self.placeholders || self.outputs.iter().any(needs_preview))
            .then(|| Output::inside(PREVIEW_SIDE, PREVIEW_SIDE))
    }
}

/// What is written is part of a recipe's name, so a field that was added later is written only if it
/// has not its default.
impl fmt::Debug for Recipe {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { outputs, placeholders, on_damaged } = self;
        let mut fields = formatter.debug_struct("Recipe");
        fields.field("outputs", outputs).field("placeholders", placeholders);
        if !on_damaged.is_default() {
            fields.field("on_damaged", on_damaged);
        }
        fields.finish()
    }
}

/// What becomes of a damaged picture: one whose header is sound, and whose data break off or are
/// corrupt.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum OnDamaged {
    /// It is refused.
    #[default]
    Reject,
    /// Thumbnails are made of what could be decoded, and say that the picture is damaged. Missing parts
    /// are grey or transparent. A picture is refused if its format cannot be decoded in part, or if
    /// less than a row of blocks is there.
    Show,
}

impl OnDamaged {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "`serde` passes it like this")]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// One thumbnail: its box, how the picture is put into it, and how it is encoded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
pub struct Output {
    /// Width of the box in pixels, 1 to [`Output::MAX_SIDE`].
    pub width: u32,
    /// Height of the box in pixels, 1 to [`Output::MAX_SIDE`].
    pub height: u32,
    /// How the picture is put into the box.
    pub fit: Fit,
    /// Whether a picture smaller than the box is enlarged to fill it. [`Fit::Fill`] always does.
    pub enlarge: bool,
    /// Which part is kept where some is cut off, and where the picture lies where space is left.
    pub gravity: Gravity,
    /// What lies behind transparent parts in formats that have none, and around the picture where
    /// space is left. How opaque it is counts for that space alone, where the format has alpha.
    pub background: Color,
    /// Whether colours are averaged as light rather than as they are stored: slower, and thin bright
    /// lines keep their brightness.
    pub linear_light: bool,
    /// How much the thumbnail is sharpened, in percent of an unsharp mask of 3 x 3 pixels; 0 to 100.
    pub sharpen: u8,
    /// The colours that the thumbnail is stored in.
    pub gamut: Gamut,
    /// Whether an animation stays one, where the format has them: PNG and WebP, and GIF where the
    /// source is one and its format is kept. Every frame then counts for [`Limits::max_pixels`].
    pub animated: bool,
    /// The format that it is encoded in.
    pub format: FormatChoice,
    /// How well it is encoded.
    pub quality: Qualities,
    /// The most bytes that its file may have: quality is lowered until it fits, at least to 10.
    /// What does not fit even so, or has no quality to lower, is written as it is.
    pub max_bytes: Option<u32>,
    /// Whether a JPEG shows coarsely at first and sharpens as it loads.
    pub progressive: bool,
    /// At which resolution a lossy format stores colour.
    pub chroma: Chroma,
    /// Whether the creator and the copyright notice are kept, which a GIF has no place for.
    /// Everything else that the source says of itself is always dropped.
    pub copyright: bool,
}

impl Output {
    /// The longest side a thumbnail can have, in pixels: what the WebP format can hold
    /// (RFC 9649, section 3.4: 14 bits each).
    pub const MAX_SIDE: u32 = 16_383;

    /// A thumbnail fitted inside a box of so many pixels, all else by default.
    #[must_use]
    pub fn inside(width: u32, height: u32) -> Self {
        Self { width, height, ..Self::default() }
    }
}

impl Default for Output {
    fn default() -> Self {
        Self {
            width: 256,
            height: 256,
            fit: Fit::Inside,
            enlarge: false,
            gravity: Gravity::Center,
            background: Color::WHITE,
            linear_light: false,
            sharpen: 0,
            gamut: Gamut::Srgb,
            animated: false,
            format: FormatChoice::Source,
            quality: Qualities::default(),
            max_bytes: None,
            progressive: true,
            chroma: Chroma::Half,
            copyright: false,
        }
    }
}

/// How a picture is put into a box.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Fit {
    /// As large as goes inside the box; the thumbnail has the picture's shape.
    Inside,
    /// As small as covers the box, what sticks out cut off; the thumbnail has the box's shape. A
    /// picture smaller than the box, unless enlarged, is cut to that shape at its own resolution.
    Cover,
    /// As large as goes inside the box, on a background of the box's size.
    Contain,
    /// The box's size exactly, squeezed into it.
    Fill,
    /// As small as covers the box, nothing cut off; the thumbnail has the picture's shape. Its sides
    /// are [`Output::MAX_SIDE`] at most.
    Outside,
}

/// A place in a picture or in a box.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the compass needs no words")]
pub enum Gravity {
    Center,
    North,
    NorthEast,
    East,
    SouthEast,
    South,
    SouthWest,
    West,
    NorthWest,
    /// Where the most is to be seen; in the middle where space is left.
    Smart,
}

/// A range of colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Gamut {
    /// sRGB, which every viewer takes pictures without a profile for.
    Srgb,
    /// Display P3, with a profile that says so, for sources whose profile reaches beyond sRGB. Others,
    /// and all AVIF and animations, are stored in sRGB.
    P3,
}

/// The format that thumbnails are encoded in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum FormatChoice {
    /// The source's own where that is JPEG, PNG or WebP; otherwise PNG when the picture has
    /// transparent parts and JPEG when it has none.
    Source,
    /// What suits the picture: PNG or lossless WebP for graphics, whichever is smaller, lossy WebP
    /// where a photograph has transparent parts, JPEG for photographs. A graphic has at most 256
    /// colours, each in eight places or more, or at most 32 greys; or it consists of flat areas for
    /// the most part.
    Auto,
    /// Always JPEG; transparent parts are laid on the background.
    Jpeg,
    /// Always PNG.
    Png,
    /// Always lossy WebP.
    #[serde(rename = "webp")]
    WebP,
    /// Always lossless WebP.
    #[serde(rename = "webp-lossless")]
    WebPLossless,
    /// Always AVIF.
    Avif,
}

impl FormatChoice {
    /// Every choice, in no particular order.
    pub const ALL: [Self; 7] = [
        Self::Source,
        Self::Auto,
        Self::Jpeg,
        Self::Png,
        Self::WebP,
        Self::WebPLossless,
        Self::Avif,
    ];

    /// Whether thumbnails of a `source` format are JPEG by this choice, whatever the picture shows.
    pub(crate) fn is_jpeg(self, source: SourceFormat) -> bool {
        matches!((self, source), (Self::Jpeg, _) | (Self::Source, SourceFormat::Jpeg))
    }
}

/// Quality by format; PNG and lossless WebP have none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Qualities {
    /// Of JPEG; 80 by default.
    pub jpeg: Quality,
    /// Of lossy WebP; 80 by default.
    pub webp: Quality,
    /// Of AVIF; 60 by default.
    pub avif: Quality,
}

impl Default for Qualities {
    fn default() -> Self {
        Self { jpeg: Quality::Set(80), webp: Quality::Set(80), avif: Quality::Set(60) }
    }
}

/// How well a lossy format keeps a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Quality {
    /// As low as still looks the same: from 40 to 95, with a SSIMULACRA2 score of at least 80,
    /// measured on the thumbnail itself. Animations, and thumbnails of under 8 pixels on a side, are
    /// written at the default.
    Auto,
    /// The encoder's own scale, 1 to 100.
    #[serde(untagged)]
    Set(u8),
}

/// At which resolution a lossy format stores colour: JPEG as is said here, AVIF always at the full
/// one. WebP knows only half of it; asked for more, it keeps edges sharp by way of luma.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Chroma {
    /// At half the resolution each way (4:2:0): what is expected of photographs.
    Half,
    /// At full resolution (4:4:4).
    Full,
}

/// What a picture may cost before it is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most pixels that may be decoded: width x height x frames decoded.
    pub max_pixels: u64,
}
