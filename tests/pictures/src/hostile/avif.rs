//! AVIF: misleading containers, contradictory sizes, and pictures of many pixels in few bytes.

use super::av1::{Header, picture, unit};
use crate::heif::{self, Item};
use crate::{Coding, Sampling};

pub(super) fn files() -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut add = |name: String, bytes: Vec<u8>| files.push((format!("avif {name}"), bytes));
    sizes(&mut add);
    bombs(&mut add);
    tiles(&mut add);
    places(&mut add);
    properties(&mut add);
    data(&mut add);
    files
}

/// Impossible sizes, and contradictory ones.
fn sizes(add: &mut impl FnMut(String, Vec<u8>)) {
    for (width, height) in
        [(65_535, 65_535), (u32::MAX, u32::MAX), (0, 5), (5, 0), (1, 99_999_999), (99_999_999, 1)]
    {
        let inner = picture(Header::PLAIN, &[0; 64]);
        add(format!("that declares {width} x {height}"), file(vec![av1(inner, (width, height))]));
    }
    for size in [(65_536, 65_536), (1, 65_536), (64, 65), (9999, 9999)] {
        let inner = picture(Header { size, ..Header::PLAIN }, &[0; 64]);
        let (width, height) = size;
        add(format!("of 64 x 64 that is {width} x {height}"), file(vec![av1(inner, (64, 64))]));
        let inner = picture(Header { size, ..Header::PLAIN }, &[0; 64]);
        add(format!("of {width} x {height} twice over"), file(vec![av1(inner, size)]));
    }
}

/// Pictures with many pixels.
fn bombs(add: &mut impl FnMut(String, Vec<u8>)) {
    // As many bytes as most tiles need.
    let zeros = vec![0; 1 << 17];
    let noise: Vec<u8> =
        (0..1_u32 << 18).map(|at| (at.wrapping_mul(at) % 251).to_le_bytes()[0]).collect();
    for (side, depth, profile, is_grey) in [
        (2000, 8, 0, false),
        (2000, 8, 0, true),
        (2000, 8, 1, false),
        (2000, 8, 2, false),
        (2000, 10, 0, false),
        (2000, 10, 1, false),
        (2000, 12, 2, false),
        (4000, 8, 0, false),
        (4000, 12, 2, false),
        (9999, 8, 0, false),
    ] {
        let kind = if is_grey { "grey".to_owned() } else { format!("profile {profile}") };
        for (tile, side, of) in [(&zeros, side, "zeros"), (&noise, side / 4, "noise")] {
            for is_filtered in [true, false] {
                let size = (side, side);
                let header = Header { size, depth, profile, is_grey, is_filtered, ..Header::PLAIN };
                let with = if is_filtered { "" } else { ", unfiltered" };
                let name = format!("of {side} x {side} {of}, {depth} bits, {kind}{with}");
                add(name, file(vec![av1(picture(header, tile), size)]));
            }
        }
    }
    for frames in [2, 4, 5, 1000, 100_000] {
        let header = Header { size: (999, 999), frames, ..Header::PLAIN };
        add(format!("of {frames} frames"), file(vec![av1(picture(header, &[0; 64]), (999, 999))]));
    }
}

/// Grids with too many tiles, and grids of themselves or each other.
fn tiles(add: &mut impl FnMut(String, Vec<u8>)) {
    for (columns, rows, width, height, count, side) in [
        (255, 255, 65_535, 65_535, 65_025, 64),
        (255, 255, 16_320, 16_320, 65_025, 64),
        (100, 100, 6400, 6400, 10_000, 64),
        (100, 100, 100, 100, 10_000, 1),
        (2, 2, 128, 128, 3, 64),
        (2, 2, 128, 128, 5, 64),
        (2, 2, 129, 128, 4, 64),
        (2, 2, 64, 128, 4, 64),
        (1, 1, 64, 64, 0, 64),
        (9, 9, 0, 0, 81, 64),
        (0, 0, 64, 64, 1, 64),
    ] {
        let size = (side, side);
        let tile = av1(picture(Header { size, ..Header::PLAIN }, &[0; 64]), size);
        let name = format!("of {count} times one tile of {side} for {columns} x {rows}");
        let of = vec![2; count];
        add(name, file(vec![grid((columns, rows), (width, height), of), tile.clone()]));
        let of: Vec<u16> = (2..).take(count.min(5000)).collect();
        let tiles = of.iter().map(|_| tile.clone()).collect();
        let items = [vec![grid((columns, rows), (width, height), of)], tiles].concat();
        add(format!("of {count} tiles of {side} for {columns} x {rows}"), file(items));
    }
    let itself = grid((1, 1), (64, 64), vec![1]);
    add("of a grid of itself".to_owned(), file(vec![itself]));
    let (one, other) = (grid((1, 1), (64, 64), vec![2]), grid((1, 1), (64, 64), vec![1]));
    add("of a grid of a grid of the first".to_owned(), file(vec![one, other]));
    let mut alpha = av1(picture(Header::PLAIN, &[0; 64]), (64, 64));
    alpha.properties.push(heif::alpha());
    alpha.references = vec![(*b"auxl", vec![1])];
    add("that is its own opaqueness".to_owned(), file(vec![alpha.clone()]));
    let mut other = alpha.clone();
    other.references = vec![(*b"auxl", vec![2, 1])];
    alpha.references = vec![(*b"auxl", vec![2])];
    add("of two that are each other's opaqueness".to_owned(), file(vec![alpha, other]));
}

