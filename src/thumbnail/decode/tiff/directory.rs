//! The first directory of a TIFF file: the few entries that decide what decoding takes (TIFF 6.0,
//! section 2; BigTIFF where 8-byte numbers are). It is as strict as need be to read them the one way.

/// A directory's entries that matter here.
pub(super) struct Directory<'a> {
    source: &'a [u8],
    order: Order,
    rows_per_strip: Option<u64>,
    tile: Option<(u64, u64)>,
    planes: u64,
    bits_per_pixel: u64,
    offsets: Option<Entry>,
    lengths: Option<Entry>,
    /// Strips or tiles are JPEG files.
    pub(super) is_jpeg: bool,
    /// What all of them begin with.
    pub(super) jpeg_tables: Option<&'a [u8]>,
    /// How long the colour profile is, in bytes.
    pub(super) profile_bytes: u64,
}

/// The strips or tiles of a picture.
pub(super) struct Pieces {
    /// How many there are, all planes together.
    pub(super) count: u64,
    /// Width of each, in pixels.
    pub(super) width: u32,
    /// Height of each, in pixels.
    pub(super) height: u32,
}

impl Pieces {
    /// Pixels of each.
    pub(super) fn pixels(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }
}

#[derive(Clone, Copy)]
struct Order {
    is_big_endian: bool,
    is_big_tiff: bool,
}

/// Where an entry's values are.
#[derive(Clone, Copy)]
struct Entry {
    bytes_per_value: usize,
    count: usize,
    start: usize,
}

impl<'a> Directory<'a> {
    /// `None` for a directory that cannot be read, or can be read in more than one way.
    pub(super) fn of(source: &'a [u8]) -> Option<Self> {
        let order = Order {
            is_big_endian: source.starts_with(b"MM"),
            is_big_tiff: source.get(2..4).is_some_and(|version| version.contains(&43)),
        };
        let (pointer, count_bytes, entry_bytes) =
            if order.is_big_tiff { (8, 8, 20) } else { (4, 2, 12) };
        let pointer_bytes = if order.is_big_tiff { 8 } else { 4 };
        let start =
            usize::try_from(order.number(source.get(pointer..pointer + pointer_bytes)?)).ok()?;
        let entries = source.get(start..)?;
        let (count, entries) = entries.split_at_checked(count_bytes)?;
        let count = usize::try_from(order.number(count)).ok()?;

        let mut found = Self {
            source,
            order,
            rows_per_strip: None,
            tile: None,
            planes: 1,
            bits_per_pixel: 1,
            offsets: None,
            lengths: None,
            is_jpeg: false,
            jpeg_tables: None,
            profile_bytes: 0,
        };
        let (mut samples, mut bits, mut is_planar) = (1, 1, false);
        let (mut tile_width, mut tile_height) = (None, None);
        let mut seen = [false; 1 << 10];
        for (number, raw) in entries.chunks_exact(entry_bytes).take(count).enumerate() {
            let tag = order.number(raw.get(..2)?);
            let is_known = matches!(tag, 256..=325 | 347);
            if let Some(seen) = seen.get_mut(usize::try_from(tag).ok()?).filter(|_| is_known)
                && std::mem::replace(seen, true)
            {
                return None;
            }
            let at = start + count_bytes + number * entry_bytes;
            let Some(entry) = found.entry(raw, at) else {
                // The decoder loses its place behind an entry of unknown type (tiff 0.11.3).
                let is_unknown = !matches!(order.number(raw.get(2..4)?), 1..=18);
                if order.is_big_tiff && is_unknown {
                    return None;
                }
                continue;
            };
            let first = || found.values(entry).and_then(|mut values| values.next());
            match tag {
                258 => bits = first()?,
                259 => found.is_jpeg = first()? == 7,
                273 | 324 => found.offsets = Some(entry),
                277 => samples = first()?,
                278 => found.rows_per_strip = Some(first()?),
                279 | 325 => found.lengths = Some(entry),
                284 => is_planar = first()? == 2,
                322 => tile_width = Some(first()?),
                323 => tile_height = Some(first()?),
                347 => found.jpeg_tables = Some(found.bytes(entry)?),
                34_675 => found.profile_bytes = found.bytes(entry).map_or(0, <[u8]>::len) as u64,
                _ => {}
            }
        }
        found.tile = tile_width.zip(tile_height);
        found.planes = if is_planar { samples } else { 1 };
        found.bits_per_pixel = samples.checked_mul(bits)?;
        Some(found)
    }

