//! The two text fields of an EXIF block that name creator and copyright (EXIF 3.0, 4.5 and 4.6),
//! and a block with nothing but these. All other fields are skipped.

use super::text::find;
use crate::exif::Block;

/// Tags of the first directory (EXIF 3.0, 4.6.5).
pub(super) const ARTIST: u16 = 0x013B;
pub(super) const COPYRIGHT: u16 = 0x8298;

/// The type of text fields.
const ASCII: u16 = 2;

/// The longest text that is read, in bytes.
const MAX_FIELD: usize = 4096;

/// The EXIF block of a file: what follows its name in JPEG, PNG and WebP, or a whole TIFF file.
pub(super) fn block(source: &[u8]) -> Option<Block<'_>> {
    if let Some(block) = Block::of(source) {
        return Some(block);
    }
    // The name, and how many bytes lie between it and the block.
    [(b"Exif\0\0".as_slice(), 0), (b"eXIf", 0), (b"EXIF", 4)].into_iter().find_map(|(name, gap)| {
        let mut rest = source;
        while let Some(at) = find(rest, name) {
            let after = rest.get(at + name.len()..)?;
            if let Some(block) = after.get(gap..).and_then(Block::of) {
                return Some(block);
            }
            rest = after;
        }
        None
    })
}

/// The text of a field in a block's first directory, as its zero-terminated parts.
pub(super) fn text(block: Block<'_>, tag: u16) -> Option<Vec<String>> {
    let bytes = block.text(tag)?;
    let bytes = bytes.get(..MAX_FIELD).unwrap_or(bytes);
    Some(bytes.split(|&byte| byte == 0).map(|part| String::from_utf8_lossy(part).into()).collect())
}

/// A block of one directory with text fields, which are sorted by tag.
pub(super) fn write(fields: &[(u16, String)]) -> Vec<u8> {
    let count = u16::try_from(fields.len()).unwrap_or_default();
    let mut block = [b"MM\0\x2A".as_slice(), &[0, 0, 0, 8]].concat();
    block.extend(count.to_be_bytes());
    // After the directory come the offset of the next one, which is 0, and the texts.
    let mut place = 8 + 2 + u32::from(count) * 12 + 4;
    let mut texts = Vec::new();
    for (tag, text) in fields {
        let mut text = [text.as_bytes(), &[0]].concat();
        let length = u32::try_from(text.len()).unwrap_or_default();
        block.extend(tag.to_be_bytes());
        block.extend(ASCII.to_be_bytes());
        block.extend(length.to_be_bytes());
        if length <= 4 {
            text.resize(4, 0);
            block.extend(text);
        } else {
            block.extend(place.to_be_bytes());
            place += length;
            texts.extend(text);
        }
    }
    block.extend([0; 4]);
    block.extend(texts);
    block
}