/// Data that lies outside.
fn places(add: &mut impl FnMut(String, Vec<u8>)) {
    let sound = file(vec![av1(picture(Header::PLAIN, &[0; 64]), (64, 64))]);
    let at = find(&sound, *b"iloc");
    for (offset, length) in [
        (0, u32::MAX),
        (u32::MAX, u32::MAX),
        (u32::MAX, 1),
        (0, 0),
        (0, 64),
        (20, 100),
        (400, i32::MAX as u32),
    ] {
        let mut bytes = sound.clone();
        overwrite(&mut bytes, at + 18, &[offset.to_be_bytes(), length.to_be_bytes()].concat());
        add(format!("with {length} bytes from {offset}"), bytes);
    }
    for widths in [0xFF, 0x88, 0x11, 0x00] {
        let mut bytes = sound.clone();
        overwrite(&mut bytes, at + 8, &[widths, widths]);
        add(format!("with numbers of {widths:x} halves"), bytes);
    }
    for version in [1, 2, 3, 255] {
        let mut bytes = sound.clone();
        overwrite(&mut bytes, at + 4, &[version]);
        add(format!("with places of version {version}"), bytes);
    }
    for kind in [*b"meta", *b"pitm", *b"iloc", *b"iinf", *b"iprp", *b"ipco", *b"ipma", *b"ispe"] {
        let at = find(&sound, kind);
        for length in [0, 1, 7, 8, 9, 12, u32::MAX, i32::MAX as u32] {
            let mut bytes = sound.clone();
            overwrite(&mut bytes, at - 4, &length.to_be_bytes());
            let kind = String::from_utf8_lossy(&kind).into_owned();
            add(format!("with {length} bytes in {kind}"), bytes);
        }
    }
    let data = vec![0; 1000];
    let many = Item { kind: *b"Exif", data, properties: Vec::new(), references: Vec::new() };
    let items =
        [vec![av1(picture(Header::PLAIN, &[0; 64]), (64, 64))], vec![many; 60_000]].concat();
    add("of 60000 items".to_owned(), file(items));
}

/// Properties that make no sense.
fn properties(add: &mut impl FnMut(String, Vec<u8>)) {
    let mut with = |name: &str, kind: [u8; 4], payload: Vec<u8>, count: usize| {
        let mut item = av1(picture(Header::PLAIN, &[0; 64]), (64, 64));
        item.properties.extend(vec![(kind, payload); count]);
        add(format!("with {name}"), file(vec![item]));
    };
    with("100 turns", *b"irot", vec![1], 100);
    with("100 mirrors", *b"imir", vec![1], 100);
    with("9000 profiles", *b"colr", b"prof\0\0".to_vec(), 9000);
    with("a profile of 4 MB", *b"colr", [b"prof", vec![0; 4 << 20].as_slice()].concat(), 1);
    with("nothing in a turn", *b"irot", Vec::new(), 1);
    with("colours that are cut off", *b"colr", b"nclx\0\x09".to_vec(), 1);
    for (primaries, transfer, matrix) in
        [(255, 255, 255), (0, 0, 0), (9, 16, 9), (9, 18, 14), (3, 8, 3)]
    {
        let (kind, payload) = heif::colors(primaries, transfer, matrix, false);
        with(&format!("colours {primaries} {transfer} {matrix}"), kind, payload, 1);
    }
    for aperture in [
        [0, 1, 0, 1, 0, 1, 0, 1],
        [64, 0, 64, 0, 0, 0, 0, 0],
        [65, 1, 64, 1, 0, 1, 0, 1],
        [8, 1, 8, 1, 1000, 1, 0, 1],
        [8, 1, 8, 1, 0x8000_0000, 1, 0, 1],
        [u32::MAX; 8],
        [1, 1, 1, 1, 0xFFFF_FFC1, 2, 63, 2],
    ] {
        let payload = aperture.into_iter().flat_map(u32::to_be_bytes).collect();
        with(&format!("an aperture of {aperture:?}"), *b"clap", payload, 1);
    }
}

