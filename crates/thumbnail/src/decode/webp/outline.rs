//! Walks over a WebP file's chunks to find sizes, profile, EXIF, and the cost of decoding. Nothing
//! is decoded.

use super::tables;

/// Flags of the extended header, `VP8X`.
const MOVES: u8 = 1 << 1;
const HAS_ALPHA: u8 = 1 << 4;

/// The result of a walk over a file's chunks (RFC 9649, section 2).
#[derive(Default)]
pub(super) struct Outline<'a> {
    /// The file up to its declared end. The decoder would read further.
    pub(super) file: &'a [u8],
    /// Width and height of the canvas in pixels, if the file declares one.
    pub(super) canvas: (u32, u32),
    /// Width and height of the largest picture, in pixels.
    pub(super) largest: (u32, u32),
    /// Whether any picture is lossless.
    pub(super) is_lossless: bool,
    /// Whether any picture has an `ALPH` chunk.
    pub(super) has_alpha_chunk: bool,
    /// Memory that the code tables of the first pictures take in the decoder, in bytes.
    pub(super) code_table_bytes: u64,
    /// Bytes in the longest chunk of coded pixels.
    pub(super) pixel_chunk_bytes: u64,
    /// The only picture, if it is lossy and has neither animation nor alpha.
    pub(super) only_frame: Option<&'a [u8]>,
    pub(super) profile: Option<&'a [u8]>,
    pub(super) exif: Option<&'a [u8]>,
}

impl<'a> Outline<'a> {
    /// `None` if the file ends before the end that its header and chunks declare.
    pub(super) fn of(source: &'a [u8]) -> Option<Self> {
        let declared = source.get(4..8).and_then(little_endian)?;
        let file = source.get(..declared.checked_add(8)?)?;
        let mut outline = Self { file, ..Self::default() };
        let mut chunks = file.get(12..)?;
        let (mut has_frame, mut has_alpha) = (false, false);
        let (mut first, mut flags, mut lossy) = (None, 0, None);
        // A single byte is not a chunk: some writers count padding that others leave out.
        while chunks.len() > 1 {
            let (name, payload, rest) = split_chunk(chunks)?;
            first = first.or(Some(name));
            match name {
                b"ICCP" => outline.profile = outline.profile.or(Some(payload)),
                b"EXIF" => outline.exif = outline.exif.or(Some(payload)),
                b"VP8X" => {
                    outline.canvas = payload.get(4..10).and_then(size_less_1)?;
                    flags |= payload.first().copied().unwrap_or_default();
                }
                b"ANMF" => {
                    // A frame's header, then chunks as in a still file.
                    let size = payload.get(6..12).and_then(size_less_1).unwrap_or_default();
                    let mut chunks = payload.get(16..).unwrap_or_default();
                    while let Some((name, payload, rest)) = split_chunk(chunks) {
                        outline.note_picture(name, payload);
                        if !has_frame {
                            outline.note_tables(name, payload, &[size, outline.canvas]);
                        }
                        chunks = rest;
                    }
                    has_frame = true;
                }
                _ => {
                    outline.note_picture(name, payload);
                    // The decoder takes the first one.
                    if name == b"VP8 " {
                        lossy = lossy.or(Some(payload));
                    }
                    if name != b"ALPH" || !std::mem::replace(&mut has_alpha, true) {
                        outline.note_tables(name, payload, &[outline.canvas]);
                    }
                }
            }
            chunks = rest;
        }
        let is_plain = match first {
            // Whatever follows it is ignored.
            Some(b"VP8 ") => true,
            Some(b"VP8X") => flags & (MOVES | HAS_ALPHA) == 0 && !outline.is_lossless,
            _ => false,
        };
        outline.only_frame = lossy.filter(|_| is_plain);
        Some(outline)
    }

    /// What is kept until the thumbnails are made, in bytes.
    pub(super) fn kept_bytes(&self) -> u64 {
        self.profile.map_or(0, <[u8]>::len) as u64 * 8
    }

    fn note_picture(&mut self, name: &[u8], payload: &[u8]) {
        self.has_alpha_chunk |= name == b"ALPH";
        let Some((width, height)) = size_of(name, payload) else { return };
        self.pixel_chunk_bytes = self.pixel_chunk_bytes.max(payload.len() as u64);
        let area = |(width, height): (u32, u32)| u64::from(width) * u64::from(height);
        if area((width, height)) > area(self.largest) {
            self.largest = (width, height);
        }
    }

    fn note_tables(&mut self, name: &[u8], payload: &[u8], sizes: &[(u32, u32)]) {
        let bytes = match (name, payload) {
            (b"VP8L", _) => {
                self.is_lossless = true;
                tables::bytes(payload)
            }
            // The lowest bits are the compression method, 1 for lossless.
            (b"ALPH", &[flags, ref stream @ ..]) if flags & 3 == 1 => {
                let bytes = sizes.iter().map(|&size| tables::bytes_headless(stream, size));
                bytes.max().unwrap_or(0)
            }
            _ => 0,
        };
        self.code_table_bytes = self.code_table_bytes.max(bytes);
    }
}

/// Two sides of 24 bits each, stored minus 1.
fn size_less_1(bytes: &[u8]) -> Option<(u32, u32)> {
    let &[w0, w1, w2, h0, h1, h2] = bytes.first_chunk::<6>()?;
    Some((u32::from_le_bytes([w0, w1, w2, 0]) + 1, u32::from_le_bytes([h0, h1, h2, 0]) + 1))
}

/// The size that a chunk of pixels declares.
fn size_of(name: &[u8], payload: &[u8]) -> Option<(u32, u32)> {
    match name {
        b"VP8 " => {
            let side = |at: usize| {
                let bytes = payload.get(at..at + 2)?.try_into().ok()?;
                Some(u32::from(u16::from_le_bytes(bytes) & 0x3FFF))
            };
            Some((side(6)?, side(8)?))
        }
        b"VP8L" => {
            let bits = u32::from_le_bytes(payload.get(1..5)?.try_into().ok()?);
            Some(((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1))
        }
        _ => None,
    }
}

/// Splits a chunk into its name and payload, and what follows its padding to an even length.
fn split_chunk(chunks: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (header, rest) = chunks.split_at_checked(8)?;
    let (name, length) = header.split_at_checked(4)?;
    let length = little_endian(length)?;
    let (payload, rest) = rest.split_at_checked(length)?;
    Some((name, payload, rest.get(length % 2..).unwrap_or_default()))
}

fn little_endian(bytes: &[u8]) -> Option<usize> {
    usize::try_from(u32::from_le_bytes(bytes.try_into().ok()?)).ok()
}
