//! Reads the first directory of a TIFF file: the few entries that determine the cost of decoding
//! (TIFF 6.0, section 2; or BigTIFF). It is strict where an entry could be read in more than one
//! way.

use crate::decode::file::File;
use crate::error::ThumbnailError;

/// A directory's entries that matter here.
#[expect(clippy::struct_excessive_bools, reason = "each is an entry of its own")]
pub(super) struct Directory<'a> {
    source: &'a [u8],
    order: Order,
    rows_per_strip: Option<u64>,
    tile: Option<(u64, u64)>,
    is_planar: bool,
    /// `PhotometricInterpretation` (262).
    pub(super) photometric: Photometric,
    /// Where its value is, in bytes from the start of the file.
    pub(super) photometric_at: usize,
    /// Compression (259).
    pub(super) compression: u64,
    /// `SamplesPerPixel` and `BitsPerSample`.
    pub(super) samples: u64,
    pub(super) bits: u64,
    /// `SampleFormat` (339): floats, or signed integers. Otherwise, samples are unsigned integers.
    pub(super) is_float: bool,
    pub(super) is_signed: bool,
    /// `ExtraSamples` (338): the first sample after the colours.
    pub(super) extra: Extra,
    /// `ColorMap`: all reds, then greens, then blues.
    palette: Option<Entry>,
    /// `FillOrder` (266): bits of a byte are stored last to first.
    pub(super) is_reversed: bool,
    /// `T4Options` (292), for faxes of group 3.
    pub(super) fax_options: u64,
    /// `YCbCrSubSampling` (530): how many pixels across and down share a chroma sample.
    pub(super) chroma: [u64; 2],
    /// `InkSet` (332): other inks than cyan, magenta, yellow and black.
    pub(super) has_other_inks: bool,
    /// Orientation (274), as in EXIF.
    pub(super) orientation: u8,
    offsets: Option<Entry>,
    lengths: Option<Entry>,
    /// `JPEGTables`, which all JPEG strips or tiles share.
    pub(super) jpeg_tables: Option<&'a [u8]>,
    /// The ICC profile (34675).
    pub(super) profile: Option<&'a [u8]>,
}

/// What a pixel's samples mean (TIFF 6.0, section 8, and the supplements).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Photometric {
    WhiteIsZero,
    BlackIsZero,
    Rgb,
    Palette,
    Cmyk,
    YCbCr,
    /// With signed a* and b*.
    CieLab,
    /// With a* and b* from zero up.
    IccLab,
    Other(u64),
}

/// The meaning of the first sample after the colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extra {
    /// Not alpha, or no such sample.
    None,
    /// Premultiplied (associated) alpha.
    Premultiplied,
    /// Straight (unassociated) alpha.
    Straight,
}

/// The strips or tiles of a picture.
pub(super) struct Pieces {
    /// How many there are, in all planes together.
    pub(super) count: u64,
    /// Width of each, in pixels.
    pub(super) width: u32,
    /// Height of each, in pixels.
    pub(super) height: u32,
}

impl Pieces {
    /// Pixels of each.
    pub(super) fn pixels(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }
}

#[derive(Clone, Copy)]
struct Order {
    is_big_endian: bool,
    is_big_tiff: bool,
}

/// Where an entry's values are.
#[derive(Clone, Copy)]
struct Entry {
    bytes_per_value: usize,
    count: usize,
    start: usize,
}

