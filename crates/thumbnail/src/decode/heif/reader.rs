//! Reads the boxes of a HEIF file that tell of its items (ISO/IEC 14496-12, and 23008-12). A film
//! without a still picture is a file of items, too: its tracks.

use super::boxes::{Fields, find_box, split_box, version_and_flags};
use super::container::{Container, MAX_PARTS};
use super::items::{Item, Link, Location, Reference, references};
use super::tracks::tracks;
use crate::decode::file::File;
use crate::error::ThumbnailError;

impl<'a> Container<'a> {
    /// Reads the boxes before the data.
    pub(super) fn of(file: &File<'a>) -> Result<Self, ThumbnailError> {
        let mut rest = file.source;
        let (mut meta, mut moov) = (None, None);
        while !rest.is_empty() {
            let (kind, payload, after) = split_box(rest).ok_or_else(|| file.truncated(None))?;
            match &kind {
                b"meta" if has_primary(payload) => return Self::of_meta(file, payload),
                b"meta" => meta = meta.or(Some(payload)),
                b"moov" => moov = moov.or(Some(payload)),
                _ => {}
            }
            rest = after;
        }
        match (moov, meta) {
            (Some(moov), _) => Self::of_film(file, moov),
            (None, Some(meta)) => Self::of_meta(file, meta),
            // A file of boxes does not tell whether more boxes should follow.
            (None, None) => Err(file.truncated(None)),
        }
    }

    /// Takes the tracks for items: the first that is a picture by itself is the primary one.
    fn of_film(file: &File<'a>, moov: &'a [u8]) -> Result<Self, ThumbnailError> {
        let mut container = Self::new(file);
        let mut primary = None;
        for (number, track) in (1..).zip(tracks(moov)) {
            file.check_parts("tracks", number, MAX_PARTS)?;
            let Some(mut track) = track else { continue };
            let first = container.properties.len();
            let mut rest = track.properties;
            while let Some((kind, payload, after)) = split_box(rest) {
                container.add_property(file, kind, payload)?;
                rest = after;
            }
            track.item.own_properties = first..container.properties.len();
            let mut rest = track.references;
            let mut is_auxiliary = false;
            while let Some((kind, ids, after)) = split_box(rest) {
                is_auxiliary |= &kind == b"auxl";
                container.add_links(file, &Reference::of_track(kind, track.item.id, ids))?;
                rest = after;
            }
            if !is_auxiliary && track.item.size.is_some() {
                primary = primary.or(Some(track.item.id));
            }
            container.items.push(track.item);
        }
        let primary =
            primary.ok_or_else(|| file.unsupported("it is a video, without a still picture"))?;
        container.primary = primary;
        container.sort_items();
        Ok(container)
    }

    fn new(file: &File<'a>) -> Self {
        Self {
            source: file.source,
            primary: 0,
            items: Vec::new(),
            properties: Vec::new(),
            references: (&[], false),
            links: Vec::new(),
            inner_data: &[],
        }
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
            primary: parts.primary.and_then(primary).ok_or_else(broken)?,
            references: references(parts.references).ok_or_else(broken)?,
            inner_data: parts.inner_data,
            ..Self::new(file)
        };
        container.add_items(file, parts.information)?;
        container.add_locations(parts.locations).ok_or_else(broken)?;
        container.add_properties(file, parts.properties)?;
        for reference in container.references() {
            container.add_links(file, &reference)?;
        }
        Ok(container)
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
        self.sort_items();
        Ok(())
    }

    fn sort_items(&mut self) {
        self.items.sort_by_key(|item| item.id);
        self.items.dedup_by_key(|item| item.id);
    }

    /// Keeps references between pictures and their alpha planes.
    fn add_links(
        &mut self,
        file: &File<'_>,
        reference: &Reference<'_>,
    ) -> Result<(), ThumbnailError> {
        let is_auxiliary = &reference.kind == b"auxl";
        if is_auxiliary || &reference.kind == b"prem" {
            for to in reference.to.clone() {
                self.links.push(Link { is_auxiliary, from: reference.from, to });
                file.check_parts("alpha planes", self.links.len() as u64, MAX_PARTS)?;
            }
        }
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
                        self.add_property(file, kind, payload)?;
                    }
                }
                b"ipma" => self.associate(payload).ok_or_else(broken)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn add_property(
        &mut self,
        file: &File<'_>,
        kind: [u8; 4],
        payload: &'a [u8],
    ) -> Result<(), ThumbnailError> {
        file.check_parts("properties", self.properties.len() as u64 + 1, MAX_PARTS)?;
        self.properties.push((kind, payload));
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

/// Whether a `meta` box names a primary item. That of a film may describe other things.
fn has_primary(meta: &[u8]) -> bool {
    meta.get(4..).is_some_and(|boxes| find_box(boxes, *b"pitm").is_some())
}

/// Reads the ID of the primary item (14496-12, 8.11.4).
fn primary(pitm: &[u8]) -> Option<u32> {
    let mut fields = Fields::new(pitm);
    let (version, _) = version_and_flags(&mut fields)?;
    fields.id(version > 0)
}
