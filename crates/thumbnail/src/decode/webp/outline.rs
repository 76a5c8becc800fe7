//! Walks over a WebP file's chunks to find sizes, profile, EXIF, and the cost of decoding. Nothing
//! is decoded.

use std::borrow::Cow;

use super::riff::{
    Chunk, Chunks, HAS_ALPHA, HAS_EXIF, HAS_PROFILE, HAS_XMP, MOVES, little_endian, size_less_1,
};
use super::tables;
use crate::decode::file::File;
use crate::decode::pieces::Pieces;

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
    /// The flags of the extended header.
    pub(super) flags: u8,
    /// Whether the file begins with the extended header.
    is_extended: bool,
}

impl<'a> Outline<'a> {
    /// `None` if the file ends before a picture does. A damaged one may end in a lossy picture, and
    /// after the first frame of an animation.
    pub(super) fn of(file: &File<'a>) -> Option<Self> {
        let File { source, is_damaged, .. } = *file;
        let end = source.get(4..8).and_then(little_endian)?.checked_add(8)?;
        // Some writers declare more than they write.
        let file = source.get(..end).unwrap_or(source);
        let mut outline = Self { file, ..Self::default() };
        let (mut has_frame, mut has_alpha) = (false, false);
        let (mut first, mut lossy) = (None, None);
        let mut chunks = Chunks(file.get(12..)?);
        loop {
            let here = file.len() - chunks.0.len();
            let Some(Chunk { name, payload, is_cut }) = chunks.next() else { break };
            match name {
                _ if !is_cut => {}
                b"VP8 " if is_damaged => {}
                b"ANMF" if is_damaged && has_frame => {
                    outline.file = file.get(..here).unwrap_or_default();
                    break;
                }
                b"ALPH" | b"ANMF" | b"VP8 " | b"VP8L" => return None,
                _ => break,
            }
            first = first.or(Some(name));
            match name {
                b"ICCP" => outline.profile = outline.profile.or(Some(payload)),
                b"EXIF" => outline.exif = outline.exif.or(Some(payload)),
                b"VP8X" => {
                    outline.canvas = payload.get(4..10).and_then(size_less_1)?;
                    outline.flags |= payload.first().copied().unwrap_or_default();
                }
                b"ANMF" => {
                    // A frame's header, then chunks as in a still file.
                    let size = payload.get(6..12).and_then(size_less_1).unwrap_or_default();
                    let chunks = Chunks(payload.get(16..).unwrap_or_default());
                    for chunk in chunks.take_while(|chunk| !chunk.is_cut) {
                        outline.note_picture(chunk.name, chunk.payload);
                        if !has_frame {
                            outline.note_tables(chunk.name, chunk.payload, &[size, outline.canvas]);
                        }
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
        }
        if outline.largest == (0, 0) && file.len() < end {
            return None;
        }
        let flags = outline.flags;
        let is_plain = match first {
            // Whatever follows it is ignored.
            Some(b"VP8 ") => true,
            Some(b"VP8X") => {
                let is_transparent = flags & HAS_ALPHA != 0 && has_alpha;
                flags & MOVES == 0 && !is_transparent && !outline.is_lossless
            }
            _ => false,
        };
        outline.only_frame = lossy.filter(|_| is_plain);
        // Only what the header announces is there.
        outline.is_extended = first == Some(b"VP8X");
        let announces = |flag| outline.is_extended && flags & flag != 0;
        outline.profile = outline.profile.filter(|_| announces(HAS_PROFILE));
        outline.exif = outline.exif.filter(|_| announces(HAS_EXIF));
        Some(outline)
    }

    /// The file, without announcements of metadata: the decoder would insist on them.
    pub(super) fn pieces(&self) -> Pieces<'a> {
        // The flags follow the headers of the file and of the chunk `VP8X`.
        let split = self.file.split_at_checked(20);
        let Some((before, [flags, after @ ..])) = split.filter(|_| self.is_extended) else {
            return Pieces::new(vec![Cow::Borrowed(self.file)]);
        };
        let flags = vec![flags & !(HAS_EXIF | HAS_XMP)];
        Pieces::new(vec![Cow::Borrowed(before), Cow::Owned(flags), Cow::Borrowed(after)])
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