impl<'a> Directory<'a> {
    /// `None` if the directory cannot be read, or can be read in more than one way.
    pub(super) fn of(source: &'a [u8]) -> Option<Self> {
        let order = Order {
            is_big_endian: source.starts_with(b"MM"),
            is_big_tiff: source.get(2..4).is_some_and(|version| version.contains(&43)),
        };
        let (pointer, count_bytes, entry_bytes) =
            if order.is_big_tiff { (8, 8, 20) } else { (4, 2, 12) };
        let pointer_bytes = if order.is_big_tiff { 8 } else { 4 };
        let start =
            usize::try_from(order.number(source.get(pointer..pointer + pointer_bytes)?)).ok()?;
        let entries = source.get(start..)?;
        let (count, entries) = entries.split_at_checked(count_bytes)?;
        let count = usize::try_from(order.number(count)).ok()?;

        let mut found = Self {
            source,
            order,
            rows_per_strip: None,
            tile: None,
            is_planar: false,
            photometric: Photometric::Other(u64::MAX),
            photometric_at: 0,
            compression: 1,
            samples: 1,
            bits: 1,
            is_float: false,
            is_signed: false,
            extra: Extra::None,
            palette: None,
            is_reversed: false,
            fax_options: 0,
            chroma: [2, 2],
            has_other_inks: false,
            orientation: 1,
            offsets: None,
            lengths: None,
            jpeg_tables: None,
            profile: None,
        };
        let (mut tile_width, mut tile_height) = (None, None);
        let mut says_extra = false;
        let mut seen = [false; 1 << 10];
        for (number, raw) in entries.chunks_exact(entry_bytes).take(count).enumerate() {
            let tag = order.number(raw.get(..2)?);
            let is_known = matches!(tag, 256..=347 | 530);
            if let Some(seen) = seen.get_mut(usize::try_from(tag).ok()?).filter(|_| is_known)
                && std::mem::replace(seen, true)
            {
                return None;
            }
            let at = start + count_bytes + number * entry_bytes;
            let Some(entry) = found.entry(raw, at) else {
                // The decoder loses its place after an entry of unknown type (tiff 0.11.3).
                let is_unknown = !matches!(order.number(raw.get(2..4)?), 1..=18);
                if order.is_big_tiff && is_unknown {
                    return None;
                }
                continue;
            };
            let first = || found.values(entry).and_then(|mut values| values.next());
            match tag {
                258 => found.bits = first()?,
                259 => found.compression = first()?,
                // The decoder reads it again as a number of 2 bytes.
                262 if entry.bytes_per_value == 2 => {
                    found.photometric = Photometric::of(first()?);
                    found.photometric_at = entry.start;
                }
                262 => return None,
                266 => found.is_reversed = first()? == 2,
                273 | 324 => found.offsets = Some(entry),
                274 => found.orientation = u8::try_from(first()?).unwrap_or(1),
                277 => found.samples = first()?,
                278 => found.rows_per_strip = Some(first()?),
                279 | 325 => found.lengths = Some(entry),
                284 => found.is_planar = first()? == 2,
                292 => found.fax_options = first()?,
                320 => found.palette = Some(entry),
                322 => tile_width = Some(first()?),
                323 => tile_height = Some(first()?),
                332 => found.has_other_inks = first()? != 1,
                338 => {
                    says_extra = true;
                    found.extra = Extra::of(first());
                }
                339 => {
                    let format = first()?;
                    (found.is_signed, found.is_float) = (format == 2, format == 3);
                }
                347 => found.jpeg_tables = Some(found.bytes(entry)?),
                530 => {
                    let values: Vec<u64> = found.values(entry)?.take(2).collect();
                    found.chroma = *values.first_chunk()?;
                }
                34_675 => found.profile = found.bytes(entry),
                _ => {}
            }
        }
        found.tile = tile_width.zip(tile_height);
        // Without ExtraSamples, one extra sample is alpha, as most writers mean it.
        if !says_extra && found.samples == found.photometric.samples() + 1 {
            found.extra = Extra::Straight;
        }
        (found.samples > 0 && found.bits > 0).then_some(found)
    }

    /// How the picture is divided. `None` if that makes no sense.
    pub(super) fn pieces(&self, (width, height): (u32, u32)) -> Option<Pieces> {
        let (across, piece_width, piece_height) = if let Some((tile_width, tile_height)) = self.tile
        {
            (u64::from(width).div_ceil(at_least_1(tile_width)?), tile_width, tile_height)
        } else {
            let rows = self.rows_per_strip.unwrap_or(u64::from(height));
            (1, u64::from(width), at_least_1(rows)?.min(u64::from(height)))
        };
        let down = u64::from(height).div_ceil(at_least_1(piece_height)?);
        Some(Pieces {
            count: across.checked_mul(down)?.checked_mul(self.planes())?,
            width: u32::try_from(piece_width).ok()?,
            height: u32::try_from(piece_height).ok()?,
        })
    }

    /// The offsets and lengths of strips or tiles, in bytes.
    pub(super) fn places(&self) -> Option<impl Iterator<Item = (usize, usize)>> {
        let number = |value| usize::try_from(value).unwrap_or(usize::MAX);
        let offsets = self.values(self.offsets?)?.map(number);
        Some(offsets.zip(self.values(self.lengths?)?.map(number)))
    }

    /// The number of planes, each with its own strips or tiles; at least 1.
    pub(super) fn planes(&self) -> u64 {
        if self.is_planar { self.samples } else { 1 }
    }

