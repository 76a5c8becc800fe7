//! HEIF files, box by box (ISO/IEC 14496-12 and 23008-12): what no available encoder writes, such
//! as grids, rotations and false declarations. Knows nothing of the items' data.

/// A picture, a part of one, or metadata.
#[derive(Debug, Clone)]
pub struct Item {
    /// Its type, such as `av01` or `grid`.
    pub kind: [u8; 4],
    /// Its data.
    pub data: Vec<u8>,
    /// Its properties: types of boxes, and their payloads.
    pub properties: Vec<([u8; 4], Vec<u8>)>,
    /// Its references: the types, and the items that it refers to.
    pub references: Vec<([u8; 4], Vec<u16>)>,
}

/// A file of the given items. Their IDs count from 1; the first is the primary item.
#[must_use]
pub fn file(brand: [u8; 4], items: &[Item]) -> Vec<u8> {
    file_in_pieces(brand, items, 1)
}

/// The same with the data of each item in so many pieces.
#[must_use]
pub fn file_in_pieces(brand: [u8; 4], items: &[Item], pieces: usize) -> Vec<u8> {
    let kinds = boxed(*b"ftyp", &[&brand, &[0; 4], b"mif1", b"miaf"]);
    let start = kinds.len() + meta(items, 0, pieces).len() + 8;
    let data: Vec<_> = items.iter().map(|item| item.data.as_slice()).collect();
    [kinds, meta(items, start, pieces), boxed(*b"mdat", &data)].concat()
}

/// A film without a still picture: a track for each item, whose first sample is the item's data. Its
/// properties are boxes of the track, except for the size.
#[must_use]
pub fn film(brand: [u8; 4], items: &[Item]) -> Vec<u8> {
    film_with(brand, &[], items)
}

/// The same with other boxes before the tracks.
#[must_use]
pub fn film_with(brand: [u8; 4], boxes: &[u8], items: &[Item]) -> Vec<u8> {
    let kinds = boxed(*b"ftyp", &[&brand, &[0; 4], b"msf1", b"miaf"]);
    let start = kinds.len() + moov(boxes, items, 0).len() + 8;
    let data: Vec<_> = items.iter().map(|item| item.data.as_slice()).collect();
    [kinds, moov(boxes, items, start), boxed(*b"mdat", &data)].concat()
}

fn moov(boxes: &[u8], items: &[Item], start: usize) -> Vec<u8> {
    let mut at = start;
    let tracks = (1..).zip(items).flat_map(|(id, item)| {
        let header = boxed(*b"tkhd", &[&[0; 12], &number(id), &[0; 68]]);
        let references = item.references.iter().flat_map(|(kind, to)| {
            let to: Vec<u8> = to.iter().flat_map(|&to| u32::from(to).to_be_bytes()).collect();
            boxed(*kind, &[&to])
        });
        let references = boxed(*b"tref", &[&references.collect::<Vec<u8>>()]);
        let (sizes, others): (Vec<_>, Vec<_>) =
            item.properties.iter().partition(|(kind, _)| kind == b"ispe");
        let side = |at| sizes.first().and_then(|(_, size)| size.get(at..at + 2)).unwrap_or(&[0; 2]);
        let others: Vec<u8> =
            others.into_iter().flat_map(|(kind, payload)| boxed(*kind, &[payload])).collect();
        let entry = boxed(item.kind, &[&[0; 24], side(6), side(10), &[0; 50], &others]);
        let description = boxed(*b"stsd", &[&[0; 4], &number(1), &entry]);
        let length = number(item.data.len());
        let lengths = boxed(*b"stsz", &[&[0; 8], &number(2), &length, &number(1)]);
        let chunks = boxed(*b"stco", &[&[0; 4], &number(1), &number(at)]);
        at += item.data.len();
        let samples = boxed(*b"stbl", &[&description, &lengths, &chunks]);
        let handler = boxed(*b"hdlr", &[&[0; 8], b"pict", &[0; 13]]);
        let media = boxed(*b"mdia", &[&handler, &boxed(*b"minf", &[&samples])]);
        boxed(*b"trak", &[&header, &references, &media])
    });
    boxed(*b"moov", &[boxes, &tracks.collect::<Vec<u8>>()])
}

/// A box with its type and payload.
#[must_use]
pub fn boxed(kind: [u8; 4], parts: &[&[u8]]) -> Vec<u8> {
    let payload = parts.concat();
    [&number(payload.len() + 8), &kind[..], &payload].concat()
}

