//! Encodes the pixels of a thumbnail: picks the encoder and the quality. Of the source's metadata,
//! only what [`notes::Notes`] holds is written.

mod avif;
mod jpeg;
mod kind;
pub(super) mod notes;
mod png;
mod quality;
mod webp;

pub(super) use jpeg::encode_planes;
pub(super) use kind::is_graphic;
pub(super) use quality::{DEFAULT_AVIF, DEFAULT_JPEG, DEFAULT_WEBP};
pub(super) use webp::{mux as mux_webp, push_chunk, split as split_webp};

use super::error::{Cause, ThumbnailError};
use super::format::{EncodedFormat, SourceFormat};
use super::raster::Srgb;
use super::spec::{FormatChoice, Output};
use notes::Notes;

/// A way to encode: [`EncodedFormat`], with the two kinds of WebP apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Jpeg,
    Png,
    WebP,
    WebPLossless,
    Avif,
    /// PNG or lossless WebP, whichever is smaller.
    Smallest,
}

impl Encoding {
    /// Whether pixels keep their alpha.
    pub(super) fn has_alpha(self) -> bool {
        self != Self::Jpeg
    }
}

/// The encoding that a choice means for one picture, of which `picture` is a small copy.
pub(super) fn encoding_for(
    choice: FormatChoice,
    source: SourceFormat,
    is_transparent: bool,
    picture: &Srgb,
) -> Encoding {
    match (choice, source) {
        _ if choice.is_jpeg(source) => Encoding::Jpeg,
        (FormatChoice::Png, _) | (FormatChoice::Source, SourceFormat::Png) => Encoding::Png,
        (FormatChoice::WebP, _) | (FormatChoice::Source, SourceFormat::WebP) => Encoding::WebP,
        (FormatChoice::WebPLossless, _) => Encoding::WebPLossless,
        (FormatChoice::Avif, _) => Encoding::Avif,
        (FormatChoice::Auto, _) if is_graphic(picture) => Encoding::Smallest,
        (FormatChoice::Auto, _) if is_transparent => Encoding::WebP,
        _ if is_transparent => Encoding::Png,
        _ => Encoding::Jpeg,
    }
}

/// Writes a thumbnail's file. If the format has no alpha channel, the picture is laid on
/// `background`.
pub(super) fn encode(
    picture: Srgb,
    encoding: Encoding,
    output: &Output,
    background: [u8; 3],
    notes: &Notes,
) -> Result<(EncodedFormat, Vec<u8>), ThumbnailError> {
    let picture = if encoding.has_alpha() { picture } else { picture.flattened(background) };
    let search = |default, at: &dyn Fn(u8) -> Result<Vec<u8>, Cause>, quality| {
        quality::search(&picture, quality, output.max_bytes, default, at)
    };
    let (format, encoded) = match encoding {
        Encoding::Jpeg => {
            let at = |level| jpeg::encode(&picture, level, output, notes);
            (EncodedFormat::Jpeg, search(DEFAULT_JPEG, &at, output.quality.jpeg))
        }
        Encoding::Png => (EncodedFormat::Png, png::encode(&picture, notes)),
        Encoding::WebP => {
            let at = |level| webp::lossy(&picture, level, output.chroma, notes);
            (EncodedFormat::WebP, search(DEFAULT_WEBP, &at, output.quality.webp))
        }
        Encoding::WebPLossless => (EncodedFormat::WebP, webp::lossless(&picture, notes)),
        Encoding::Avif => {
            let at = |level| avif::encode(&picture, level, notes);
            (EncodedFormat::Avif, search(DEFAULT_AVIF, &at, output.quality.avif))
        }
        Encoding::Smallest => {
            match (png::encode(&picture, notes), webp::lossless(&picture, notes)) {
                (Ok(png), Ok(webp)) if webp.len() < png.len() => (EncodedFormat::WebP, Ok(webp)),
                (png, _) => (EncodedFormat::Png, png),
            }
        }
    };
    let bytes = encoded.map_err(|source| ThumbnailError::Encoding { format, source })?;
    Ok((format, bytes))
}

/// One frame of an animation as WebP: lossy with a quality, lossless without.
pub(super) fn webp_frame(
    picture: &Srgb,
    quality: Option<u8>,
    output: &Output,
) -> Result<Vec<u8>, Cause> {
    let notes = Notes::default();
    match quality {
        Some(quality) => webp::lossy(picture, quality, output.chroma, &notes),
        None => webp::lossless(picture, &notes),
    }
}
