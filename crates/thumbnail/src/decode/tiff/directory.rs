//! What the first directory of a TIFF file says about its picture. Of entries with the same tag, the
//! first counts. An entry that is missing has the specification's default; a few that may not be
//! missing, but are, get the value that follows from the others.

use std::collections::BTreeMap;

use super::entries::{self, Entry, Order};
use super::values::{Extra, Numbers, Photometric};
use crate::decode::file::File;
use crate::error::ThumbnailError;

/// The most samples of a pixel: satellite pictures have some dozen.
pub(super) const MAX_SAMPLES: usize = 64;

/// A directory's entries that matter here.
#[derive(Clone, Copy)]
pub(super) struct Directory<'a> {
    pub(super) order: Order,
    /// Width and height in pixels.
    pub(super) size: (u32, u32),
    /// `PhotometricInterpretation` (262).
    pub(super) photometric: Photometric,
    /// Compression (259).
    pub(super) compression: u64,
    /// `SamplesPerPixel` (277) and `BitsPerSample` (258).
    pub(super) samples: u64,
    pub(super) bits: u64,
    /// `SampleFormat` (339).
    pub(super) numbers: Numbers,
    /// Predictor (317).
    pub(super) predictor: u64,
    /// `PlanarConfiguration` (284): each sample has strips or tiles of its own.
    pub(super) is_planar: bool,
    /// `ExtraSamples` (338): the first sample after the colours.
    pub(super) extra: Extra,
    /// `ColorMap` (320): all reds, then greens, then blues.
    palette: Option<Entry<'a>>,
    /// `FillOrder` (266): bits of a byte are stored last to first.
    pub(super) is_reversed: bool,
    /// `T4Options` (292), for faxes of group 3.
    pub(super) fax_options: u64,
    /// `YCbCrSubSampling` (530): how many pixels across and down share a chroma sample.
    pub(super) chroma: [u64; 2],
    /// `YCbCrCoefficients` (529): the shares of red, green and blue in luma.
    pub(super) luma_shares: Option<Entry<'a>>,
    /// `ReferenceBlackWhite` (532): the samples for black and white of luma and of chroma.
    pub(super) black_and_white: Option<Entry<'a>>,
    /// `InkSet` (332): other inks than cyan, magenta, yellow and black.
    pub(super) has_other_inks: bool,
    /// Orientation (274), as in EXIF.
    pub(super) orientation: u8,
    /// `RowsPerStrip` (278).
    pub(super) rows_per_strip: Option<u64>,
    /// `TileWidth` (322) and `TileLength` (323).
    pub(super) tile: Option<(u64, u64)>,
    offsets: Option<Entry<'a>>,
    lengths: Option<Entry<'a>>,
    /// `JPEGTables` (347), which all JPEG strips or tiles share.
    pub(super) jpeg_tables: Option<&'a [u8]>,
    /// The entries for JPEG in its old form.
    pub(super) old_jpeg: OldJpeg<'a>,
    /// The ICC profile (34675).
    pub(super) profile: Option<&'a [u8]>,
}

/// The entries of JPEG in its old form (TIFF 6.0, section 22).
#[derive(Clone, Copy)]
pub(super) struct OldJpeg<'a> {
    pub(super) source: &'a [u8],
    /// `JPEGProc` (512): 1 is baseline.
    pub(super) process: Option<u64>,
    /// `JPEGInterchangeFormat` (513) and its length (514).
    pub(super) stream: Option<u64>,
    pub(super) stream_length: Option<u64>,
    /// `JPEGRestartInterval` (515).
    pub(super) restart_interval: Option<u64>,
    /// `JPEGQTables` (519), `JPEGDCTables` (520) and `JPEGACTables` (521).
    pub(super) tables: [Option<Entry<'a>>; 3],
}

impl<'a> Directory<'a> {
    /// The same for some rows of the picture.
    pub(super) fn with_height(&self, height: u32) -> Self {
        Self { size: (self.size.0, height), ..*self }
    }

