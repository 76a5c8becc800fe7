//! The items of a HEIF file, and the references between them (ISO/IEC 14496-12, 8.11; 23008-12).

use std::ops::Range;

use super::boxes::{Fields, version_and_flags};

/// A picture, a part of one, or metadata such as EXIF.
pub(super) struct Item<'a> {
    pub(super) id: u32,
    /// Its type: `av01`, `hvc1`, `grid`, `Exif`, ...
    pub(super) kind: [u8; 4],
    pub(super) location: Option<Location<'a>>,
    /// The indices of its properties, and whether each takes two bytes.
    pub(super) associations: (&'a [u8], bool),
    /// Where the properties are that belong to it alone.
    pub(super) own_properties: Range<usize>,
    /// Width and height in pixels, if no property tells them.
    pub(super) size: Option<(u32, u32)>,
}

/// Where an item's data lies.
pub(super) struct Location<'a> {
    pub(super) is_inner: bool,
    pub(super) base: u64,
    /// For each extent, an index that is not used, an offset and a length. `widths` holds their
    /// widths in bytes.
    pub(super) extents: &'a [u8],
    pub(super) widths: [usize; 3],
}

impl<'a> Item<'a> {
    /// Reads an entry of the list of items; entries of versions below 2 are not pictures.
    pub(super) fn of(infe: &'a [u8]) -> Option<Self> {
        let mut fields = Fields::new(infe);
        let (version, _) = version_and_flags(&mut fields)?;
        if version < 2 {
            return None;
        }
        let id = fields.id(version > 2)?;
        fields.number(2)?;
        let kind = fields.bytes()?;
        Some(Self {
            id,
            kind,
            location: None,
            associations: (&[], false),
            own_properties: 0..0,
            size: None,
        })
    }
}

/// References of one type from one item to others.
pub(super) struct Reference<'a> {
    pub(super) kind: [u8; 4],
    pub(super) from: u32,
    pub(super) to: Targets<'a>,
}

impl<'a> Reference<'a> {
    pub(super) fn of(kind: [u8; 4], payload: &'a [u8], is_wide: bool) -> Option<Self> {
        let mut fields = Fields::new(payload);
        let from = fields.id(is_wide)?;
        let count = usize::try_from(fields.number(2)?).ok()?;
        let to = fields.take(count * if is_wide { 4 } else { 2 })?;
        Some(Self { kind, from, to: Targets { fields: Fields::new(to), is_wide } })
    }
}

impl<'a> Reference<'a> {
    /// The references of one type from a track to others, whose IDs are all that is in the box.
    pub(super) fn of_track(kind: [u8; 4], from: u32, ids: &'a [u8]) -> Self {
        Self { kind, from, to: Targets { fields: Fields::new(ids), is_wide: true } }
    }
}

/// A reference between a picture and its alpha plane.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Link {
    /// Whether it goes from the alpha plane to the picture; the other way, it tells that colours
    /// are premultiplied.
    pub(super) is_auxiliary: bool,
    pub(super) from: u32,
    pub(super) to: u32,
}

/// The items that are referred to.
#[derive(Clone)]
pub(super) struct Targets<'a> {
    fields: Fields<'a>,
    is_wide: bool,
}

impl Iterator for Targets<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        self.fields.id(self.is_wide)
    }
}

/// The boxes of item references, and whether they use 32-bit IDs (14496-12, 8.11.12).
pub(super) fn references(iref: &[u8]) -> Option<(&[u8], bool)> {
    if iref.is_empty() {
        return Some((iref, false));
    }
    let mut fields = Fields::new(iref);
    let (version, _) = version_and_flags(&mut fields)?;
    Some((fields.rest(), version > 0))
}
