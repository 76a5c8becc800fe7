//! Walks over the chunks up to the end of the pixels, and picks those that decoding needs. Nothing
//! is decoded. All others, such as texts, are never looked at again, however long they are.

use std::borrow::Cow;
use std::mem;

use super::chunks::{Chunk, Chunks, END, SIGNATURE, checksum, head};
use super::colors::Colors;
use crate::color::kind::Kind;
use crate::decode::file::File;
use crate::decode::pieces::Pieces;
use crate::error::ThumbnailError;

/// Colour type 3: samples are numbers of palette entries.
const INDEXED: u8 = 3;

/// The header of a zlib stream (RFC 1950, 2.2), which Apple's variant leaves out.
pub(super) const ZLIB_HEADER: &[u8] = b"\x78\x01";

/// What the decoder may hold for rows beyond their own bytes.
const OTHER_DECODER_BYTES: u64 = 1 << 16;

/// The result of a walk over a file's chunks (PNG, third edition, 11).
pub(super) struct Outline<'a> {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) bytes_per_sample: u8,
    /// Channels of a decoded pixel.
    pub(super) channels: u8,
    /// Whether rows come in the seven passes of Adam7.
    pub(super) is_interlaced: bool,
    /// Whether this is the variant that Apple's tools for apps make.
    pub(super) is_apples: bool,
    pub(super) colors: Colors<'a>,
    pub(super) exif: Option<&'a [u8]>,
    /// Whether the file ends where its pixels do, or before.
    pub(super) ends_early: bool,
    /// `IHDR`, and what tells the colours of samples: `PLTE` and `tRNS`.
    head: Vec<Chunk<'a>>,
    /// What announces an animation and its first frame: `acTL` and `fcTL`.
    motion: Vec<Chunk<'a>>,
    /// The file from its first `IDAT` chunk on.
    body: &'a [u8],
    /// All whole `IDAT` chunks.
    pixels: &'a [u8],
    /// The payload of an `IDAT` chunk that the file's end cuts short.
    cut_pixels: Option<&'a [u8]>,
}

impl<'a> Outline<'a> {
    pub(super) fn of(file: &File<'a>) -> Result<Self, ThumbnailError> {
        let mut chunks = Chunks::of(file.source);
        let mut next = || chunks.next().filter(|chunk| !chunk.is_cut);
        let mut header = next();
        let is_apples = header.is_some_and(|chunk| chunk.name == b"CgBI");
        if is_apples {
            header = next();
        }
        let header = header.ok_or_else(|| file.truncated(None))?;
        let &[w3, w2, w1, w0, h3, h2, h1, h0, depth, color_type, _, _, interlacing] = header
            .payload
            .first_chunk()
            .filter(|_| header.name == b"IHDR")
            .ok_or_else(|| file.corrupt("it does not begin with the header of its picture"))?;
        let mut outline = Self {
            width: u32::from_be_bytes([w3, w2, w1, w0]),
            height: u32::from_be_bytes([h3, h2, h1, h0]),
            bytes_per_sample: if depth == 16 { 2 } else { 1 },
            channels: match color_type {
                0 => 1,
                2 | INDEXED => 3,
                4 => 2,
                _ => 4,
            },
            is_interlaced: interlacing != 0,
            is_apples,
            colors: Colors::default(),
            exif: None,
            ends_early: false,
            head: vec![header],
            motion: Vec::new(),
            body: &[],
            pixels: &[],
            cut_pixels: None,
        };
        // The decoder of damaged files looks at no checksum.
        if file.is_damaged && !header.is_sound() {
            return Err(file.corrupt("the checksum of its header is wrong"));
        }
        outline.note(file, color_type, &mut chunks)?;
        outline.note_pixels(&mut chunks);
        if outline.pixels.is_empty() && outline.cut_pixels.is_none() {
            return Err(if outline.ends_early {
                file.truncated(None)
            } else {
                file.corrupt("it has no pixels")
            });
        }
        Ok(outline)
    }

