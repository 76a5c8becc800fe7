//! Who made a picture and whose it is: read from what its file says of itself, written anew as EXIF.
//! Of everything else that is said there, places above all, nothing is carried over.
//!
//! EXIF is read where its container has it. The packets of IPTC and XMP are looked for in the whole
//! file, which is what they are made for; one that is compressed is not found.

mod xmp;

use std::io::Cursor;

use exif::{In, Reader, Tag, Value};

/// The longest that either may be, in bytes; what is longer is cut.
const MAX_BYTES: usize = 1000;

/// EXIF's tags (EXIF 3.0, 4.6.5).
const ARTIST: u16 = 0x013B;
const COPYRIGHT: u16 = 0x8298;

/// Records of IPTC's second dataset (IIM 4.2, 6): by-line and copyright notice.
const BY_LINE: u8 = 80;
const COPYRIGHT_NOTICE: u8 = 116;

/// An EXIF block that holds the creator and the copyright notice of `source` alone; `None` when it
/// names neither. Of several places that name one, EXIF counts before IPTC, and that before XMP.
pub(super) fn exif_of(source: &[u8]) -> Option<Vec<u8>> {
    let exif = Reader::new()
        .continue_on_error(true)
        .read_from_container(&mut Cursor::new(source))
        .or_else(|error| error.distill_partial_result(|_| {}))
        .ok();
    let tag = |tag| exif.as_ref().and_then(|exif| ascii(&exif.get_field(tag, In::PRIMARY)?.value));
    let creator = tag(Tag::Artist)
        .or_else(|| iptc(source, BY_LINE))
        .or_else(|| xmp::texts(source, "dc:creator"));
    let copyright = tag(Tag::Copyright)
        .or_else(|| iptc(source, COPYRIGHT_NOTICE))
        .or_else(|| xmp::texts(source, "dc:rights"));
    let fields: Vec<_> = [(ARTIST, creator), (COPYRIGHT, copyright)]
        .into_iter()
        .filter_map(|(tag, text)| Some((tag, text?)))
        .collect();
    (!fields.is_empty()).then(|| write(&fields))
}

/// A text field's parts in one.
fn ascii(value: &Value) -> Option<String> {
    let Value::Ascii(parts) = value else { return None };
    join(parts.iter().map(|part| String::from_utf8_lossy(part).into_owned()))
}

/// Texts without what is no text, with commas between; `None` where nothing is left.
fn join(parts: impl Iterator<Item = String>) -> Option<String> {
    let parts: Vec<String> = parts
        .map(|part| part.chars().filter(|c| !c.is_control()).collect::<String>().trim().to_owned())
        .filter(|part| !part.is_empty())
        .collect();
    let mut joined = parts.join(", ");
    joined.truncate(joined.floor_char_boundary(MAX_BYTES));
    (!joined.is_empty()).then_some(joined)
}

/// The texts of a dataset of IPTC's second record, in the block that Photoshop keeps it in.
fn iptc(source: &[u8], dataset: u8) -> Option<String> {
    const BLOCK: &[u8] = b"8BIM\x04\x04";
    let start = find(source, BLOCK)? + BLOCK.len();
    // A name, padded to an even length with its own, then the length of what follows.
    let name = usize::from(*source.get(start)?);
    let (&length, rest) = source.get(start + ((name + 2) & !1)..)?.split_first_chunk::<4>()?;
    let mut rest = rest.get(..u32::from_be_bytes(length) as usize)?;
    let mut texts = Vec::new();
    while let Some((&[0x1C, record, kind, high, low], after)) = rest.split_first_chunk::<5>() {
        // Longer ones, whose first bit is set, are never texts.
        let Some(text) = after.get(..usize::from(u16::from_be_bytes([high, low]))) else { break };
        if (record, kind) == (2, dataset) {
            texts.push(String::from_utf8_lossy(text).into_owned());
        }
        rest = after.get(text.len()..).unwrap_or_default();
    }
    join(texts.into_iter())
}

/// Where `needle` first is.
fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

/// A TIFF structure of one directory with text fields, in order of their tags.
fn write(fields: &[(u16, String)]) -> Vec<u8> {
    let count = u16::try_from(fields.len()).unwrap_or_default();
    let mut block = b"MM\0\x2A\0\0\0\x08".to_vec();
    block.extend(count.to_be_bytes());
    // The directory is followed by the place of the next, which there is not, and by the texts.
    let mut place = 8 + 2 + u32::from(count) * 12 + 4;
    let mut texts = Vec::new();
    for (tag, text) in fields {
        let mut text = [text.as_bytes(), &[0]].concat();
        let length = u32::try_from(text.len()).unwrap_or_default();
        block.extend(tag.to_be_bytes());
        block.extend([0, 2]);
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
