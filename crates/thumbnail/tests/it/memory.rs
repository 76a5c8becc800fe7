//! The estimate of memory: what it counts, and that it refuses the same files as rendering. Whether
//! it is true is measured on whole processes, by `examples/hostile`.

use crate::{ROOMY, gradient, in_every_format, is_light, jpeg, recipe};
use thumbnail::{
    FormatChoice, Limits, Output, SourceFormat, ThumbnailError, memory_to_render, render,
};

#[test]
fn every_format_needs_at_least_its_pixels_and_not_many_times_them() {
    let recipe = recipe(64, 64, FormatChoice::Source);
    let mut cases = 0;
    for (format, file) in in_every_format(&gradient(1000, 750)) {
        let needed = memory_to_render(&file, &recipe, &ROOMY).unwrap();
        assert!(needed > 1000 * 750 * 3, "{format:?}: {needed}");
        // A float takes four times as much as a byte, and the most that lossless samples of JPEG XL
        // can take is many times the usual.
        let most = match format {
            _ if is_light(format) => 22,
            // Its planes are handed from one process to another.
            SourceFormat::Avif => 14,
            SourceFormat::Heic => 22,
            SourceFormat::Jp2 => 24,
            SourceFormat::Jxl => 66,
            _ => 12,
        };
        // The fixed part comes on top.
        assert!(needed < (10 << 20) + 1000 * 750 * most, "{format:?}: {needed}");
        cases += 1;
    }
    assert_eq!(cases, 20);
}

#[test]
fn a_progressive_jpeg_needs_its_coefficients_too() {
    let picture = gradient(1000, 752);
    let coefficients = |side| {
        let recipe = recipe(side, side, FormatChoice::Source);
        let needs =
            |progressive| memory_to_render(&jpeg(&picture, progressive), &recipe, &ROOMY).unwrap();
        needs(true) - needs(false)
    };
    // 41 of 64 for five eighths of the size, minus the rows of the other way.
    assert!(coefficients(440) > 1000 * 752 * 3 / 2, "{}", coefficients(440));
    // 1 of 64 for an eighth.
    assert!(coefficients(64) < coefficients(440) / 16, "{}", coefficients(64));
}

#[test]
fn larger_and_more_thumbnails_need_more() {
    let file = jpeg(&gradient(1200, 800), false);
    let needs = |sides: &[u32]| {
        let mut recipe = recipe(1, 1, FormatChoice::Source);
        recipe.outputs = sides.iter().map(|&side| Output::inside(side, side)).collect();
        memory_to_render(&file, &recipe, &ROOMY).unwrap()
    };
    let needed = [needs(&[100]), needs(&[800]), needs(&[800, 700]), needs(&[2000])];
    assert!(needed.is_sorted_by(|one, other| one < other), "{needed:?}");
}

#[test]
fn what_the_header_refuses_is_refused_alike_by_both() {
    let recipe = recipe(9, 9, FormatChoice::Source);
    let mut cases = 0;
    for (format, file) in in_every_format(&gradient(32, 18)) {
        for limits in [Limits { max_pixels: 32 * 18 - 1 }, Limits { max_pixels: 1 }] {
            let told = memory_to_render(&file, &recipe, &limits).unwrap_err();
            let refused = render(&file, &recipe, &limits).unwrap_err();
            assert_eq!(told.to_string(), refused.to_string(), "{format:?}");
            cases += 1;
        }
    }
    assert_eq!(cases, 40);
}

#[test]
fn the_code_tables_of_a_lossless_webp_are_counted() {
    let name = "webp with 20000 groups of code tables";
    let file = pictures::hostile::hostile_set().iter().find(|file| file.name == name).unwrap();
    let recipe = recipe(9, 9, FormatChoice::Source);
    let needed = memory_to_render(&file.bytes, &recipe, &ROOMY).unwrap();
    // Each group has five tables of 1024 entries, 4 bytes each.
    assert!(needed > 20_000 * 5 * 1024 * 4, "{needed}");
    assert!(needed < 20_000 * 5 * 1024 * 5, "{needed}");
}

/// A progressive JPEG's headers: `side` x `side` pixels in grey, and so many scans without data.
fn scans_of(side: u16, scans: usize) -> Vec<u8> {
    let mut file = b"\xFF\xD8\xFF\xC2\0\x0B\x08".to_vec();
    file.extend([side.to_be_bytes(), side.to_be_bytes()].concat());
    file.extend(b"\x01\x01\x11\0");
    file.extend(b"\xFF\xDA\0\x08\x01\x01\0\0\0\0".repeat(scans));
    file.extend(b"\xFF\xD9");
    file
}

#[test]
fn scans_are_limited_and_by_how_much_they_touch() {
    let recipe = recipe(9, 9, FormatChoice::Source);
    let limits = Limits { max_pixels: 1 << 28 };
    // 100 scans, or as many as touch 100 million blocks of 8 x 8 pixels.
    for (side, most) in [(64, 100), (8000, 100), (8192, 95), (16_000, 25)] {
        let needed = |scans| memory_to_render(&scans_of(side, scans), &recipe, &limits);
        assert!(needed(most).is_ok(), "{side}: {:?}", needed(most));
        match needed(most + 1) {
            Err(ThumbnailError::TooManyScans { scans, limit }) => {
                assert_eq!((scans, limit), (most as u64 + 1, most as u64), "{side}");
            }
            other => panic!("{side}: {other:?}"),
        }
    }
}

#[test]
fn a_picture_of_too_many_scans_is_not_rendered() {
    let file = jpeg(&gradient(64, 64), true);
    let start = file.windows(2).position(|bytes| bytes == [0xFF, 0xDA]).unwrap();
    let scans = file[start..file.len() - 2].repeat(30);
    let file = [&file[..start], &scans, b"\xFF\xD9"].concat();
    let refusal = render(&file, &recipe(9, 9, FormatChoice::Source), &ROOMY).unwrap_err();
    assert_eq!(refusal.reason(), "too_many_scans", "{refusal}");
}
