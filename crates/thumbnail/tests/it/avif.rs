//! AVIF: every way to store samples, tiles, rotations, alpha and colours.

use image::{Rgb, RgbImage, Rgba, RgbaImage, imageops};
use pictures::heif::{self, Item};
use pictures::{Coding, Sampling, avif, item, logo, transparent_avif};

use crate::{ROOMY, difference, gradient, recipe, shown, smooth, thumbnail};
use thumbnail::{FormatChoice, render};

fn file(items: &[Item]) -> Vec<u8> {
    heif::file(*b"avif", items)
}

fn refusal(file: &[u8]) -> String {
    render(file, &recipe(9, 9, FormatChoice::Source), &ROOMY).unwrap_err().reason().to_owned()
}

#[test]
fn every_depth_resolution_range_and_matrix_shows_the_same_picture() {
    let picture = smooth(71, 45);
    let mut cases = 0;
    for depth in [8, 10, 12] {
        for sampling in [Sampling::Grey, Sampling::Quarter, Sampling::Half, Sampling::Full] {
            for is_full_range in [true, false] {
                for matrix in [0, 1, 6, 8, 9, 10] {
                    let is_whole = sampling == Sampling::Full;
                    if matrix == 0 && !is_whole || matrix != 6 && sampling == Sampling::Grey {
                        continue;
                    }
                    let coding = Coding { depth, sampling, is_full_range, matrix };
                    let made = shown(&avif(&picture, coding));
                    let expected = match sampling {
                        // With the weights of that matrix, and not those of the `image` crate.
                        Sampling::Grey => RgbImage::from_fn(71, 45, |x, y| {
                            let [red, green, blue] = picture.get_pixel(x, y).0.map(f32::from);
                            let luma = 0.299 * red + 0.587 * green + 0.114 * blue;
                            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
                            let luma = luma.round() as u8;
                            Rgb([luma; 3])
                        }),
                        _ => picture.clone(),
                    };
                    assert_eq!(made.color().has_color(), sampling != Sampling::Grey);
                    let off = difference(&made, &expected.into());
                    assert!(off < 1.5, "{coding:?} is off by {off}");
                    cases += 1;
                }
            }
        }
    }
    assert_eq!(cases, 3 * 2 * (1 + 5 + 5 + 6));
}

#[test]
fn opaqueness_comes_from_an_item_of_its_own() {
    let mut cases = 0;
    for depth in [8, 10] {
        let picture = logo(64);
        let made = shown(&transparent_avif(&picture, Coding { depth, ..Coding::PHOTO }));
        let alpha = |picture: &RgbaImage| {
            RgbImage::from_fn(64, 64, |x, y| Rgb([picture.get_pixel(x, y).0[3]; 3]))
        };
        let off = difference(&alpha(&made.to_rgba8()).into(), &alpha(&picture).into());
        assert!(off < 2.0, "{depth} bits: off by {off}");
        cases += 1;
    }
    assert_eq!(cases, 2);
}

/// A picture of one colour with alpha.
fn glass(color: [u8; 3], alpha: u8, references: Vec<([u8; 4], Vec<u16>)>) -> Vec<u8> {
    let solid = |color| RgbImage::from_pixel(64, 64, Rgb(color));
    let mut picture = item(&solid(color), Coding { sampling: Sampling::Full, ..Coding::PHOTO });
    picture.references = references;
    let mut opaqueness = item(&solid([alpha; 3]), Coding::ALPHA);
    opaqueness.properties = vec![heif::size(64, 64), heif::alpha()];
    opaqueness.references = vec![(*b"auxl", vec![1])];
    file(&[picture, opaqueness])
}

#[test]
fn premultiplied_colours_are_unweighted() {
    let near = |file: &[u8], expected: [u8; 4]| {
        let Rgba(pixel) = *shown(file).to_rgba8().get_pixel(30, 30);
        let off = pixel.iter().zip(expected).map(|(one, other)| one.abs_diff(other)).max();
        assert!(off <= Some(3), "{pixel:?} {expected:?}");
    };
    near(&glass([100, 50, 20], 128, Vec::new()), [100, 50, 20, 128]);
    near(&glass([100, 50, 20], 128, vec![(*b"prem", vec![2])]), [199, 100, 40, 128]);
}

