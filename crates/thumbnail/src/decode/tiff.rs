//! TIFF: the first page, of which strips and tiles are read one after the other. The directory is
//! read by our own code, and so are the rows of samples, because libraries refuse much that is in
//! use; the codecs inside come from libraries. What a directory declares is checked before anything
//! is decoded, and so is what a JPEG in a strip or tile declares about itself.

mod bands;
mod chroma;
mod coding;
mod directory;
mod entries;
mod fax;
mod fill;
mod jpeg;
mod jpeg_pixels;
mod luma;
mod lzma;
mod lzw;
mod meaning;
mod old_jpeg;
mod pieces;
mod predictor;
mod stored;
mod values;
mod webp;
mod zstd;

use self::jpeg::Outline;
use super::cost::DecodeCost;
use super::decoder::{Decode, Opened};
use super::file::File;
use super::jpeg::max_scans;
use super::picture::{Picture, is_transparent};
use super::samples::is_bright;
use crate::color::kind::Kind;
use crate::color::profile::Profile;
use crate::error::ThumbnailError;
use crate::target::Target;
use bands::{Bands, orientation};
use coding::in_order;
use directory::{Directory, MAX_SAMPLES, ambiguous};
use old_jpeg::OldJpeg;
use pieces::{Coded, Pieces, coded};
use values::{Numbers, Photometric};

/// The most strips or tiles: each needs a decompressor of its own. A picture of 268 megapixels has
/// this many tiles if they have 16 x 16 pixels, the smallest size there is.
const MAX_PIECES: u64 = 1 << 20;

/// How many pixels tiles may add to a small picture: the largest tiles in use have half as many.
const PADDING_PIXELS: u64 = 1 << 21;

/// Values of Compression (259).
const JPEG: u64 = 7;
const LZMA: u64 = 34_925;
const ZSTD: u64 = 50_000;
const WEBP: u64 = 50_001;

/// What a decompressor holds, in bytes.
const DECOMPRESSOR_BYTES: u64 = 1 << 18;

/// A file whose first directory was read and checked.
struct Tiff<'a> {
    file: File<'a>,
    directory: Directory<'a>,
    pieces: Pieces,
    /// If the picture is one JPEG in the old form.
    old_jpeg: Option<OldJpeg>,
    /// If the picture is shrunk while it is read.
    bands: Option<Bands>,
    cost: DecodeCost,
}

/// Reads the first directory.
pub(super) fn open<'a>(file: File<'a>, target: &Target<'_>) -> Opened<'a> {
    let mut directory = Directory::of(&file)?;
    let (width, height) = directory.size;
    file.check_pixels(width, height)?;
    meaning::check(&file, &directory)?;
    file.check_parts("samples in a pixel", directory.samples, MAX_SAMPLES as u64)?;
    let pieces = Pieces::of(&directory).ok_or_else(|| ambiguous(&file))?;
    file.check_parts("strips or tiles", pieces.count, MAX_PIECES)?;
    // Tiles are decoded whole, even if they extend beyond the picture.
    let stored_pixels = (pieces.count / pieces.planes).saturating_mul(pieces.pixels());
    let limit = file.limits.max_pixels.saturating_mul(2).saturating_add(PADDING_PIXELS);
    file.check_parts("pixels in tiles", stored_pixels, limit)?;
    coding::Decoder::new(&file, &directory, &pieces)?;
    if directory.is_old_jpeg() && old_jpeg::is_in_files(&file, &directory, &pieces)? {
        directory.compression = JPEG;
    }
    let old_jpeg =
        if directory.is_old_jpeg() { Some(OldJpeg::of(&file, &directory, &pieces)?) } else { None };
    let inner = inner_bytes(&file, &directory, &pieces, old_jpeg.as_ref())?;
    let bands =
        if old_jpeg.is_none() { Bands::of(target, &file, &directory, &pieces) } else { None };
    let pixels = u64::from(width) * u64::from(height);
    let row_samples = u64::from(pieces.width) * directory.piece_samples();
    let row_bytes = (row_samples * directory.bits).div_ceil(8);
    let profile_bytes = directory.profile.map_or(0, <[u8]>::len) as u64;
    let converted_bytes = bands.map_or_else(
        || pixels * meaning::copied_bytes_per_pixel(&directory),
        |bands| bands.working_bytes(&directory),
    );
    let working_bytes = converted_bytes
        // One piece as it was compressed, and as samples.
        + row_bytes * u64::from(pieces.height) * 2
        + row_bytes * 4
        + inner
        + DECOMPRESSOR_BYTES;
    let bytes_per_pixel = meaning::bytes_per_pixel(&directory);
    let has_alpha = directory.has_alpha();
    let cost = DecodeCost {
        reduced: bands.map(Bands::size),
        kept_bytes: profile_bytes * 8,
        ..DecodeCost::new((width, height), bytes_per_pixel, has_alpha, working_bytes)
    };
    Ok(Box::new(Tiff { file, directory, pieces, old_jpeg, bands, cost }))
}