/// Data that holds no picture, or more than one.
fn data(add: &mut impl FnMut(String, Vec<u8>)) {
    let sound = picture(Header::PLAIN, &[0; 64]);
    // A decoder had an integer underflow here.
    let metadata = [47, 47, 5, 4, 128, 0, 0, 0];
    let other = picture(Header { size: (128, 64), ..Header::PLAIN }, &[0; 64]);
    for (name, inner) in [
        ("nothing", Vec::new()),
        ("zeros", vec![0; 999]),
        ("ones", vec![0xFF; 999]),
        ("metadata of no length", [&metadata[..], &sound].concat()),
        ("a million empty units", [&unit(15, &[]).repeat(1_000_000)[..], &sound].concat()),
        ("padding of 4 MB", [&unit(15, &vec![0; 4 << 20])[..], &sound].concat()),
        ("a unit longer than the file", [&[0x7A, 0xFF, 0xFF, 0xFF, 0x7F][..], &sound].concat()),
        ("a length without end", [&[0x7A][..], &[0xFF; 99], &sound].concat()),
        ("two headers that differ", [&other[..], &sound].concat()),
        ("a header alone", sound.get(..14).unwrap_or_default().to_vec()),
        ("no header", sound.get(14..).unwrap_or_default().to_vec()),
        ("a tile of one byte", picture(Header::PLAIN, &[0])),
    ] {
        add(format!("of {name}"), file(vec![av1(inner, (64, 64))]));
    }
}

pub(super) fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let photo = crate::landscape(48, 32, 31);
    let deep = Coding { depth: 10, sampling: Sampling::Full, is_full_range: false, matrix: 9 };
    let half = Coding { depth: 12, sampling: Sampling::Half, ..Coding::PHOTO };
    let tile = crate::item(&crate::landscape(64, 64, 32), Coding::ALPHA);
    let mut whole = grid((2, 1), (100, 60), vec![2, 3]);
    whole.properties.extend([(*b"irot", vec![1]), (*b"imir", vec![0])]);
    vec![
        ("avif", crate::avif(&photo, Coding::PHOTO)),
        ("avif of 10 bits", crate::avif(&photo, deep)),
        ("avif of 12 bits", crate::avif(&photo, half)),
        ("avif with alpha", crate::transparent_avif(&crate::logo(32), Coding::PHOTO)),
        ("avif in tiles", file(vec![whole, tile.clone(), tile])),
    ]
}

#[expect(clippy::needless_pass_by_value, reason = "items read best where they are used")]
fn file(items: Vec<Item>) -> Vec<u8> {
    heif::file(*b"avif", &items)
}

fn av1(data: Vec<u8>, (width, height): (u32, u32)) -> Item {
    let properties = vec![heif::size(width, height)];
    Item { kind: *b"av01", data, properties, references: Vec::new() }
}

fn grid((columns, rows): (u8, u8), (width, height): (u16, u16), of: Vec<u16>) -> Item {
    Item {
        kind: *b"grid",
        data: heif::grid(columns, rows, width, height),
        properties: vec![heif::size(width.into(), height.into())],
        references: vec![(*b"dimg", of)],
    }
}

/// The first position of a box's type.
fn find(bytes: &[u8], kind: [u8; 4]) -> usize {
    bytes.windows(4).position(|at| at == kind).unwrap_or(0)
}

fn overwrite(bytes: &mut [u8], at: usize, with: &[u8]) {
    bytes.iter_mut().skip(at).zip(with).for_each(|(byte, &with)| *byte = with);
}