#[test]
fn tiles_are_put_together_and_what_sticks_out_is_cut_off() {
    let picture = gradient(150, 130);
    let coding = Coding { sampling: Sampling::Full, ..Coding::PHOTO };
    let tile = |column: u32, row: u32| {
        let part = RgbImage::from_fn(64, 80, |x, y| {
            let (x, y) = ((column * 64 + x).min(149), (row * 80 + y).min(129));
            *picture.get_pixel(x, y)
        });
        item(&part, coding)
    };
    let grid = Item {
        kind: *b"grid",
        data: heif::grid(3, 2, 150, 130),
        properties: vec![heif::size(150, 130)],
        references: vec![(*b"dimg", vec![2, 3, 4, 5, 6, 7])],
    };
    let tiles = (0..6).map(|place| tile(place % 3, place / 3));
    let items: Vec<Item> = [grid].into_iter().chain(tiles).collect();
    let made = shown(&file(&items));
    assert_eq!((made.width(), made.height()), (150, 130));
    let off = difference(&made, &picture.into());
    assert!(off < 2.0, "{off}");
}

#[test]
fn pictures_are_turned_and_mirrored_in_the_order_that_is_told() {
    let picture = smooth(72, 40);
    let (turn, mirror) = (*b"irot", *b"imir");
    let apply = |picture: &RgbImage, (kind, value): ([u8; 4], u8)| match (&kind, value) {
        (b"irot", 1) => imageops::rotate270(picture),
        (b"irot", 2) => imageops::rotate180(picture),
        (b"irot", 3) => imageops::rotate90(picture),
        (b"imir", 0) => imageops::flip_vertical(picture),
        (b"imir", 1) => imageops::flip_horizontal(picture),
        _ => picture.clone(),
    };
    let mut cases = 0;
    for angle in 0..4 {
        for steps in [
            vec![(turn, angle)],
            vec![(turn, angle), (mirror, 0)],
            vec![(turn, angle), (mirror, 1)],
            vec![(mirror, 0), (turn, angle)],
            vec![(mirror, 1), (turn, angle)],
        ] {
            let mut stored = item(&picture, Coding::PHOTO);
            stored.properties.extend(steps.iter().map(|&(kind, value)| (kind, vec![value])));
            let expected =
                steps.iter().fold(picture.clone(), |picture, &step| apply(&picture, step));
            let off = difference(&shown(&file(&[stored])), &expected.into());
            assert!(off < 1.5, "{steps:?} is off by {off}");
            cases += 1;
        }
    }
    assert_eq!(cases, 20);
}

#[test]
fn what_lies_outside_of_the_clean_aperture_is_cut_off() {
    let picture = smooth(90, 60);
    let mut stored = item(&picture, Coding::PHOTO);
    // 50 x 20 pixels, with a centre 10 right of the picture's and 5 above it.
    let numbers = [50, 1, 20, 1, 10, 1, (-5_i32).cast_unsigned(), 1].map(u32::to_be_bytes);
    stored.properties.push((*b"clap", numbers.concat()));
    stored.properties.push((*b"irot", vec![1]));
    let expected = imageops::crop_imm(&picture, 30, 15, 50, 20).to_image();
    let off = difference(&shown(&file(&[stored])), &imageops::rotate270(&expected).into());
    assert!(off < 1.5, "{off}");
}

/// The thumbnail of a picture of one colour with the given code points.
fn shown_by_numbers(color: [u8; 3], primaries: u8, transfer: u8) -> [u8; 3] {
    let picture = RgbImage::from_pixel(64, 64, Rgb(color));
    let coding = Coding { depth: 10, sampling: Sampling::Full, ..Coding::PHOTO };
    let mut stored = item(&picture, coding);
    stored.properties = vec![heif::size(64, 64), heif::colors(primaries, transfer, 6, true)];
    shown(&file(&[stored])).to_rgb8().get_pixel(30, 30).0
}