    /// Whether decoded pixels have alpha.
    pub(super) fn has_alpha(&self) -> bool {
        self.extra != Extra::None && self.samples > self.photometric.samples()
    }

    /// Reads the first directory.
    pub(super) fn of(file: &File<'a>) -> Result<Self, ThumbnailError> {
        let (order, entries) = entries::of_first_directory(file)?;
        let mut found = BTreeMap::new();
        for (tag, entry) in entries {
            if matches!(tag, 256..=347 | 512..=532 | 34_675) {
                found.entry(tag).or_insert(entry);
            }
        }
        Found(found).directory(file, order)
    }

    /// The offsets and lengths of strips or tiles, in bytes, for at least `count` of them. Where
    /// lengths are missing, they are 0.
    pub(super) fn places(
        &self,
        file: &File<'_>,
        count: u64,
    ) -> Result<impl Iterator<Item = (usize, usize)> + use<'a>, ThumbnailError> {
        let number = |value| usize::try_from(value).unwrap_or(usize::MAX);
        let offsets = self.offsets.ok_or_else(|| ambiguous(file))?;
        let lengths = self.lengths;
        if offsets.count() < count || lengths.is_some_and(|lengths| lengths.count() < count) {
            return Err(ambiguous(file));
        }
        let truncated = || file.truncated(None);
        let offsets = offsets.values().ok_or_else(truncated)?;
        let lengths = match lengths {
            Some(lengths) => Some(lengths.values().ok_or_else(truncated)?),
            None => None,
        };
        let lengths = lengths.into_iter().flatten().chain(std::iter::repeat(0));
        Ok(offsets.map(number).zip(lengths.map(number)))
    }

    /// Samples of a pixel in one strip or tile.
    pub(super) fn piece_samples(&self) -> u64 {
        if self.is_planar { 1 } else { self.samples }
    }

    /// Bytes of a pixel in one strip or tile, rounded up.
    pub(super) fn piece_bytes_per_pixel(&self) -> u64 {
        self.piece_samples().saturating_mul(self.bits.div_ceil(8))
    }

    /// Whether the picture is a JPEG in the old form.
    pub(super) fn is_old_jpeg(&self) -> bool {
        self.compression == 6
    }

    /// Whether pixels share chroma samples, outside of a JPEG.
    pub(super) fn is_subsampled(&self) -> bool {
        self.photometric == Photometric::YCbCr
            && self.chroma != [1, 1]
            && !matches!(self.compression, 6 | 7)
    }

    /// The palette's colours at 8 bits. `None` if there are too few.
    pub(super) fn palette(&self) -> Option<Vec<[u8; 3]>> {
        let colors = 1 << self.bits;
        let values: Vec<u64> = self.palette?.values()?.take(colors * 3).collect();
        let (reds, rest) = values.split_at_checked(colors)?;
        let (greens, blues) = rest.split_at_checked(colors)?;
        let blues = blues.get(..colors)?;
        // The values have 16 bits, but some writers store 8-bit values in them.
        let most = if values.iter().all(|&value| value < 256) { 255 } else { 65_535 };
        let byte = |value: u64| u8::try_from((value * 255 + most / 2) / most).unwrap_or(u8::MAX);
        let colors = reds.iter().zip(greens).zip(blues);
        Some(colors.map(|((&red, &green), &blue)| [red, green, blue].map(byte)).collect())
    }
}

/// The entries that matter, by their tags.
struct Found<'a>(BTreeMap<u64, Entry<'a>>);

