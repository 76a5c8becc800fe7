//! PNG files that are unusual or broken in ways that do no harm, and what their chunks say about
//! colours.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use image::{DynamicImage, ImageEncoder, ImageFormat};
use moxcms::ColorProfile;

use crate::tiff::deflated;
use crate::{ROOMY, gradient, pixels, recipe, shown, thumbnail, write};
use thumbnail::{FormatChoice, memory_to_render, render};

/// What comes before all other chunks: the signature and the header.
const HEAD: usize = 33;

pub(super) fn chunk(name: [u8; 4], payload: &[u8]) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(&name);
    crc.update(payload);
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length, &name[..], payload, &crc.sum().to_be_bytes()].concat()
}

/// The same file with more chunks before the others.
fn with(file: &[u8], chunks: &[Vec<u8>]) -> Vec<u8> {
    [&file[..HEAD], &chunks.concat(), &file[HEAD..]].concat()
}

/// A file of `side` x `side` pixels in rows without filters.
fn file(side: u32, depth: u8, color_type: u8, chunks: &[Vec<u8>], rows: &[u8]) -> Vec<u8> {
    let header = [&side.to_be_bytes()[..], &side.to_be_bytes(), &[depth, color_type, 0, 0, 0]];
    let (header, pixels) = (chunk(*b"IHDR", &header.concat()), chunk(*b"IDAT", &deflated(rows)));
    [b"\x89PNG\r\n\x1A\n", &header[..], &chunks.concat(), &pixels, &chunk(*b"IEND", b"")].concat()
}

/// A file of 16 x 16 pixels of one colour.
fn plain(depth: u8, color_type: u8, chunks: &[Vec<u8>], pixel: &[u8]) -> Vec<u8> {
    let row = [&[0], pixel.repeat(16).as_slice()].concat();
    file(16, depth, color_type, chunks, &row.repeat(16))
}

/// The colour of a file of one colour.
fn color(file: &[u8]) -> [u8; 4] {
    shown(file).to_rgba8().get_pixel(8, 8).0
}

#[track_caller]
fn assert_near(found: [u8; 4], expected: [u8; 3]) {
    let off = found.iter().zip(expected).map(|(one, other)| one.abs_diff(other)).max().unwrap();
    assert!(off <= 2, "{found:?} is not {expected:?}");
}

/// Pictures of 8 and 16 bits, of which the large one is shrunk while it is decoded.
fn pictures() -> Vec<Vec<u8>> {
    let small = DynamicImage::from(gradient(30, 20));
    vec![
        write(&small, ImageFormat::Png),
        write(&DynamicImage::from(small.to_rgb16()), ImageFormat::Png),
        write(&DynamicImage::from(gradient(640, 480)), ImageFormat::Png),
    ]
}

#[test]
fn texts_before_the_pixels_are_passed_over_and_take_no_memory() {
    let long = vec![b'x'; 300_000];
    let texts = [
        chunk(*b"tEXt", &[b"workflow\0", &long[..]].concat()),
        chunk(*b"zTXt", &[b"k\0\0", &deflated(&vec![b'z'; 20 << 20])[..]].concat()),
        chunk(*b"iTXt", &[b"XML:com.adobe.xmp\0\0\0\0\0", &long[..]].concat()),
        chunk(*b"abCd", &long),
    ];
    let recipe = recipe(24, 24, FormatChoice::Png);
    for plain in pictures() {
        let file = with(&plain, &texts);
        assert_eq!(thumbnail(&file, &recipe), thumbnail(&plain, &recipe));
        let memory = |file: &[u8]| memory_to_render(file, &recipe, &ROOMY).unwrap();
        assert_eq!(memory(&file), memory(&plain));
    }
}

#[test]
fn a_file_whose_end_is_missing_is_shown_if_its_pixels_are_there() {
    let recipe = recipe(24, 24, FormatChoice::Png);
    for whole in pictures() {
        let expected = thumbnail(&whole, &recipe);
        // The last chunk has 12 bytes, and the checksum of the pixels has 4.
        for cut in [1, 4, 7, 8, 11, 12, 14, 16] {
            assert_eq!(thumbnail(&whole[..whole.len() - cut], &recipe), expected, "{cut}");
        }
        let refusal = render(&whole[..whole.len() - 40], &recipe, &ROOMY).unwrap_err();
        assert_eq!(refusal.reason(), "truncated");
    }
}

#[test]
fn a_palette_that_ends_within_a_color_is_refused_where_it_is_needed() {
    let mut cases = 0;
    for (depth, rows) in [(8, [0; 17].repeat(16)), (4, [0; 9].repeat(16)), (1, [0; 3].repeat(16))] {
        for length in [1, 2, 4, 50, 767] {
            let file = file(16, depth, 3, &[chunk(*b"PLTE", &vec![9; length])], &rows);
            let refusal = render(&file, &recipe(9, 9, FormatChoice::Png), &ROOMY).unwrap_err();
            assert_eq!(refusal.reason(), "undecodable", "{depth} {length}: {refusal}");
            cases += 1;
        }
    }
    assert_eq!(cases, 15);
    // In other pictures, it is only a suggestion.
    assert_near(color(&plain(8, 2, &[chunk(*b"PLTE", &[9; 50])], &[200, 100, 50])), [200, 100, 50]);
}

