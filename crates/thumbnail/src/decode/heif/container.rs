//! The container that AVIF and HEIC share: a file of boxes with pictures as items (ISO/IEC
//! 14496-12, and 23008-12, HEIF). Finds the item that is the picture, the items that belong to it,
//! and where their data lies. Decodes no pixels, and copies only data that is in several extents.

use std::borrow::Cow;

use super::boxes::{Fields, split_box, version_and_flags};
use super::items::{Item, Location, Reference, references};
use crate::decode::file::File;
use crate::error::ThumbnailError;

/// The most items, and the most item properties, that are read. A picture of 100 megapixels in
/// tiles of 512 x 512 has about 400 items, and a handful of properties.
const MAX_PARTS: u64 = 4096;

/// The longest item that is joined from several extents, in bytes.
const LONGEST_JOINED: usize = 1 << 24;

/// Bytes that a container of `MAX_PARTS` items and properties takes.
pub(super) const CONTAINER_BYTES: u64 = 1 << 20;

/// The auxiliary types of an alpha plane.
const ALPHA: [&[u8]; 2] =
    [b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0", b"urn:mpeg:hevc:2015:auxid:1\0"];

/// The items of a file, as far as its picture needs them.
pub(super) struct Container<'a> {
    source: &'a [u8],
    /// The ID of the primary item.
    primary: u32,
    /// Sorted by their IDs, which are unique.
    items: Vec<Item<'a>>,
    /// Item properties, by type. Items refer to them by their index, which starts at 1.
    properties: Vec<([u8; 4], &'a [u8])>,
    /// The boxes of item references, and whether they use 32-bit IDs.
    references: (&'a [u8], bool),
    /// The `idat` box: data of small items, stored among the metadata.
    inner_data: &'a [u8],
}

impl<'a> Container<'a> {
    /// Reads the boxes before the data.
    pub(super) fn of(file: &File<'a>) -> Result<Self, ThumbnailError> {
        let mut rest = file.source;
        let mut is_video = false;
        while !rest.is_empty() {
            let (kind, payload, after) = split_box(rest).ok_or_else(|| file.truncated(None))?;
            if &kind == b"meta" {
                return Self::of_meta(file, payload);
            }
            is_video |= &kind == b"moov";
            rest = after;
        }
        if is_video {
            return Err(file.unsupported("it is a video, without a still picture"));
        }
        // A file of boxes does not tell whether more boxes should follow.
        Err(file.truncated(None))
    }

    fn of_meta(file: &File<'a>, meta: &'a [u8]) -> Result<Self, ThumbnailError> {
        let broken = || file.corrupt("what it says of its pictures makes no sense");
        let mut parts = Parts::default();
        let mut rest = meta.get(4..).ok_or_else(broken)?;
        while !rest.is_empty() {
            let (kind, payload, after) = split_box(rest).ok_or_else(broken)?;
            match &kind {
                b"pitm" => parts.primary = parts.primary.or(Some(payload)),
                b"iinf" => parts.information = payload,
                b"iloc" => parts.locations = payload,
                b"iprp" => parts.properties = payload,
                b"iref" => parts.references = payload,
                b"idat" => parts.inner_data = payload,
                _ => {}
            }
            rest = after;
        }
        let mut container = Self {
            source: file.source,
            primary: parts.primary.and_then(primary).ok_or_else(broken)?,
            items: Vec::new(),
            properties: Vec::new(),
            references: references(parts.references).ok_or_else(broken)?,
            inner_data: parts.inner_data,
        };
        container.add_items(file, parts.information)?;
        container.add_locations(parts.locations).ok_or_else(broken)?;
        container.add_properties(file, parts.properties)?;
        Ok(container)
    }

    /// The primary item.
    pub(super) fn primary(&self, file: &File<'_>) -> Result<&Item<'a>, ThumbnailError> {
        self.item(self.primary).ok_or_else(|| file.corrupt("its picture is not in it"))
    }

    pub(super) fn item(&self, id: u32) -> Option<&Item<'a>> {
        let place = self.items.binary_search_by_key(&id, |item| item.id).ok()?;
        self.items.get(place)
    }

    /// The items that `item` refers to by references of this type, in their order.
    pub(super) fn referred_by(
        &self,
        item: &Item<'_>,
        kind: [u8; 4],
    ) -> impl Iterator<Item = u32> + '_ {
        let id = item.id;
        self.references()
            .filter(move |reference| reference.kind == kind && reference.from == id)
            .flat_map(|reference| reference.to)
    }

    /// Whether `item` refers to `other` by a reference of this type.
    pub(super) fn refers(&self, item: &Item<'_>, kind: [u8; 4], other: &Item<'_>) -> bool {
        self.referred_by(item, kind).any(|id| id == other.id)
    }

    /// The item that holds the alpha plane of `item`'s picture, if there is one.
    pub(super) fn alpha_of(&self, item: &Item<'_>) -> Option<&Item<'a>> {
        self.references()
            .filter(|reference| &reference.kind == b"auxl")
            .filter(|reference| reference.to.clone().any(|to| to == item.id))
            .filter_map(|reference| self.item(reference.from))
            .find(|auxiliary| self.is_alpha(auxiliary))
    }

    /// The data of an item, joined if it is in several extents.
    pub(super) fn data(
        &self,
        file: &File<'_>,
        item: &Item<'a>,
    ) -> Result<Cow<'a, [u8]>, ThumbnailError> {
        let location =
            item.location.as_ref().ok_or_else(|| file.corrupt("an item of it has no data"))?;
        let [_, offset_width, length_width] = location.widths;
        let from = if location.is_inner { self.inner_data } else { self.source };
        let mut whole: Cow<'a, [u8]> = Cow::default();
        for extent in location.extents.chunks_exact(location.widths.iter().sum::<usize>().max(1)) {
            let mut fields = Fields::new(extent);
            let piece = fields.number(location.widths[0]).and_then(|_| {
                let start = location.base.checked_add(fields.number(offset_width)?)?;
                let end = start.checked_add(fields.number(length_width)?)?;
                Some((usize::try_from(start).ok()?, usize::try_from(end).ok()?))
            });
            let (start, end) =
                piece.ok_or_else(|| file.corrupt("an item of it lies where no file can end"))?;
            if start == end {
                return Err(file.unsupported("an item of it is as long as the file"));
            }
            let piece = from.get(start..end).ok_or_else(|| {
                if location.is_inner {
                    file.corrupt("an item of it lies outside of its data")
                } else {
                    file.truncated(None)
                }
            })?;
            if whole.is_empty() {
                whole = Cow::Borrowed(piece);
            } else if whole.len() + piece.len() > LONGEST_JOINED {
                return Err(file.unsupported("a long item of it is in pieces"));
            } else {
                whole.to_mut().extend_from_slice(piece);
            }
        }
        Ok(whole)
    }

    /// The properties of an item: type, payload, and whether it is essential.
    pub(super) fn properties_of(
        &self,
        item: &Item<'a>,
    ) -> impl Iterator<Item = Option<([u8; 4], &'a [u8], bool)>> + '_ {
        let (places, is_wide) = item.associations;
        places.chunks_exact(1 + usize::from(is_wide)).map(move |place| {
            let (place, essential) = match *place {
                [high, low] => (u16::from_be_bytes([high & 0x7F, low]), high & 0x80 != 0),
                [place] => (u16::from(place & 0x7F), place & 0x80 != 0),
                _ => (0, false),
            };
            let (kind, payload) = self.properties.get(usize::from(place).checked_sub(1)?)?;
            Some((*kind, *payload, essential))
        })
    }

    /// Whether an auxiliary item is an alpha plane.
    fn is_alpha(&self, item: &Item<'a>) -> bool {
        self.properties_of(item).flatten().any(|(kind, payload, _)| {
            let urn = payload.get(4..).unwrap_or_default();
            &kind == b"auxC" && ALPHA.iter().any(|alpha| urn.starts_with(alpha))
        })
    }

    fn references(&self) -> impl Iterator<Item = Reference<'a>> + '_ {
        let (mut rest, is_wide) = self.references;
        std::iter::from_fn(move || {
            let (kind, payload, after) = split_box(rest)?;
            rest = after;
            Reference::of(kind, payload, is_wide)
        })
    }

    /// Reads the list of items (23008-12, and 14496-12, 8.11.6).
    fn add_items(&mut self, file: &File<'_>, iinf: &'a [u8]) -> Result<(), ThumbnailError> {
        let broken = || file.corrupt("its list of items makes no sense");
        let mut fields = Fields::new(iinf);
        let (version, _) = version_and_flags(&mut fields).ok_or_else(broken)?;
        fields.number(if version == 0 { 2 } else { 4 }).ok_or_else(broken)?;
        let mut rest = fields.rest();
        while !rest.is_empty() {
            let (kind, payload, after) = split_box(rest).ok_or_else(broken)?;
            rest = after;
            if &kind == b"infe" {
                file.check_parts("items", self.items.len() as u64 + 1, MAX_PARTS)?;
                self.items.extend(Item::of(payload));
            }
        }
        self.items.sort_by_key(|item| item.id);
        self.items.dedup_by_key(|item| item.id);
        Ok(())
    }

    /// Reads the locations of items (14496-12, 8.11.3).
    fn add_locations(&mut self, iloc: &'a [u8]) -> Option<()> {
        let mut fields = Fields::new(iloc);
        let (version, _) = version_and_flags(&mut fields)?;
        let [offset_and_length, base_and_index] = fields.bytes()?;
        let half = |byte: u8| [usize::from(byte >> 4), usize::from(byte & 0xF)];
        let ([offset, length], [base, index]) = (half(offset_and_length), half(base_and_index));
        let widths = [if version == 0 { 0 } else { index }, offset, length];
        if widths.into_iter().chain([base]).any(|width| width > 8) {
            return None;
        }
        let id_width = if version < 2 { 2 } else { 4 };
        for _ in 0..fields.number(id_width)? {
            let id = fields.id(id_width == 4)?;
            let construction = if version == 0 { 0 } else { fields.number(2)? & 0xF };
            let is_elsewhere = fields.number(2)? != 0;
            let base = fields.number(base)?;
            let count = usize::try_from(fields.number(2)?).ok()?;
            let extents = fields.take(count.checked_mul(widths.iter().sum())?)?;
            let is_known = construction < 2 && !is_elsewhere;
            let place = self.items.binary_search_by_key(&id, |item| item.id);
            if let Some(item) = place.ok().and_then(|place| self.items.get_mut(place)) {
                let is_inner = construction == 1;
                item.location = is_known.then_some(Location { is_inner, base, extents, widths });
            }
        }
        Some(())
    }

    /// Reads the properties of items (14496-12, 8.11.14).
    fn add_properties(&mut self, file: &File<'_>, iprp: &'a [u8]) -> Result<(), ThumbnailError> {
        let broken = || file.corrupt("what it says of its items makes no sense");
        let mut rest = iprp;
        while !rest.is_empty() {
            let (kind, payload, after) = split_box(rest).ok_or_else(broken)?;
            rest = after;
            match &kind {
                b"ipco" => {
                    let mut rest = payload;
                    while !rest.is_empty() {
                        let (kind, payload, after) = split_box(rest).ok_or_else(broken)?;
                        rest = after;
                        let count = self.properties.len() as u64 + 1;
                        file.check_parts("properties", count, MAX_PARTS)?;
                        self.properties.push((kind, payload));
                    }
                }
                b"ipma" => self.associate(payload).ok_or_else(broken)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn associate(&mut self, ipma: &'a [u8]) -> Option<()> {
        let mut fields = Fields::new(ipma);
        let (version, flags) = version_and_flags(&mut fields)?;
        let is_wide = flags & 1 == 1;
        for _ in 0..fields.number(4)? {
            let id = fields.id(version > 0)?;
            let count = usize::try_from(fields.number(1)?).ok()?;
            let places = fields.take(count << u32::from(is_wide))?;
            let place = self.items.binary_search_by_key(&id, |item| item.id);
            if let Some(item) = place.ok().and_then(|place| self.items.get_mut(place)) {
                item.associations = (places, is_wide);
            }
        }
        Some(())
    }
}

/// The payloads of a `meta` box's boxes.
#[derive(Default)]
struct Parts<'a> {
    primary: Option<&'a [u8]>,
    information: &'a [u8],
    locations: &'a [u8],
    properties: &'a [u8],
    references: &'a [u8],
    inner_data: &'a [u8],
}

/// Reads the ID of the primary item (14496-12, 8.11.4).
fn primary(pitm: &[u8]) -> Option<u32> {
    let mut fields = Fields::new(pitm);
    let (version, _) = version_and_flags(&mut fields)?;
    fields.id(version > 0)
}