/// The property for a size.
#[must_use]
pub fn size(width: u32, height: u32) -> ([u8; 4], Vec<u8>) {
    (*b"ispe", [[0; 4], width.to_be_bytes(), height.to_be_bytes()].concat())
}

/// The property for colours as code points.
#[must_use]
pub fn colors(primaries: u8, transfer: u8, matrix: u8, is_full_range: bool) -> ([u8; 4], Vec<u8>) {
    let range = u8::from(is_full_range) << 7;
    (*b"colr", [b"nclx", &[0, primaries, 0, transfer, 0, matrix, range][..]].concat())
}

/// The property that makes an item an alpha plane.
#[must_use]
pub fn alpha() -> ([u8; 4], Vec<u8>) {
    (*b"auxC", b"\0\0\0\0urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0".to_vec())
}

/// The data of a grid item.
#[must_use]
pub fn grid(columns: u8, rows: u8, width: u16, height: u16) -> Vec<u8> {
    let sides = [width.to_be_bytes(), height.to_be_bytes()].concat();
    [&[0, 0, rows.wrapping_sub(1), columns.wrapping_sub(1)][..], &sides].concat()
}

fn meta(items: &[Item], start: usize, pieces: usize) -> Vec<u8> {
    let handler = boxed(*b"hdlr", &[&[0; 8], b"pict", &[0; 13]]);
    let primary = boxed(*b"pitm", &[&[0; 4], &[0, 1]]);
    let ids = || (1..).map(u16::to_be_bytes).zip(items);
    let count = count(items.len());

    let mut at = start;
    let places = ids().flat_map(|(id, item)| {
        let length = item.data.len();
        let places = (0..pieces).flat_map(|piece| {
            let (from, to) = (length * piece / pieces, length * (piece + 1) / pieces);
            [number(at + from), number(to - from)].concat()
        });
        let places: Vec<u8> = places.collect();
        at += length;
        [&id[..], &[0, 0], &self::count(pieces), &places].concat()
    });
    let places = boxed(*b"iloc", &[&[0; 4], &[0x44, 0], &count, &places.collect::<Vec<u8>>()]);

    let entries = ids()
        .flat_map(|(id, item)| boxed(*b"infe", &[&[2, 0, 0, 0], &id, &[0; 2], &item.kind, &[0]]));
    let entries = boxed(*b"iinf", &[&[0; 4], &count, &entries.collect::<Vec<u8>>()]);

    let references = ids().flat_map(|(id, item)| {
        item.references.iter().flat_map(move |(kind, to)| {
            let to: Vec<u8> = to.iter().flat_map(|to| to.to_be_bytes()).collect();
            boxed(*kind, &[&id, &self::count(to.len() / 2), &to])
        })
    });
    let references = boxed(*b"iref", &[&[0; 4], &references.collect::<Vec<u8>>()]);

    let properties = items.iter().flat_map(|item| &item.properties);
    let container = properties.flat_map(|(kind, payload)| boxed(*kind, &[payload]));
    let container = boxed(*b"ipco", &[&container.collect::<Vec<u8>>()]);
    let mut place = 0_u16;
    let associations = ids().flat_map(|(id, item)| {
        let places = item.properties.iter().flat_map(|(kind, _)| {
            place += 1;
            // Essential properties are marked by the highest bit.
            let must = matches!(kind, b"irot" | b"imir" | b"clap" | b"av1C" | b"hvcC");
            (place | u16::from(must) << 15).to_be_bytes()
        });
        let properties = u8::try_from(item.properties.len()).unwrap_or(u8::MAX);
        [&id[..], &[properties], &places.collect::<Vec<u8>>()].concat()
    });
    let associations =
        boxed(*b"ipma", &[&[0, 0, 0, 1], &number(items.len()), &associations.collect::<Vec<u8>>()]);
    let said = boxed(*b"iprp", &[&container, &associations]);
    boxed(*b"meta", &[&[0; 4], &handler, &primary, &places, &entries, &references, &said])
}

fn number(value: usize) -> [u8; 4] {
    u32::try_from(value).unwrap_or(u32::MAX).to_be_bytes()
}

fn count(value: usize) -> [u8; 2] {
    u16::try_from(value).unwrap_or(u16::MAX).to_be_bytes()
}
