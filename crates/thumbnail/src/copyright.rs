//! The creator and the copyright notice of a picture: read from the file's metadata, and written
//! anew as EXIF. No other metadata is kept, least of all locations.
//!
//! EXIF, IPTC and XMP are searched for in the whole file. Compressed metadata is not found.

mod exif;
mod text;
mod xmp;

use text::{find, join};

/// Datasets of IPTC's second record (IIM 4.2, 6): by-line and copyright notice.
const BY_LINE: u8 = 80;
const COPYRIGHT_NOTICE: u8 = 116;

/// An EXIF block with only the creator and the copyright notice of `source`; `None` if it names
/// neither. EXIF takes precedence over IPTC, and IPTC over XMP.
pub(super) fn exif_of(source: &[u8]) -> Option<Vec<u8>> {
    let block = exif::block(source);
    let field = |tag| join(exif::text(block?, tag)?.into_iter());
    let creator = field(exif::ARTIST)
        .or_else(|| iptc(source, BY_LINE))
        .or_else(|| xmp::texts(source, "dc:creator"));
    let copyright = field(exif::COPYRIGHT)
        .or_else(|| iptc(source, COPYRIGHT_NOTICE))
        .or_else(|| xmp::texts(source, "dc:rights"));
    let fields: Vec<_> = [(exif::ARTIST, creator), (exif::COPYRIGHT, copyright)]
        .into_iter()
        .filter_map(|(tag, text)| Some((tag, text?)))
        .collect();
    (!fields.is_empty()).then(|| exif::write(&fields))
}

/// The texts of a dataset in IPTC's second record, from Photoshop's block for it.
fn iptc(source: &[u8], dataset: u8) -> Option<String> {
    const BLOCK: &[u8] = b"8BIM\x04\x04";
    let start = find(source, BLOCK)? + BLOCK.len();
    // A name, padded to an even length with its length byte, then the length of what follows.
    let name = usize::from(*source.get(start)?);
    let (&length, rest) = source.get(start + ((name + 2) & !1)..)?.split_first_chunk::<4>()?;
    let mut rest = rest.get(..u32::from_be_bytes(length) as usize)?;
    let mut texts = Vec::new();
    while let Some((&[0x1C, record, kind, high, low], after)) = rest.split_first_chunk::<5>() {
        // Datasets with long lengths, whose first bit is set, are never texts.
        let Some(text) = after.get(..usize::from(u16::from_be_bytes([high, low]))) else { break };
        if (record, kind) == (2, dataset) {
            texts.push(String::from_utf8_lossy(text).into_owned());
        }
        rest = after.get(text.len()..).unwrap_or_default();
    }
    join(texts.into_iter())
}

#[cfg(test)]
mod tests;