    /// How the picture is cut up. `None` when that makes no sense.
    pub(super) fn pieces(&self, (width, height): (u32, u32)) -> Option<Pieces> {
        let (across, piece_width, piece_height) = if let Some((tile_width, tile_height)) = self.tile
        {
            (u64::from(width).div_ceil(at_least_1(tile_width)?), tile_width, tile_height)
        } else {
            let rows = self.rows_per_strip.unwrap_or(u64::from(height));
            (1, u64::from(width), at_least_1(rows)?.min(u64::from(height)))
        };
        let down = u64::from(height).div_ceil(at_least_1(piece_height)?);
        Some(Pieces {
            count: across.checked_mul(down)?.checked_mul(self.planes)?,
            width: u32::try_from(piece_width).ok()?,
            height: u32::try_from(piece_height).ok()?,
        })
    }

    /// Where strips or tiles begin, and how long they are, in bytes.
    pub(super) fn places(&self) -> Option<impl Iterator<Item = (usize, usize)>> {
        let number = |value| usize::try_from(value).unwrap_or(usize::MAX);
        let offsets = self.values(self.offsets?)?.map(number);
        Some(offsets.zip(self.values(self.lengths?)?.map(number)))
    }

    /// How many planes there are, each with strips or tiles of its own; at least 1.
    pub(super) fn planes(&self) -> u64 {
        self.planes.max(1)
    }

    /// What a stored pixel takes, in bytes, rounded up.
    pub(super) fn stored_bytes_per_pixel(&self) -> u64 {
        self.bits_per_pixel.div_ceil(8)
    }

    /// `None` for a type of value that is no whole number.
    fn entry(&self, raw: &[u8], at: usize) -> Option<Entry> {
        let bytes_per_value = match self.order.number(raw.get(2..4)?) {
            1 | 2 | 7 => 1,
            3 => 2,
            4 | 13 => 4,
            16 | 18 => 8,
            _ => return None,
        };
        let (count, value) = raw.get(4..)?.split_at_checked(raw.len().checked_sub(4)? / 2)?;
        let count = usize::try_from(self.order.number(count)).ok()?;
        let is_inline = count.checked_mul(bytes_per_value)? <= value.len();
        let start = if is_inline {
            at + raw.len() - value.len()
        } else {
            usize::try_from(self.order.number(value)).ok()?
        };
        Some(Entry { bytes_per_value, count, start })
    }

    fn bytes(&self, entry: Entry) -> Option<&'a [u8]> {
        let length = entry.count.checked_mul(entry.bytes_per_value)?;
        self.source.get(entry.start..)?.get(..length)
    }

    fn values(&self, entry: Entry) -> Option<impl Iterator<Item = u64>> {
        let (bytes, order) = (self.bytes(entry)?, self.order);
        Some(bytes.chunks_exact(entry.bytes_per_value).map(move |value| order.number(value)))
    }
}

impl Order {
    fn number(self, bytes: &[u8]) -> u64 {
        let join = |number: u64, &byte: &u8| number << 8 | u64::from(byte);
        if self.is_big_endian {
            bytes.iter().fold(0, join)
        } else {
            bytes.iter().rev().fold(0, join)
        }
    }
}

fn at_least_1(value: u64) -> Option<u64> {
    (value > 0).then_some(value)
}