    /// Notes the chunks before the pixels.
    fn note(
        &mut self,
        file: &File<'a>,
        color_type: u8,
        chunks: &mut Chunks<'a>,
    ) -> Result<(), ThumbnailError> {
        let (mut has_palette, mut has_transparency) = (false, false);
        let (mut is_moving, mut has_frame) = (false, false);
        loop {
            let here = chunks.rest;
            let Some(chunk) = chunks.next() else { return Ok(()) };
            match chunk.name {
                b"IDAT" | b"IEND" => {
                    chunks.rest = here;
                    return Ok(());
                }
                // A palette of other pictures is only a suggestion.
                b"PLTE" if color_type == INDEXED && !mem::replace(&mut has_palette, true) => {
                    if !chunk.is_cut && !chunk.payload.len().is_multiple_of(3) {
                        return Err(file.corrupt("its palette ends within a colour"));
                    }
                    self.head.push(chunk);
                }
                b"tRNS" if color_type <= INDEXED && !has_transparency && chunk.is_sound() => {
                    has_transparency = true;
                    self.channels += 1;
                    self.head.push(chunk);
                }
                b"acTL" if !mem::replace(&mut is_moving, true) => self.motion.push(chunk),
                b"fcTL" if !mem::replace(&mut has_frame, true) => self.motion.push(chunk),
                b"eXIf" if chunk.is_sound() => self.exif = self.exif.or(Some(chunk.payload)),
                _ => self.colors.note(&chunk),
            }
        }
    }

    /// Notes the chunks of pixels, which follow each other.
    fn note_pixels(&mut self, chunks: &mut Chunks<'a>) {
        self.body = chunks.rest;
        let mut length = 0;
        self.ends_early = loop {
            match chunks.next() {
                Some(chunk) if chunk.name != b"IDAT" => break false,
                Some(chunk) if !chunk.is_cut => length += chunk.whole.len(),
                cut => {
                    self.cut_pixels = cut.map(|chunk| chunk.payload);
                    break true;
                }
            }
        };
        self.pixels = self.body.get(..length).unwrap_or_default();
    }

    /// A file of nothing but the pixels and what decoding them needs. Where the end is missing, it
    /// has one: if pixels are missing too, the decoder notices.
    pub(super) fn pieces(&self) -> Pieces<'a> {
        let mut pieces = vec![Cow::Borrowed(SIGNATURE)];
        pieces.extend(self.head.iter().map(|chunk| Cow::Borrowed(chunk.whole)));
        if self.is_apples {
            pieces.extend(pixel_chunk(ZLIB_HEADER));
        }
        pieces.push(Cow::Borrowed(self.pixels));
        if let Some(payload) = self.cut_pixels {
            pieces.extend(pixel_chunk(payload));
        }
        pieces.push(Cow::Borrowed(END));
        Pieces::new(pieces)
    }

    /// The chunks before the pixels that decoding needs.
    pub(super) fn head(&self) -> impl Iterator<Item = &'a [u8]> {
        self.head.iter().map(|chunk| chunk.whole)
    }

    /// The chunks of pixels, of which the last may be cut.
    pub(super) fn pixels(&self) -> impl Iterator<Item = Chunk<'a>> + use<'a> {
        Chunks { rest: self.body }.take_while(|chunk| chunk.name == b"IDAT")
    }

    /// The same for an animation. It gets an end only if no frame is cut short.
    pub(super) fn moving_pieces(&self) -> Pieces<'a> {
        let mut pieces = vec![Cow::Borrowed(SIGNATURE)];
        let head = self.head.iter().chain(&self.motion);
        pieces.extend(head.map(|chunk| Cow::Borrowed(chunk.whole)));
        pieces.push(Cow::Borrowed(self.body));
        let mut chunks = Chunks { rest: self.body };
        if chunks.all(|chunk| !chunk.is_cut) {
            pieces.push(Cow::Borrowed(END));
        }
        Pieces::new(pieces)
    }

    /// What the decoder may hold beside its buffers, in bytes: rows, and some more.
    pub(super) fn room(&self) -> u64 {
        self.row_bytes() + OTHER_DECODER_BYTES
    }

    /// The same for an animation: the decoder counts a row for each frame, and never less again.
    pub(super) fn moving_room(&self) -> u64 {
        let chunks = Chunks { rest: self.body };
        let frames = chunks.filter(|chunk| chunk.name == b"fcTL").count() as u64;
        self.room() + self.row_bytes() * (frames + 1)
    }

    /// The meaning of the samples.
    pub(super) fn kind(&self) -> Kind {
        if self.channels < 3 { Kind::Grey } else { Kind::Rgb }
    }

    /// The longest that a row can be, in bytes.
    pub(super) fn row_bytes(&self) -> u64 {
        u64::from(self.width) * 8
    }

    /// Whether rows come in order, with samples of 8 bits, so that they can be shrunk one by one.
    pub(super) fn comes_in_rows(&self) -> bool {
        self.bytes_per_sample == 1 && !self.is_interlaced
    }
}

/// A chunk of pixels, in pieces.
pub(super) fn pixel_chunk(payload: &[u8]) -> [Cow<'_, [u8]>; 3] {
    let name = *b"IDAT";
    let (head, checksum) = (head(name, payload), checksum(name, payload));
    [Cow::Owned(head.into()), Cow::Borrowed(payload), Cow::Owned(checksum.into())]
}