impl Decode for Tiff<'_> {
    fn cost(&self) -> &DecodeCost {
        &self.cost
    }

    fn decode(self: Box<Self>) -> Result<Picture, ThumbnailError> {
        let Self { file, directory, pieces, old_jpeg, bands, .. } = *self;
        let kind = match directory.photometric {
            // Greys that are floats become colours.
            _ if directory.numbers == Numbers::Float => Some(Kind::Rgb),
            Photometric::WhiteIsZero | Photometric::BlackIsZero => Some(Kind::Grey),
            Photometric::Rgb | Photometric::Palette | Photometric::YCbCr => Some(Kind::Rgb),
            Photometric::Cmyk => Some(Kind::Cmyk),
            Photometric::CieLab | Photometric::IccLab | Photometric::Other(_) => None,
        };
        let profile = directory.profile.zip(kind);
        let profile = profile.and_then(|(icc, kind)| Profile::parse_for(icc, kind));
        let orientation = orientation(&directory);
        if let Some(bands) = bands {
            let picture = bands.read(&file, &directory, &pieces, profile.as_ref())?;
            return Ok(Picture { profile, orientation, ..picture });
        }
        let stored = match old_jpeg {
            Some(old_jpeg) => {
                let jpeg = old_jpeg.join(&file, &directory, &pieces)?;
                let whole = Coded { bytes: &jpeg, start: 0, rest: &[], is_cut: false };
                let pieces = Pieces::whole(directory.size);
                stored::read(&file, &directory, &pieces, [Some(whole)].into_iter())?
            }
            None => stored::read(&file, &directory, &pieces, coded(&file, &directory, &pieces)?)?,
        };
        let pixels = meaning::picture(&file, &directory, profile.as_ref(), stored)?;
        // Beside alpha, inks have become colours.
        let is_inks = directory.photometric == Photometric::Cmyk;
        let is_mixed = is_inks && directory.has_alpha();
        let is_inks = is_inks && !is_mixed;
        // The specification does not say what floats mean. Most are shades up to 1, as whole
        // numbers are; only light exceeds that by more than a few samples.
        let is_scene_light = is_bright(&pixels);
        Ok(Picture {
            reduced: None,
            is_transparent: !is_inks && is_transparent(&pixels),
            is_scene_light,
            pixels,
            inks: is_inks.then_some(meaning::INKS),
            profile: profile.filter(|_| !is_mixed && !is_scene_light),
            orientation,
        })
    }
}

/// Bytes that decoders inside of strips or tiles take beside what they decode. Refuses a JPEG that
/// declares more pixels than its strip or tile has, because the decoder would decode them all.
fn inner_bytes(
    file: &File<'_>,
    directory: &Directory<'_>,
    pieces: &Pieces,
    old_jpeg: Option<&OldJpeg>,
) -> Result<u64, ThumbnailError> {
    let is_jpeg = directory.compression == JPEG;
    if is_jpeg && directory.jpeg_tables.is_some_and(|tables| Outline::of(tables).frame.is_some()) {
        return Err(ambiguous(file));
    }
    let (mut most, mut longest, mut stored) = (0, 0, 0_u64);
    for coded in coded(file, directory, pieces)?.flatten() {
        longest = longest.max(coded.bytes.len() as u64);
        stored = stored.saturating_add(coded.bytes.len() as u64);
        if is_jpeg {
            most = most.max(jpeg_bytes(file, coded.bytes, pieces)?);
        }
        if directory.compression == LZMA {
            let start = coded.bytes.get(..lzma::HEADER_BYTES).unwrap_or(coded.bytes);
            let start = in_order(start, directory.is_reversed);
            most = most.max(lzma::memory(file, &start)?);
        }
        if directory.compression == WEBP {
            most = most.max(webp::memory(file, coded.bytes, pieces)?);
        }
    }
    if is_jpeg || directory.compression == WEBP || old_jpeg.is_some() {
        // Strips may share bytes, but each is decoded by itself. That takes very long if many strips
        // share many bytes.
        let limit = (file.source.len() as u64).saturating_mul(4);
        file.check_parts("bytes in its strips or tiles", stored, limit)?;
    }
    if let Some(old_jpeg) = old_jpeg {
        let joined = jpeg_bytes(file, &old_jpeg.header, &Pieces::whole(directory.size))?;
        most = most.max(joined + stored * 3 + pieces.count * 2);
    }
    if directory.compression == ZSTD {
        most = zstd::memory(pieces.pixels().saturating_mul(directory.piece_bytes_per_pixel()));
    }
    // Copies of compressed bytes.
    let copied =
        if directory.is_reversed || directory.compression == ZSTD { longest * 2 } else { 0 };
    // The table of a palette.
    let palette =
        if directory.photometric == Photometric::Palette { 32 << directory.bits } else { 0 };
    Ok(most.saturating_add(copied + palette))
}

/// Bytes that decoding the JPEG in a strip or tile takes.
fn jpeg_bytes(file: &File<'_>, jpeg: &[u8], pieces: &Pieces) -> Result<u64, ThumbnailError> {
    let outline = Outline::of(jpeg);
    let Some(frame) = &outline.frame else { return Ok(0) };
    let (scans, limit) = (outline.scans, max_scans(frame.blocks()));
    if scans > limit {
        return Err(ThumbnailError::TooManyScans { scans, limit });
    }
    // Writers round up to whole blocks.
    let room = (u64::from(pieces.width) + 64) * (u64::from(pieces.height) + 64);
    if frame.pixels() > room {
        return Err(ambiguous(file));
    }
    Ok(frame.decoding_bytes() + jpeg.len() as u64 * 3)
}
