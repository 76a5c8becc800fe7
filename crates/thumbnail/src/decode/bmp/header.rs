//! The header of a BMP, in the forms of Windows ("Bitmap Header Types") and of OS/2 2, which begin
//! alike. The one of OS/2 1, of 12 bytes, is not read here.

/// Bytes before the header, and of the header that Windows programs write most.
const FILE_HEADER_BYTES: usize = 14;
const WINDOWS_HEADER_BYTES: u32 = 40;

/// What a header says.
pub(super) struct Header<'a> {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) is_from_top: bool,
    pub(super) planes: u16,
    /// Bits of a pixel.
    pub(super) bits: u16,
    pub(super) compression: u32,
    /// The header has a length that only OS/2 knows.
    pub(super) is_of_os2: bool,
    /// The colours, each as blue, green, red and an unused byte.
    palette: &'a [u8],
    /// The coded pixels, and what follows them.
    pub(super) data: &'a [u8],
}

impl<'a> Header<'a> {
    /// `None` if the file ends within its header, or has another one.
    pub(super) fn of(source: &'a [u8]) -> Option<Self> {
        let number = |header: &[u8], at: usize, bytes: usize| {
            let bytes = header.get(at..at + bytes)?;
            Some(bytes.iter().rev().fold(0, |number: u32, &byte| number << 8 | u32::from(byte)))
        };
        let length = number(source, FILE_HEADER_BYTES, 4).filter(|length| *length >= 16)?;
        let after = FILE_HEADER_BYTES + usize::try_from(length).ok()?;
        let header = source.get(FILE_HEADER_BYTES..after)?;
        let height = number(header, 8, 4)?.cast_signed();
        let bits = u16::try_from(number(header, 14, 2)?).ok()?;
        // A header may end early. What it leaves out is zero.
        let compression = number(header, 16, 4).unwrap_or(0);
        let colors = match (number(header, 32, 4).unwrap_or(0), bits) {
            (0, 1..=8) => 1 << bits,
            (colors, _) => colors.min(256),
        };
        let data = number(source, 10, 4)?;
        let palette = source.get(after..)?;
        Some(Self {
            width: number(header, 4, 4)?,
            height: height.unsigned_abs(),
            is_from_top: height < 0,
            planes: u16::try_from(number(header, 12, 2)?).ok()?,
            bits,
            compression,
            is_of_os2: length <= 64 && !matches!(length, 40 | 52 | 56),
            palette: palette.get(..usize::try_from(colors).ok()? * 4).unwrap_or(palette),
            data: source.get(usize::try_from(data).ok()?..).unwrap_or_default(),
        })
    }

    /// Whether pixels in runs have four bits, or else eight. `None` if they are not in runs.
    pub(super) fn nibbles(&self) -> Option<bool> {
        match (self.compression, self.bits) {
            (1, 8) => Some(false),
            (2, 4) => Some(true),
            _ => None,
        }
    }

    /// The colours as red, green and blue. Those that the file lacks are black.
    pub(super) fn colors(&self) -> [[u8; 3]; 256] {
        let mut colors = [[0; 3]; 256];
        for (color, &[blue, green, red, _]) in colors.iter_mut().zip(self.palette.as_chunks().0) {
            *color = [red, green, blue];
        }
        colors
    }

    /// The start of a file with the header of Windows, up to the coded pixels.
    pub(super) fn in_windows_form(&self) -> Vec<u8> {
        let colors = u32::try_from(self.palette.len() / 4).unwrap_or(0);
        let bytes = FILE_HEADER_BYTES + WINDOWS_HEADER_BYTES as usize + self.palette.len() / 4 * 4;
        let height = self.height.cast_signed();
        let height = if self.is_from_top { height.wrapping_neg() } else { height };
        let mut start = b"BM\0\0\0\0\0\0\0\0".to_vec();
        start.extend(u32::try_from(bytes).unwrap_or(0).to_le_bytes());
        start.extend(WINDOWS_HEADER_BYTES.to_le_bytes());
        start.extend(self.width.to_le_bytes());
        start.extend(height.to_le_bytes());
        start.extend(self.planes.to_le_bytes());
        start.extend(self.bits.to_le_bytes());
        start.extend([0; 16]);
        start.extend(colors.to_le_bytes());
        start.extend([0; 4]);
        start.extend(self.palette.as_chunks::<4>().0.as_flattened());
        start
    }
}
