#![doc = include_str!("../README.md")]
// Parts of the core that only decoders outside of this build use.
#![cfg_attr(not(all(feature = "avif", feature = "heic")), allow(dead_code))]

mod animation;
mod color;
mod copyright;
mod decode;
mod directories;
mod encode;
pub mod error;
mod exif;
pub mod format;
mod geometry;
mod job;
mod memory_estimate;
mod pipeline;
mod placeholder;
mod planar;
mod raster;
mod rendering;
mod resize;
mod saliency;
mod shape;
mod sharpen;
mod shrink;
mod source;
pub mod spec;
mod target;
mod verbatim;

pub use error::ThumbnailError;
pub use format::{EncodedFormat, SourceFormat, Unread};
pub use placeholder::Placeholders;
pub use rendering::{Rendering, Thumbnail};
pub use source::Source;
pub use spec::{
    Chroma, Color, Fit, FormatChoice, Gamut, Gravity, Limits, OnDamaged, Output, Qualities,
    Quality, Recipe,
};

/// Makes every thumbnail that `recipe` asks for from one decode of `source`.
pub fn render(
    source: &[u8],
    recipe: &Recipe,
    limits: &Limits,
) -> Result<Rendering, ThumbnailError> {
    Source::open(source, recipe, limits)?.render()
}

/// The most memory that [`render`] allocates with the same arguments: see [`Source::memory`].
/// Refuses what `render` refuses by its header.
pub fn memory_to_render(
    source: &[u8],
    recipe: &Recipe,
    limits: &Limits,
) -> Result<u64, ThumbnailError> {
    Ok(Source::open(source, recipe, limits)?.memory())
}