    /// Bytes that a pixel of a decoded strip or tile takes.
    pub(super) fn piece_bytes_per_pixel(&self) -> u64 {
        (self.samples / self.planes()).saturating_mul(self.bits.max(8).div_ceil(8))
    }

    /// Bytes that a stored pixel takes, rounded up.
    pub(super) fn stored_bytes_per_pixel(&self) -> u64 {
        self.samples.saturating_mul(self.bits).div_ceil(8)
    }

    /// Whether strips or tiles are JPEG files.
    pub(super) fn is_jpeg(&self) -> bool {
        self.compression == 7
    }

    /// The palette's colours at 8 bits. `None` if there are too few.
    pub(super) fn palette(&self) -> Option<Vec<[u8; 3]>> {
        let values: Vec<u64> = self.values(self.palette?)?.collect();
        let colors = 1 << self.bits;
        let (reds, rest) = values.split_at_checked(colors)?;
        let (greens, blues) = rest.split_at_checked(colors)?;
        let blues = blues.get(..colors)?;
        // The values have 16 bits, but some writers store 8-bit values in them.
        let most = if values.iter().all(|&value| value < 256) { 255 } else { 65_535 };
        let byte = |value: u64| u8::try_from((value * 255 + most / 2) / most).unwrap_or(u8::MAX);
        let colors = reds.iter().zip(greens).zip(blues);
        Some(colors.map(|((&red, &green), &blue)| [red, green, blue].map(byte)).collect())
    }

    /// `None` if the type of the values is not an integer.
    fn entry(&self, raw: &[u8], at: usize) -> Option<Entry> {
        let bytes_per_value = match self.order.number(raw.get(2..4)?) {
            1 | 2 | 7 => 1,
            3 => 2,
            4 | 13 => 4,
            16 | 18 => 8,
            _ => return None,
        };
        let (count, value) = raw.get(4..)?.split_at_checked(raw.len().checked_sub(4)? / 2)?;
        let count = usize::try_from(self.order.number(count)).ok()?;
        let is_inline = count.checked_mul(bytes_per_value)? <= value.len();
        let start = if is_inline {
            at + raw.len() - value.len()
        } else {
            usize::try_from(self.order.number(value)).ok()?
        };
        Some(Entry { bytes_per_value, count, start })
    }

    fn bytes(&self, entry: Entry) -> Option<&'a [u8]> {
        let length = entry.count.checked_mul(entry.bytes_per_value)?;
        self.source.get(entry.start..)?.get(..length)
    }

    fn values(&self, entry: Entry) -> Option<impl Iterator<Item = u64>> {
        let (bytes, order) = (self.bytes(entry)?, self.order);
        Some(bytes.chunks_exact(entry.bytes_per_value).map(move |value| order.number(value)))
    }
}

impl Photometric {
    fn of(number: u64) -> Self {
        match number {
            0 => Self::WhiteIsZero,
            1 => Self::BlackIsZero,
            2 => Self::Rgb,
            3 => Self::Palette,
            5 => Self::Cmyk,
            6 => Self::YCbCr,
            8 => Self::CieLab,
            9 => Self::IccLab,
            other => Self::Other(other),
        }
    }

    /// The number of samples that a colour takes.
    pub(super) fn samples(self) -> u64 {
        match self {
            Self::WhiteIsZero | Self::BlackIsZero | Self::Palette | Self::Other(_) => 1,
            Self::Rgb | Self::YCbCr | Self::CieLab | Self::IccLab => 3,
            Self::Cmyk => 4,
        }
    }
}

impl Extra {
    fn of(number: Option<u64>) -> Self {
        match number {
            Some(1) => Self::Premultiplied,
            Some(2) => Self::Straight,
            _ => Self::None,
        }
    }
}

impl Order {
    fn number(self, bytes: &[u8]) -> u64 {
        let join = |number: u64, &byte: &u8| number << 8 | u64::from(byte);
        if self.is_big_endian {
            bytes.iter().fold(0, join)
        } else {
            bytes.iter().rev().fold(0, join)
        }
    }
}

fn at_least_1(value: u64) -> Option<u64> {
    (value > 0).then_some(value)
}

/// Refuses a file whose directory is inconsistent.
pub(super) fn ambiguous(file: &File<'_>) -> ThumbnailError {
    file.corrupt("its directory contradicts itself or its strips or tiles")
}