impl<'a> Found<'a> {
    fn entry(&self, tag: u64) -> Option<Entry<'a>> {
        self.0.get(&tag).copied()
    }

    /// The first value of an entry; `None` if there is no such entry.
    fn number(&self, file: &File<'_>, tag: u64) -> Result<Option<u64>, ThumbnailError> {
        let first = |entry: Entry<'a>| entry.first().ok_or_else(|| file.truncated(None));
        self.entry(tag).map(first).transpose()
    }

    fn directory(&self, file: &File<'a>, order: Order) -> Result<Directory<'a>, ThumbnailError> {
        let number = |tag| self.number(file, tag);
        let length = |tag| {
            let length = number(tag)?.and_then(|length| u32::try_from(length).ok());
            length.ok_or_else(|| ambiguous(file))
        };
        let size = (length(256)?, length(257)?);
        let compression = number(259)?.unwrap_or(1);
        let bits = number(258)?.unwrap_or(1);
        let predictor = number(317)?.unwrap_or(1);
        let is_planar = number(284)? == Some(2);
        let samples = number(277)?;
        let photometric = number(262)?;
        let is_reversed = number(266)? == Some(2);
        let fax_options = number(292)?.unwrap_or(0);
        let has_other_inks = number(332)?.is_some_and(|set| set != 1);
        let orientation = u8::try_from(number(274)?.unwrap_or(1)).unwrap_or(1);
        let rows_per_strip = number(278)?;
        let tile = number(322)?.zip(number(323)?);
        let old_jpeg = OldJpeg {
            source: file.source,
            process: number(512)?,
            stream: number(513)?,
            stream_length: number(514)?,
            restart_interval: number(515)?,
            tables: [519, 520, 521].map(|tag| self.entry(tag)),
        };
        // Some writers leave out the number of samples, and give the depth of each.
        let depths = self.entry(258).map_or(1, |depths| depths.count());
        let samples = samples.unwrap_or(depths);
        let photometric = match photometric {
            Some(number) => Photometric::of(number),
            None if matches!(compression, 2..=4) => Photometric::WhiteIsZero,
            None if samples >= 3 => Photometric::Rgb,
            None => Photometric::BlackIsZero,
        };
        let values = |entry: Option<Entry<'a>>| entry.and_then(|entry| entry.values());
        if values(self.entry(258)).is_some_and(|mut depths| depths.any(|depth| depth != bits)) {
            return Err(file.unsupported("samples of different depths"));
        }
        let extra = match self.entry(338) {
            Some(entry) => Extra::of(entry.first()),
            // Without ExtraSamples, one extra sample is alpha, as most writers mean it.
            None if samples == photometric.samples() + 1 => Extra::Straight,
            None => Extra::None,
        };
        let chroma = values(self.entry(530))
            .and_then(|mut values| Some([values.next()?, values.next()?]))
            .unwrap_or([2, 2]);
        // Some writers put tiles under the tags of strips.
        let [offsets, lengths] = [(273, 324), (279, 325)].map(|(of_strips, of_tiles)| {
            let (strips, tiles) = (self.entry(of_strips), self.entry(of_tiles));
            if tile.is_some() { tiles.or(strips) } else { strips.or(tiles) }
        });
        if samples == 0 || bits == 0 {
            return Err(ambiguous(file));
        }
        Ok(Directory {
            order,
            size,
            photometric,
            compression,
            samples,
            bits,
            numbers: Numbers::of(values(self.entry(339)), photometric),
            predictor,
            // With one sample, it makes no difference.
            is_planar: is_planar && samples > 1,
            extra,
            palette: self.entry(320),
            is_reversed,
            fax_options,
            chroma,
            luma_shares: self.entry(529),
            black_and_white: self.entry(532),
            has_other_inks,
            orientation,
            rows_per_strip,
            tile,
            offsets,
            lengths,
            jpeg_tables: self.entry(347).and_then(|entry| entry.bytes()),
            old_jpeg,
            profile: self.entry(34_675).and_then(|entry| entry.bytes()),
        })
    }
}

/// Refuses a file whose directory is inconsistent.
pub(super) fn ambiguous(file: &File<'_>) -> ThumbnailError {
    file.corrupt("its directory contradicts itself or its strips or tiles")
}
