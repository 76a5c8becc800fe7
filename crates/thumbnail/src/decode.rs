//! Decodes a file to pixels: [`open`] picks the decoder, which keeps every allocation within the
//! limits. Colours and orientation stay as stored; nothing is converted here.

#[cfg(feature = "avif")]
mod avif;
mod bmp;
pub(crate) mod cost;
pub(crate) mod decoder;
mod exr;
pub(crate) mod file;
mod gif;
mod hdr;
#[cfg(feature = "heic")]
mod heic;
mod heif;
mod ico;
mod image_crate;
#[cfg(feature = "jp2")]
mod jp2;
mod jpeg;
mod jxl;
pub(crate) mod layers;
mod packbits;
#[cfg(feature = "pdf")]
mod pdf;
pub(crate) mod picture;
mod pieces;
mod png;
mod pnm;
mod psd;
mod qoi;
mod raw;
mod samples;
#[cfg(feature = "svg")]
mod svg;
mod tga;
mod tiff;
mod watched;
mod webp;

use super::error::ThumbnailError;
use super::format::SourceFormat;
use super::target::Target;
use decoder::Opened;
use file::File;
use layers::Layers;

/// Reads the header of the first picture in a file, and refuses a picture that takes too much. It is
/// decoded to the resolution of `target`, or to a higher one.
pub(super) fn open<'a>(file: File<'a>, target: &Target<'a>) -> Opened<'a> {
    match file.format {
        SourceFormat::Jpeg => jpeg::open(file, target),
        SourceFormat::Png => png::open(file, target),
        SourceFormat::Gif => gif::open(file),
        SourceFormat::WebP => webp::open(file, target),
        SourceFormat::Tiff => tiff::open(file, target),
        SourceFormat::Bmp => bmp::open(file),
        SourceFormat::Qoi => qoi::open(file),
        SourceFormat::Pnm => pnm::open(file),
        SourceFormat::Ico => ico::open(file),
        SourceFormat::Tga => tga::open(file),
        SourceFormat::Hdr => hdr::open(file),
        SourceFormat::Exr => exr::open(file),
        SourceFormat::Psd => psd::open(file),
        SourceFormat::Raw => raw::open(file, target),
        #[cfg(feature = "svg")]
        SourceFormat::Svg => svg::open(file),
        #[cfg(feature = "pdf")]
        SourceFormat::Pdf => pdf::open(file),
        SourceFormat::Jxl => jxl::open(file),
        #[cfg(feature = "jp2")]
        SourceFormat::Jp2 => jp2::open(file, target),
        #[cfg(feature = "avif")]
        SourceFormat::Avif => avif::open(file),
        #[cfg(feature = "heic")]
        SourceFormat::Heic => heic::open(file),
        SourceFormat::Unread(_) => Err(file.unsupported("there is no decoder for this format")),
        #[cfg(not(all(feature = "avif", feature = "heic", feature = "jp2")))]
        _ => Err(file.unsupported("its decoder was left out of this build")),
    }
}

/// Whether what is left of damaged files of a format can be decoded.
pub(super) fn shows_damaged(format: SourceFormat) -> bool {
    use SourceFormat::{Gif, Jpeg, Png, Tiff, WebP};
    matches!(format, Jpeg | Png | Gif | Tiff | WebP)
}

/// Reads the header of an animation, whose format has animations.
pub(super) fn layers(file: File<'_>) -> Result<Layers<'_>, ThumbnailError> {
    match file.format {
        SourceFormat::Gif => gif::frames::open(file),
        SourceFormat::WebP => webp::frames::open(file),
        _ => png::frames::open(file),
    }
}

#[cfg(all(test, feature = "avif", feature = "heic"))]
mod tests;