#[test]
fn colours_by_numbers_become_srgb() {
    for (color, primaries, transfer, expected) in [
        ([200, 100, 50], 1, 13, [200, 100, 50]),
        ([200, 100, 50], 2, 2, [200, 100, 50]),
        // Television's curve is for cameras, not for screens.
        ([200, 100, 50], 1, 1, [200, 100, 50]),
        // Display P3, whose green is brighter than any in sRGB.
        ([200, 100, 50], 12, 13, [215, 93, 31]),
        ([0, 255, 0], 12, 13, [0, 255, 0]),
        ([200, 100, 50], 9, 14, [241, 76, 29]),
        // Half of the light.
        ([128, 128, 128], 1, 8, [188, 188, 188]),
        // A tenth of the light by a gamma of 2.8, and of 2.2.
        ([112, 112, 112], 1, 5, [89, 89, 89]),
        ([112, 112, 112], 1, 4, [112, 112, 112]),
    ] {
        let made = shown_by_numbers(color, primaries, transfer);
        let off = made.iter().zip(expected).map(|(one, other)| one.abs_diff(other)).max();
        assert!(off <= Some(3), "{color:?} in {primaries} {transfer}: {made:?} {expected:?}");
    }
}

#[test]
fn paper_is_white_in_pictures_for_brighter_screens_and_grey_stays_grey() {
    // 203 candelas per square metre are 58 % in perceptual quantisation, and 75 % in hybrid
    // log-gamma (ITU-R BT.2408, table 1). Mid grey of 26 candelas is 38 % in both, and 100 in sRGB.
    for (white, grey, transfer) in [(148, 97, 16), (191, 97, 18)] {
        let white = shown_by_numbers([white; 3], 9, transfer);
        assert!(white.iter().all(|&sample| sample >= 252), "{white:?} in {transfer}");
        let grey = shown_by_numbers([grey; 3], 9, transfer);
        assert!(grey.iter().all(|sample| (96..=104).contains(sample)), "{grey:?} in {transfer}");
    }
}

#[test]
fn what_is_brighter_than_paper_keeps_its_drawing() {
    let steps = [0, 60, 97, 120, 148, 165, 180, 190];
    let picture = RgbImage::from_fn(64, 64, |x, _| Rgb([steps[x as usize / 8]; 3]));
    let mut stored = item(&picture, Coding { depth: 10, ..Coding::PHOTO });
    stored.properties = vec![heif::size(64, 64), heif::colors(9, 16, 6, true)];
    let made = shown(&file(&[stored])).to_rgb8();
    let shades: Vec<u8> = (0..8).map(|step| made.get_pixel(step * 8 + 4, 9).0[1]).collect();
    assert!(shades.windows(2).all(|pair| pair[0] + 4 < pair[1]), "{shades:?}");
    assert!(shades[7] >= 252, "{shades:?}");
}

#[test]
fn a_profile_counts_for_more_than_numbers() {
    use moxcms::ColorProfile;
    let picture = RgbImage::from_pixel(64, 64, Rgb([200, 100, 50]));
    let mut stored = item(&picture, Coding { sampling: Sampling::Full, ..Coding::PHOTO });
    for (profile, primaries, expected) in [
        (ColorProfile::new_display_p3(), 1, [215, 93, 31]),
        (ColorProfile::new_srgb(), 12, [200, 100, 50]),
    ] {
        let profile = [b"prof", profile.encode().unwrap().as_slice()].concat();
        stored.properties = vec![heif::size(64, 64), heif::colors(primaries, 13, 6, true)];
        stored.properties.push((*b"colr", profile));
        let Rgb(made) = *shown(&file(&[stored.clone()])).to_rgb8().get_pixel(30, 30);
        let off = made.iter().zip(expected).map(|(one, other)| one.abs_diff(other)).max();
        assert!(off <= Some(3), "{primaries}: {made:?}");
    }
}

