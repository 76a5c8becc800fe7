//! The container that AVIF and HEIC share: a file of boxes with pictures as items (ISO/IEC
//! 14496-12, and 23008-12, HEIF). Finds the item that is the picture, the items that belong to it,
//! and where their data lies. Decodes no pixels, and copies only data that is in several extents.

use std::borrow::Cow;

use super::boxes::{Fields, split_box};
use super::items::{Item, Link, Reference};
use crate::decode::file::File;
use crate::error::ThumbnailError;

/// The most items, and the most item properties, that are read. A picture of 100 megapixels in
/// tiles of 512 x 512 has about 400 items, and a handful of properties.
pub(super) const MAX_PARTS: u64 = 4096;

/// The longest item that is joined from several extents, and the longest tiles together, in bytes.
pub(super) const LONGEST_JOINED: usize = 1 << 24;

/// Bytes that a container of `MAX_PARTS` items and properties takes.
pub(super) const CONTAINER_BYTES: u64 = 3 << 19;

/// The auxiliary types of an alpha plane.
const ALPHA: [&[u8]; 2] =
    [b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0", b"urn:mpeg:hevc:2015:auxid:1\0"];

/// The items of a file, as far as its picture needs them.
pub(super) struct Container<'a> {
    pub(super) source: &'a [u8],
    /// The ID of the primary item.
    pub(super) primary: u32,
    /// Sorted by their IDs, which are unique.
    pub(super) items: Vec<Item<'a>>,
    /// Item properties, by type. Items refer to them by their index, which starts at 1.
    pub(super) properties: Vec<([u8; 4], &'a [u8])>,
    /// The boxes of item references, and whether they use 32-bit IDs.
    pub(super) references: (&'a [u8], bool),
    /// The references between pictures and their alpha planes.
    pub(super) links: Vec<Link>,
    /// The `idat` box: data of small items, stored among the metadata.
    pub(super) inner_data: &'a [u8],
}

impl<'a> Container<'a> {
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

    /// The item that holds the alpha plane of `item`'s picture, if there is one.
    pub(super) fn alpha_of(&self, item: &Item<'_>) -> Option<&Item<'a>> {
        self.links
            .iter()
            .filter(|link| link.is_auxiliary && link.to == item.id)
            .filter_map(|link| self.item(link.from))
            .find(|auxiliary| self.is_alpha(auxiliary))
    }

    /// Whether the colours of `item`'s picture are premultiplied by `alpha`.
    pub(super) fn is_premultiplied(&self, item: &Item<'_>, alpha: &Item<'_>) -> bool {
        let link = Link { is_auxiliary: false, from: item.id, to: alpha.id };
        self.links.contains(&link)
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
        let told = places.chunks_exact(1 + usize::from(is_wide)).map(move |place| {
            let (place, essential) = match *place {
                [high, low] => (u16::from_be_bytes([high & 0x7F, low]), high & 0x80 != 0),
                [place] => (u16::from(place & 0x7F), place & 0x80 != 0),
                _ => (0, false),
            };
            let (kind, payload) = self.properties.get(usize::from(place).checked_sub(1)?)?;
            Some((*kind, *payload, essential))
        });
        let own = self.properties.get(item.own_properties.clone()).unwrap_or_default();
        told.chain(own.iter().map(|(kind, payload)| Some((*kind, *payload, false))))
    }

    /// Whether an auxiliary item is an alpha plane.
    fn is_alpha(&self, item: &Item<'a>) -> bool {
        self.properties_of(item).flatten().any(|(kind, payload, _)| {
            let urn = payload.get(4..).unwrap_or_default();
            matches!(&kind, b"auxC" | b"auxi") && ALPHA.iter().any(|alpha| urn.starts_with(alpha))
        })
    }

    /// Every reference between items.
    pub(super) fn references(&self) -> impl Iterator<Item = Reference<'a>> + use<'a> {
        let (mut rest, is_wide) = self.references;
        std::iter::from_fn(move || {
            let (kind, payload, after) = split_box(rest)?;
            rest = after;
            Reference::of(kind, payload, is_wide)
        })
    }
}
