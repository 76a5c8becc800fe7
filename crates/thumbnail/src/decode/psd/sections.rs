//! The five sections of a PSD or PSB file, the last of which holds the merged picture, and the rows
//! in it. A file that ends before the end of a declared length is truncated.

use std::borrow::Cow;

use crate::decode::file::File;
use crate::decode::packbits;
use crate::error::ThumbnailError;

/// How colours are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Bitmap,
    /// Duotones as well: their inks are ignored, as the specification advises.
    Grey,
    Indexed,
    Rgb,
    Cmyk,
    Lab,
    Other(u16),
}

/// What the sections tell of the merged picture, and its data.
pub(super) struct Sections<'a> {
    pub(super) width: u32,
    pub(super) height: u32,
    /// Bits of a sample.
    pub(super) depth: u16,
    pub(super) mode: Mode,
    /// The number of stored channels, including alpha.
    pub(super) channels: u16,
    /// 256 reds, then 256 greens and 256 blues.
    pub(super) palette: &'a [u8],
    pub(super) profile: Option<&'a [u8]>,
    pub(super) exif: Option<&'a [u8]>,
    /// The file declares that it has no merged picture.
    pub(super) is_unmerged: bool,
    /// The first channel after the colours is the merged picture's alpha.
    has_transparency: bool,
    /// PSB: lengths have 8 bytes instead of 4, and lengths of rows 4 instead of 2.
    is_big: bool,
    compression: u16,
    data: &'a [u8],
}

impl<'a> Sections<'a> {
    /// `None` if the file ends before its merged picture begins.
    pub(super) fn of(source: &'a [u8]) -> Option<Self> {
        let mut rest = Bytes(source.get(4..)?);
        let is_big = rest.number(2)? == 2;
        rest.take(6)?;
        let channels = u16::try_from(rest.number(2)?).ok()?;
        let (height, width) = (rest.number(4)?, rest.number(4)?);
        let depth = u16::try_from(rest.number(2)?).ok()?;
        let mode = match u16::try_from(rest.number(2)?).ok()? {
            0 => Mode::Bitmap,
            1 | 8 => Mode::Grey,
            2 => Mode::Indexed,
            3 => Mode::Rgb,
            4 => Mode::Cmyk,
            9 => Mode::Lab,
            other => Mode::Other(other),
        };
        let palette = rest.counted(4)?.0;
        let resources = rest.counted(4)?;
        let layers = rest.counted(if is_big { 8 } else { 4 })?;
        let mut sections = Self {
            width: u32::try_from(width).ok()?,
            height: u32::try_from(height).ok()?,
            depth,
            mode,
            channels,
            palette,
            profile: None,
            exif: None,
            is_unmerged: false,
            has_transparency: has_transparency(layers, is_big).unwrap_or(false),
            is_big,
            compression: u16::try_from(rest.number(2)?).ok()?,
            data: rest.0,
        };
        sections.read_resources(resources);
        Some(sections)
    }

    /// Reads the image resources until one makes no sense: a picture can be shown without them.
    fn read_resources(&mut self, mut rest: Bytes<'a>) -> Option<()> {
        loop {
            // The signature depends on the program that wrote the resource.
            rest.take(4)?;
            let id = rest.number(2)?;
            // The first byte is the length of the name, which is padded to an even length.
            let name = rest.number(1)?;
            rest.take(name + u64::from(name.is_multiple_of(2)))?;
            let content = rest.counted(4)?.0;
            rest.take(content.len() as u64 % 2)?;
            match id {
                1039 => self.profile = Some(content),
                1057 => self.is_unmerged = content.get(4) == Some(&0),
                1058 => self.exif = Some(content),
                _ => {}
            }
        }
    }

    /// Width and height in pixels.
    pub(super) fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// The number of channels for the colours.
    pub(super) fn colors(&self) -> u16 {
        match self.mode {
            Mode::Bitmap | Mode::Grey | Mode::Indexed | Mode::Other(_) => 1,
            Mode::Rgb | Mode::Lab => 3,
            Mode::Cmyk => 4,
        }
    }

    /// Whether the alpha channel is decoded. Beside inks it is not.
    pub(super) fn has_alpha(&self) -> bool {
        self.has_transparency
            && self.channels > self.colors()
            && self.depth > 1
            && matches!(self.mode, Mode::Grey | Mode::Rgb | Mode::Lab)
    }