#[test]
fn colours_that_the_container_does_not_tell_are_those_of_the_av1_header() {
    let picture = smooth(64, 64);
    let coding = Coding { is_full_range: false, matrix: 6, ..Coding::PHOTO };
    let mut stored = item(&picture, coding);
    stored.properties.retain(|(kind, _)| kind != b"colr");
    let off = difference(&shown(&file(&[stored])), &picture.into());
    assert!(off < 1.5, "{off}");
}

#[test]
fn what_stands_beside_the_picture_does_not_matter() {
    let picture = smooth(64, 64);
    let expected = shown(&avif(&picture, Coding::PHOTO));
    let mut stored = item(&picture, Coding::PHOTO);
    // Metadata that made a decoder stumble, and padding.
    stored.data = [&[47, 47, 5, 4, 128, 0, 0, 0][..], &[0x7A, 2, 0, 0x80], &stored.data].concat();
    stored.properties.push((*b"what", vec![1, 2, 3]));
    let references = Vec::new();
    let other = Item { kind: *b"Exif", data: vec![0; 99], properties: Vec::new(), references };
    assert_eq!(shown(&file(&[stored, other])), expected);
}

#[test]
fn what_is_not_known_and_must_be_heeded_is_refused() {
    let mut stored = item(&smooth(64, 64), Coding::PHOTO);
    stored.properties = vec![heif::size(64, 64), heif::colors(1, 13, 14, true)];
    assert_eq!(refusal(&file(&[stored.clone()])), "unsupported");
    stored.properties = vec![heif::size(64, 64), (*b"what", vec![1])];
    let mut bytes = file(&[stored.clone()]);
    let last = bytes.windows(4).position(|at| at == b"mdat").unwrap() - 6;
    assert_eq!(bytes[last..last + 2], [0, 2], "the second property");
    shown(&bytes);
    bytes[last] |= 0x80;
    assert_eq!(refusal(&bytes), "unsupported");
    stored.kind = *b"hvc1";
    assert_eq!(refusal(&file(&[stored])), "unsupported");
}

#[test]
fn a_film_without_a_still_picture_is_refused_as_such() {
    let kinds = heif::boxed(*b"ftyp", &[b"avis", &[0; 4]]);
    let film = heif::boxed(*b"moov", &[&[0; 99]]);
    assert_eq!(refusal(&[kinds.clone(), film].concat()), "unsupported");
    assert_eq!(refusal(&kinds), "truncated");
}

#[test]
fn data_in_pieces_is_put_together() {
    let whole = avif(&smooth(64, 64), Coding::PHOTO);
    let find = |kind: &[u8; 4]| whole.windows(4).position(|at| at == kind).unwrap();
    let number = |at: usize| u32::from_be_bytes(whole[at..at + 4].try_into().unwrap());
    let (meta, places) = (find(b"meta"), find(b"iloc"));
    // The only entry: the number of extents, and the offset and length of each.
    let (start, length) = (number(places + 18) + 8, number(places + 22));
    let mut file = whole.clone();
    for at in [meta - 4, places - 4] {
        file[at..at + 4].copy_from_slice(&(number(at) + 8).to_be_bytes());
    }
    let pieces = [start, 10, start + 10, length - 10].map(u32::to_be_bytes).concat();
    file.splice(places + 16..places + 26, [&[0, 2], pieces.as_slice()].concat());
    assert_eq!(shown(&file), shown(&whole));
}

#[test]
fn sizes_that_do_not_agree_are_refused() {
    let mut cases = 0;
    for (width, height) in [(64, 48), (48, 64), (65, 64), (128, 128), (1, 1)] {
        let mut stored = item(&smooth(64, 64), Coding::PHOTO);
        stored.properties = vec![heif::size(width, height)];
        assert_eq!(refusal(&file(&[stored])), "undecodable", "{width} x {height}");
        cases += 1;
    }
    assert_eq!(cases, 5);
}

#[test]
fn an_avif_thumbnail_of_an_avif_shows_the_same() {
    let picture = smooth(80, 60);
    let first = thumbnail(&avif(&picture, Coding::PHOTO), &recipe(80, 60, FormatChoice::Avif));
    let off = difference(&shown(&first.bytes), &picture.into());
    assert!(off < 2.5, "{off}");
}
