//! The tracks of a film (ISO/IEC 14496-12, clause 8): each is taken for an item whose data is the
//! first sample. Nothing is known here of what items mean.

use super::boxes::{Fields, find_box, split_box, version_and_flags};
use super::items::{Item, Location};

/// Bytes of a visual sample entry before its boxes (14496-12, 12.1.3).
const ENTRY_BYTES: usize = 78;

/// Bytes of it before the width.
const BEFORE_SIZE: usize = 24;

/// A track of pictures.
pub(in crate::decode) struct Track<'a> {
    pub(super) item: Item<'a>,
    /// The boxes of its sample entry, which are properties in all but name.
    pub(super) properties: &'a [u8],
    /// The boxes of its references: each holds the IDs of other tracks.
    pub(super) references: &'a [u8],
}

/// The tracks in a `moov` box. `None` in place of one that cannot be read.
pub(in crate::decode) fn tracks(moov: &[u8]) -> impl Iterator<Item = Option<Track<'_>>> {
    let mut rest = moov;
    std::iter::from_fn(move || {
        loop {
            let (kind, payload, after) = split_box(rest)?;
            rest = after;
            if &kind == b"trak" {
                return Some(Track::of(payload));
            }
        }
    })
}

impl<'a> Track<'a> {
    fn of(trak: &'a [u8]) -> Option<Self> {
        let mut header = Fields::new(find_box(trak, *b"tkhd")?);
        let (version, _) = version_and_flags(&mut header)?;
        header.take(if version == 1 { 16 } else { 8 })?; // Times.
        let id = header.id(true)?;
        let mdia = find_box(trak, *b"mdia")?;
        let mut handler = Fields::new(find_box(mdia, *b"hdlr")?);
        handler.take(8)?; // Version, flags, and nothing.
        let is_seen = matches!(&handler.bytes()?, b"pict" | b"vide" | b"auxv");
        let stbl = find_box(find_box(mdia, *b"minf")?, *b"stbl")?;

        let mut description = Fields::new(find_box(stbl, *b"stsd")?);
        description.take(8)?; // Version, flags, and the number of entries.
        let (kind, entry, _) = split_box(description.rest())?;
        // Tracks of sound have other entries.
        let mut fields = Fields::new(entry);
        let mut size = || {
            fields.take(BEFORE_SIZE)?;
            Some((fields.id(false)?, fields.id(false)?)).filter(|_| is_seen)
        };
        let item = Item {
            id,
            kind,
            location: first_sample(stbl),
            associations: (&[], false),
            own_properties: 0..0,
            size: size(),
        };
        let properties = entry.get(ENTRY_BYTES..).unwrap_or_default();
        Some(Self { item, properties, references: find_box(trak, *b"tref").unwrap_or_default() })
    }

    /// The position and length of the first sample, in bytes.
    pub(in crate::decode) fn first_sample(&self) -> Option<(u64, u64)> {
        let location = self.item.location.as_ref()?;
        Some((location.base, Fields::new(location.extents).number(4)?))
    }
}

/// Where the first sample lies: at the start of the first chunk.
fn first_sample(stbl: &[u8]) -> Option<Location<'_>> {
    let (chunks, width) = match find_box(stbl, *b"stco") {
        Some(chunks) => (chunks, 4),
        None => (find_box(stbl, *b"co64")?, 8),
    };
    let mut chunks = Fields::new(chunks);
    chunks.take(8)?; // Version, flags, and the number of chunks.
    let base = chunks.number(width)?;
    let mut sizes = Fields::new(find_box(stbl, *b"stsz")?);
    version_and_flags(&mut sizes)?;
    // The size of every sample, or zero before the number of samples and the size of each.
    let mut length = sizes.take(4)?;
    if length == [0; 4] {
        sizes.take(4)?;
        length = sizes.take(4)?;
    }
    Some(Location { is_inner: false, base, extents: length, widths: [0, 0, 4] })
}