    /// The number of channels that are decoded.
    pub(super) fn stored_samples(&self) -> usize {
        usize::from(self.colors()) + usize::from(self.has_alpha())
    }

    /// Whether the merged picture is compressed otherwise than by PackBits.
    pub(super) fn is_squeezed(&self) -> bool {
        self.compression > 1
    }

    /// Bytes that a row of one channel takes.
    pub(super) fn row_bytes(&self) -> usize {
        (self.width as usize * usize::from(self.depth)).div_ceil(8)
    }
}

/// Whether the file declares that its merged picture has alpha: by a negative number of layers, or
/// by a block for that purpose ("Layer info", "Additional Layer Information").
fn has_transparency(mut layers: Bytes<'_>, is_big: bool) -> Option<bool> {
    let is_negative = |info: &[u8]| info.first().is_some_and(|&high| high >= 0x80);
    if is_negative(layers.counted(if is_big { 8 } else { 4 })?.0) {
        return Some(true);
    }
    // The global layer mask.
    layers.counted(4)?;
    loop {
        layers.take(4)?;
        let key = layers.take(4)?;
        let is_long = is_big
            && [
                b"LMsk", b"Lr16", b"Lr32", b"Layr", b"Mt16", b"Mt32", b"Mtrn", b"Alph", b"FMsk",
                b"lnk2", b"FEid", b"FXid", b"PxSD",
            ]
            .iter()
            .any(|long| *long == key);
        let content = layers.counted(if is_long { 8 } else { 4 })?.0;
        layers.take((content.len() as u64).next_multiple_of(4) - content.len() as u64)?;
        match key {
            b"Mtrn" | b"Mt16" | b"Mt32" => return Some(true),
            // Layers with samples of more than 8 bits are stored here.
            b"Lr16" | b"Lr32" if is_negative(content) => return Some(true),
            _ => {}
        }
    }
}

/// Reads bytes from the front.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: u64) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(usize::try_from(count).ok()?)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self, bytes: u64) -> Option<u64> {
        Some(self.take(bytes)?.iter().fold(0, |number, &byte| number << 8 | u64::from(byte)))
    }

    /// Reads a length of `bytes` bytes, and the data that it counts.
    fn counted(&mut self, bytes: u64) -> Option<Self> {
        let length = self.number(bytes)?;
        self.take(length).map(Self)
    }
}

/// The rows of the merged picture, channel by channel.
pub(super) struct Rows<'a> {
    row_bytes: usize,
    /// For PackBits: the lengths of the packed rows, and how many bytes each length has.
    lengths: Option<(Bytes<'a>, u64)>,
    data: Bytes<'a>,
}

impl<'a> Rows<'a> {
    /// `None` if the file ends before the first row.
    pub(super) fn of(sections: &Sections<'a>) -> Option<Self> {
        let mut data = Bytes(sections.data);
        let bytes = if sections.is_big { 4 } else { 2 };
        let rows = u64::from(sections.channels) * u64::from(sections.height);
        let lengths = match sections.compression {
            0 => None,
            _ => Some((Bytes(data.take(rows * bytes)?), bytes)),
        };
        Some(Self { row_bytes: sections.row_bytes(), lengths, data })
    }

    pub(super) fn next(&mut self, file: &File<'_>) -> Result<Cow<'a, [u8]>, ThumbnailError> {
        let truncated = || file.truncated(None);
        let Some((lengths, bytes)) = &mut self.lengths else {
            return self.data.take(self.row_bytes as u64).map(Cow::from).ok_or_else(truncated);
        };
        let length = lengths.number(*bytes).ok_or_else(truncated)?;
        let packed = self.data.take(length).ok_or_else(truncated)?;
        unpacked(packed, self.row_bytes).map(Cow::from).ok_or_else(|| {
            let source = format!("a row in runs is not of {} bytes", self.row_bytes).into();
            ThumbnailError::Undecodable { format: file.format, source }
        })
    }
}

/// Unpacks a row. `None` if it comes to less than a row.
fn unpacked(packed: &[u8], row_bytes: usize) -> Option<Vec<u8>> {
    let mut row = Vec::with_capacity(row_bytes);
    packbits::unpack(packed, &mut row, row_bytes);
    (row.len() == row_bytes).then_some(row)
}
