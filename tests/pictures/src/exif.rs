//! EXIF blocks, and the place for them in a file of each format that has one.

use super::bits::crc;

/// An EXIF block with an orientation (1 to 8) and texts by tag (EXIF 3.0, 4.6.5). Tags ascend, and
/// texts have four bytes or more.
#[must_use]
pub fn exif_block(orientation: u8, texts: &[(u16, &str)]) -> Vec<u8> {
    let (mut before, mut after, mut values) = (Vec::new(), Vec::new(), Vec::new());
    let mut place = 8 + 2 + (texts.len() + 1) * 12 + 4;
    for (tag, text) in texts {
        let number = |number: usize| u32::try_from(number).unwrap_or(0).to_be_bytes();
        let entries = if *tag < 0x0112 { &mut before } else { &mut after };
        entries.extend(tag.to_be_bytes());
        entries.extend([0, 2]);
        entries.extend(number(text.len() + 1));
        entries.extend(number(place));
        place += text.len() + 1;
        values.extend([text.as_bytes(), &[0]].concat());
    }
    let turn = [1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0];
    let count = u16::try_from(texts.len() + 1).unwrap_or(0).to_be_bytes();
    [b"MM\0\x2A\0\0\0\x08".as_slice(), &count, &before, &turn, &after, &[0; 4], &values].concat()
}

/// A JPEG, PNG or WebP file with an EXIF block. Any other file stays as it is.
#[must_use]
pub fn with_exif(file: &[u8], block: &[u8]) -> Vec<u8> {
    let add = match file {
        [0xFF, 0xD8, ..] => jpeg,
        [0x89, b'P', b'N', b'G', ..] => png,
        [b'R', b'I', b'F', b'F', ..] => webp,
        _ => return file.to_vec(),
    };
    add(file, block).unwrap_or_default()
}

/// A segment at the start.
fn jpeg(file: &[u8], block: &[u8]) -> Option<Vec<u8>> {
    let (start, rest) = file.split_at_checked(2)?;
    let length = u16::try_from(block.len() + 8).ok()?.to_be_bytes();
    Some([start, b"\xFF\xE1", &length, b"Exif\0\0", block, rest].concat())
}

/// A chunk behind the header.
fn png(file: &[u8], block: &[u8]) -> Option<Vec<u8>> {
    let (start, rest) = file.split_at_checked(33)?;
    let length = u32::try_from(block.len()).ok()?.to_be_bytes();
    let sum = crc([b"eXIf", block]).to_be_bytes();
    Some([start, &length, b"eXIf", block, &sum, rest].concat())
}

/// The last chunk of a file of the extended kind (RFC 9649, section 2.7).
fn webp(file: &[u8], block: &[u8]) -> Option<Vec<u8>> {
    const HAS_EXIF: u8 = 1 << 3;
    let mut chunks = file.get(12..)?.to_vec();
    if !chunks.starts_with(b"VP8X") {
        let payload = chunks.get(8..)?;
        let size = if chunks.starts_with(b"VP8L") {
            let bits = u32::from_le_bytes(*payload.get(1..)?.first_chunk()?);
            [bits & 0x3FFF, bits >> 14 & 0x3FFF]
        } else {
            let &[w0, w1, h0, h1] = payload.get(6..)?.first_chunk()?;
            [[w0, w1], [h0, h1]].map(|side| u32::from(u16::from_le_bytes(side) & 0x3FFF) - 1)
        };
        let mut header = b"VP8X\x0A\0\0\0\0\0\0\0".to_vec();
        header.extend(size.iter().flat_map(|side| side.to_le_bytes().into_iter().take(3)));
        chunks = [header, chunks].concat();
    }
    *chunks.get_mut(8)? |= HAS_EXIF;
    chunks.extend(b"EXIF");
    chunks.extend(u32::try_from(block.len()).ok()?.to_le_bytes());
    chunks.extend(block);
    chunks.extend([0].iter().take(block.len() % 2));
    let length = u32::try_from(chunks.len() + 4).ok()?.to_le_bytes();
    Some([b"RIFF", length.as_slice(), b"WEBP", &chunks].concat())
}
