//! HEIC: pictures whose data declares other sizes than their container, and larger ones than it
//! holds. Containers that are hostile by themselves are tested with AVIF.

use crate::heif::{self, Item};
use crate::{Coding, Sampling, heic, hevc_item, landscape, tiled_heic, transparent_heic};

pub(super) fn files() -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut add = |name: String, item: Item| {
        files.push((format!("heic {name}"), heif::file(*b"heic", &[item])));
    };
    let photo = |side| hevc_item(&landscape(side, side, 3), Coding::PHOTO);
    let resized = |item: &Item, (width, height): (u32, u32)| {
        let mut item = item.clone();
        item.properties.retain(|(kind, _)| kind != b"ispe");
        item.properties.push(heif::size(width, height));
        item
    };
    let small = photo(64);
    for size in [(65_535, 65_535), (9999, 9999), (0, 64), (64, 65), (1, u32::MAX)] {
        add(format!("of 64 x 64 that declares {} x {}", size.0, size.1), resized(&small, size));
    }
    let large = landscape(2000, 1500, 3);
    for (depth, sampling) in [
        (8, Sampling::Quarter),
        (12, Sampling::Quarter),
        (8, Sampling::Grey),
        (10, Sampling::Half),
        (12, Sampling::Full),
    ] {
        let item = hevc_item(&large, Coding { depth, sampling, ..Coding::PHOTO });
        add(format!("of 2000 x 1500 in {depth} bits, {sampling:?}"), item.clone());
        // The same header with hardly any data, and with thousands of slices.
        let start = item.data.get(..200).unwrap_or_default().to_vec();
        add(
            format!("of 2000 x 1500 without data, {depth} bits, {sampling:?}"),
            with(&item, start.get(4..).unwrap_or_default(), 1),
        );
        add(
            format!("of 1000 slices, {depth} bits, {sampling:?}"),
            with(&item, start.get(4..).unwrap_or_default(), 1000),
        );
        add(
            format!("of 100000 slices, {depth} bits, {sampling:?}"),
            with(&item, start.get(4..40).unwrap_or_default(), 100_000),
        );
    }
    // Thousands of parameter sets.
    let mut item = small.clone();
    for (kind, payload) in &mut item.properties {
        if kind == b"hvcC" {
            let sets = payload.split_off(23);
            if let Some(count) = payload.last_mut() {
                *count = u8::MAX;
            }
            payload.extend(sets.repeat(85));
        }
    }
    add("with 255 parameter sets".to_owned(), item);
    files
}

pub(super) fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let photo = landscape(24, 16, 4);
    let deep = Coding { depth: 10, is_full_range: false, ..Coding::PHOTO };
    vec![
        ("heic", heic(&photo, Coding::PHOTO)),
        ("heic of 10 bits", heic(&photo, deep)),
        ("heic of half the columns", heic(&photo, Coding { sampling: Sampling::Half, ..deep })),
        ("heic of all colours", heic(&photo, Coding { sampling: Sampling::Full, ..Coding::PHOTO })),
        ("heic in grey", heic(&photo, Coding::ALPHA)),
        ("heic with alpha", transparent_heic(&crate::logo(16), Coding::PHOTO)),
        ("heic in tiles", tiled_heic(&landscape(70, 50, 5), 64, Coding::PHOTO)),
    ]
}

/// An item whose data is one unit, `count` times.
fn with(item: &Item, unit: &[u8], count: usize) -> Item {
    let length = u32::try_from(unit.len()).unwrap_or(0).to_be_bytes();
    Item { data: [&length, unit].concat().repeat(count), ..item.clone() }
}