#[test]
fn gamma_and_chromaticities_are_heeded_unless_they_are_those_of_srgb() {
    let gamma = |number: u32| chunk(*b"gAMA", &number.to_be_bytes());
    let primaries = |numbers: [u32; 8]| {
        chunk(*b"cHRM", &numbers.iter().flat_map(|number| number.to_be_bytes()).collect::<Vec<_>>())
    };
    let srgb = [31_270, 32_900, 64_000, 33_000, 30_000, 60_000, 15_000, 6_000];
    let adobe = [31_270, 32_900, 64_000, 33_000, 21_000, 71_000, 15_000, 6_000];
    let pixel = [100, 150, 100];
    for (chunks, expected) in [
        (vec![gamma(100_000)], [168, 201, 168]),
        (vec![gamma(55_556)], [120, 165, 120]),
        (vec![gamma(45_455), primaries(adobe)], [66, 151, 97]),
        (vec![gamma(45_455)], pixel),
        (vec![gamma(45_000), primaries(srgb)], pixel),
        (vec![primaries(srgb)], pixel),
        // These are impossible, so they do not count.
        (vec![gamma(0)], pixel),
        (vec![gamma(1)], pixel),
        (vec![primaries([0; 8])], pixel),
        (vec![primaries([31_270; 8])], pixel),
        (vec![primaries([u32::MAX; 8])], pixel),
        // This counts before them.
        (vec![gamma(100_000), chunk(*b"sRGB", &[0])], pixel),
    ] {
        assert_near(color(&plain(8, 2, &chunks, &pixel)), expected);
    }
    assert_near(color(&plain(8, 0, &[gamma(100_000)], &[128])), [188; 3]);
    // What changes nothing is as if it were not there.
    let picture = write(&gradient(90, 60).into(), ImageFormat::Png);
    let recipe = recipe(30, 30, FormatChoice::Jpeg);
    let labelled = with(&picture, &[gamma(45_455), primaries(srgb)]);
    assert_eq!(thumbnail(&labelled, &recipe), thumbnail(&picture, &recipe));
}

/// A picture of one colour with a profile of Display P3.
fn in_p3() -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = image::codecs::png::PngEncoder::new(&mut file);
    encoder.set_icc_profile(ColorProfile::new_display_p3().encode().unwrap()).unwrap();
    let pixels = [200, 100, 50].repeat(256);
    encoder.write_image(&pixels, 16, 16, image::ExtendedColorType::Rgb8).unwrap();
    file
}

#[test]
fn code_points_count_before_a_profile_and_that_before_all_others() {
    let numbers = |numbers: [u8; 4]| chunk(*b"cICP", &numbers);
    let pixel = [200, 100, 50];
    let p3 = [215, 93, 31];
    assert_near(color(&plain(8, 2, &[numbers([12, 13, 0, 1])], &pixel)), p3);
    assert_near(color(&with(&in_p3(), &[numbers([1, 13, 0, 1])])), pixel);
    let linear = chunk(*b"gAMA", &100_000_u32.to_be_bytes());
    assert_near(color(&with(&in_p3(), &[linear, chunk(*b"sRGB", &[0])])), p3);
    // Unknown and impossible ones do not count, and do no harm.
    for unknown in [[2, 2, 0, 1], [12, 99, 0, 1], [12, 13, 1, 1], [12, 13, 0, 9]] {
        assert_near(color(&with(&in_p3(), &[numbers(unknown)])), p3);
        assert_near(color(&plain(8, 2, &[numbers(unknown)], &pixel)), pixel);
    }
}

#[test]
fn a_picture_for_hdr_screens_is_tone_mapped() {
    // White paper has 203 candelas per square metre (BT.2408), which PQ codes as 0.58.
    for (part, expected) in [(0.0, 0), (0.580_7, 255)] {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a sample")]
        let sample = ((part * 65_535.0) as u16).to_be_bytes();
        let file = plain(16, 2, &[chunk(*b"cICP", &[9, 16, 0, 1])], &sample.repeat(3));
        assert_near(color(&file), [expected; 3]);
    }
}

#[test]
fn a_picture_by_apples_tools_is_shown() {
    let mut row = vec![0];
    // Blue, green and red, multiplied by alpha.
    row.extend([25, 50, 100, 128].repeat(16));
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&row.repeat(16)).unwrap();
    let pixels = chunk(*b"IDAT", &encoder.finish().unwrap());
    let side = 16_u32.to_be_bytes();
    let header = chunk(*b"IHDR", &[&side[..], &side, &[8, 6, 0, 0, 0]].concat());
    let first = chunk(*b"CgBI", b"\x50\0\x20\x02");
    let file = [b"\x89PNG\r\n\x1A\n", &first[..], &header, &pixels, &chunk(*b"IEND", b"")].concat();
    for side in [16, 4] {
        let made = pixels_of(&file, side);
        let [red, green, blue, alpha] = made;
        assert_near([red, green, blue, 0], [199, 100, 50]);
        assert_eq!(alpha, 128);
    }
}

fn pixels_of(file: &[u8], side: u32) -> [u8; 4] {
    let made = pixels(&thumbnail(file, &recipe(side, side, FormatChoice::Png)));
    made.to_rgba8().get_pixel(side / 2, side / 2).0
}
