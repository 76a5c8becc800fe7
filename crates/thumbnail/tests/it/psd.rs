//! PSD and PSB: the merged picture in every mode, and the sections before it.
#![allow(clippy::cast_precision_loss, reason = "small numbers")]

use image::{DynamicImage, RgbaImage};
use pictures::Psd;

use crate::{ROOMY, difference, gradient, light, recipe, shown, write};
use thumbnail::{FormatChoice, SourceFormat, render};

const SIZE: (u32, u32) = (37, 21);

fn reason(file: &[u8]) -> &'static str {
    let refusal = render(file, &recipe(9, 9, FormatChoice::Source), &ROOMY);
    refusal.map(|_| ()).unwrap_err().reason()
}

/// The rows of every channel, for samples from 0 to 1.
fn rows(depth: u16, channels: usize, sample: impl Fn(usize, u32, u32) -> f32) -> Vec<Vec<u8>> {
    let (width, height) = SIZE;
    let bytes = |sample: f32| -> Vec<u8> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "parts fit")]
        let whole = |most: f32| (sample * most).round() as u16;
        match depth {
            8 => vec![whole(255.0).to_be_bytes()[1]],
            16 => whole(65_535.0).to_be_bytes().to_vec(),
            _ => sample.to_be_bytes().to_vec(),
        }
    };
    (0..channels)
        .flat_map(|channel| (0..height).map(move |y| (channel, y)))
        .map(|(channel, y)| (0..width).flat_map(|x| bytes(sample(channel, x, y))).collect())
        .collect()
}

#[test]
fn every_mode_and_depth_shows_the_same_picture_plain_and_in_runs_small_and_large() {
    let picture = gradient(SIZE.0, SIZE.1);
    let colour = DynamicImage::from(picture.clone());
    let grey = DynamicImage::from(colour.to_luma8());
    let greys = colour.to_luma8();
    let part = |channel: usize, x, y| f32::from(picture.get_pixel(x, y).0[channel % 3]) / 255.0;
    let lit = light(&picture).into_rgb32f();
    let mut cases = 0;
    for (mode, depth, channels, expected, off) in [
        (3, 8, 3, &colour, 0.0),
        (3, 16, 3, &colour, 0.0),
        // Floats are amounts of light, with 1 for white.
        (3, 32, 3, &colour, 0.5),
        // Channels after the colours are saved selections, unless the file says otherwise.
        (3, 8, 5, &colour, 0.0),
        (1, 8, 1, &grey, 0.0),
        (1, 16, 2, &grey, 0.0),
        (8, 8, 1, &grey, 0.0),
    ] {
        let sample = |channel: usize, x, y| match (mode, depth) {
            (3, 32) => lit.get_pixel(x, y).0[channel],
            (3, _) => part(channel, x, y),
            _ => f32::from(greys.get_pixel(x, y).0[0]) / 255.0,
        };
        let rows = rows(depth, usize::from(channels), sample);
        for (is_big, in_runs) in [(false, false), (false, true), (true, false), (true, true)] {
            let psd = Psd { is_big, ..Psd::new(mode, depth, channels, SIZE) };
            let file = psd.file(&rows, in_runs);
            let difference = difference(&shown(&file), expected);
            assert!(difference <= off, "{psd:?} is off by {difference}");
            cases += 1;
        }
    }
    assert_eq!(cases, 28);
}

#[test]
fn light_above_white_is_clipped_in_single_samples_and_compressed_if_there_is_much() {
    let picture = gradient(SIZE.0, SIZE.1);
    let lit = light(&picture).into_rgb32f();
    let psd = Psd::new(3, 32, 3, SIZE);
    let single = rows(
        32,
        3,
        |channel, x, y| {
            if (x, y) == (5, 5) { 3.0 } else { lit.get_pixel(x, y).0[channel] }
        },
    );
    let mut expected = picture.clone();
    expected.put_pixel(5, 5, image::Rgb([255; 3]));
    let difference_of = |rows: &[Vec<u8>], expected: &DynamicImage| {
        difference(&shown(&psd.file(rows, false)), expected)
    };
    let off = difference_of(&single, &expected.into());
    assert!(off <= 0.5, "single samples are off by {off}");
    let mut bright = lit.clone();
    bright.iter_mut().for_each(|sample| *sample *= 7.0);
    let much = rows(32, 3, |channel, x, y| bright.get_pixel(x, y).0[channel]);
    let hdr = shown(&write(&bright.into(), image::ImageFormat::Hdr));
    let off = difference_of(&much, &hdr);
    assert!(off <= 1.5, "light is off by {off}");
}

#[test]
fn one_is_black_in_bitmaps_and_an_index_a_colour_in_palettes() {
    let bits = rows(8, 1, |_, x, _| f32::from(u8::try_from(x).unwrap()) / 255.0);
    let bits: Vec<Vec<u8>> = bits.iter().map(|_| vec![0b1010_0000; 5]).collect();
    let made = shown(&Psd::new(0, 1, 1, SIZE).file(&bits, true)).into_luma8();
    for (x, _, pixel) in made.enumerate_pixels() {
        assert_eq!(pixel.0[0], if [0, 2].contains(&(x % 8)) { 0 } else { 255 });
    }
    let palette: Vec<u8> = (0..=255).map(|red| 255 - red).chain(0..=255).chain([7; 256]).collect();
    let indices = rows(8, 1, |_, x, _| f32::from(u8::try_from(x).unwrap()) / 255.0);
    let psd = Psd { palette: &palette, ..Psd::new(2, 8, 1, SIZE) };
    for (x, _, pixel) in shown(&psd.file(&indices, false)).into_rgb8().enumerate_pixels() {
        let x = u8::try_from(x).unwrap();
        assert_eq!(pixel.0, [255 - x, x, 7]);
    }
}

#[test]
fn inks_are_stored_inverted_and_lab_around_the_middle() {
    let mut cases = 0;
    for depth in [8, 16] {
        let paper = Psd::new(4, depth, 4, SIZE).file(&rows(depth, 4, |_, _, _| 1.0), true);
        assert!(shown(&paper).into_rgb8().pixels().all(|pixel| pixel.0 == [255; 3]));
        let cyan = |channel, _, _| if channel == 0 { 0.0 } else { 1.0 };
        let cyan = shown(&Psd::new(4, depth, 4, SIZE).file(&rows(depth, 4, cyan), true));
        let [red, green, blue] = cyan.into_rgb8().get_pixel(0, 0).0;
        assert!(red < 30 && green > 130 && blue > 200, "{red} {green} {blue}");

        // By hand: L* of 53.585 is the middle grey of sRGB, 128; and the reddest red of sRGB is
        // 54.29, 80.81, 69.89 under D50 (Lindbloom).
        let middle = if depth == 8 { 128.0 / 255.0 } else { 32_768.0 / 65_535.0 };
        let step = if depth == 8 { 1.0 / 255.0 } else { 256.0 / 65_535.0 };
        for (lab, expected) in
            [([53.585, 0.0, 0.0], [128; 3]), ([54.29, 80.81, 69.89], [255, 0, 0])]
        {
            let sample = |channel: usize, _, _| match channel {
                0 => lab[0] / 100.0,
                channel => middle + lab[channel] * step,
            };
            let file = Psd::new(9, depth, 3, SIZE).file(&rows(depth, 3, sample), false);
            let made = shown(&file).into_rgb8();
            let made = made.get_pixel(3, 3).0;
            let off = made.iter().zip(expected).map(|(&a, b): (&u8, u8)| a.abs_diff(b)).max();
            assert!(off <= Some(3), "{lab:?} is {made:?} at {depth} bits");
            cases += 1;
        }
    }
    assert_eq!(cases, 4);
}

/// A layer section with a number of layers, and blocks after it.
fn layers(count: i16, blocks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut section = 2_u32.to_be_bytes().to_vec();
    section.extend(count.to_be_bytes());
    section.extend([0; 4]);
    for (key, content) in blocks {
        section.extend(b"8BIM");
        section.extend(*key);
        section.extend(u32::try_from(content.len()).unwrap().to_be_bytes());
        section.extend(*content);
        section.resize(section.len().next_multiple_of(2), 0);
    }
    section
}

#[test]
fn the_fourth_channel_is_alpha_only_where_the_file_says_so() {
    let alpha = |x: u32| f32::from(u8::try_from(x * 6).unwrap()) / 255.0;
    let opaque = RgbaImage::from_pixel(SIZE.0, SIZE.1, image::Rgba([51, 102, 204, 255]));
    let glass = RgbaImage::from_fn(SIZE.0, SIZE.1, |x, _| {
        image::Rgba([51, 102, 204, u8::try_from(x * 6).unwrap()])
    });
    let colour = [0.2, 0.4, 0.8];
    let mut cases = 0;
    for (section, is_glass) in [
        (layers(-1, &[]), true),
        (layers(0, &[(b"Mt16", b"")]), true),
        (layers(0, &[(b"Patt", b"abc\0"), (b"Lr16", &[0xFF, 0xFE, 0, 0])]), true),
        (layers(1, &[]), false),
        (layers(0, &[(b"Lr16", &[0, 2, 0, 0])]), false),
        (Vec::new(), false),
    ] {
        for depth in [8, 16] {
            // Photoshop lays merged pictures on white; other writers do not.
            for is_matted in [true, false] {
                let sample = |channel: usize, x, _| match channel {
                    3 => alpha(x),
                    _ if is_matted && is_glass => colour[channel] * alpha(x) + 1.0 - alpha(x),
                    _ => colour[channel],
                };
                let psd = Psd { layers: &section, ..Psd::new(3, depth, 4, SIZE) };
                let made = shown(&psd.file(&rows(depth, 4, sample), true)).into_rgba8();
                let expected = if is_glass { &glass } else { &opaque };
                for (made, expected) in made.pixels().zip(expected.pixels()) {
                    assert_eq!(made.0[3], expected.0[3]);
                    // At 8 bits on white, nearly transparent pixels keep little of their colour.
                    let off = made.0.iter().zip(expected.0).map(|(&a, b)| a.abs_diff(b)).max();
                    let seen = expected.0[3] > 60;
                    assert!(!seen || off <= Some(3), "{made:?} instead of {expected:?}");
                }
                cases += 1;
            }
        }
    }
    assert_eq!(cases, 24);
}

#[test]
fn profile_and_orientation_are_among_the_resources() {
    let mut profile = moxcms::ColorProfile::new_display_p3();
    profile.cicp = None;
    let profile = profile.encode().unwrap();
    let exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    let resources: [(u16, &[u8]); 4] =
        [(1000, b"odd"), (1057, &[0, 0, 0, 1, 1]), (1039, &profile), (1058, exif)];
    let psd = Psd { resources: &resources, ..Psd::new(3, 8, 3, SIZE) };
    let green = |channel, _, _| if channel == 1 { 0.8 } else { 0.2 };
    let made = shown(&psd.file(&rows(8, 3, green), true)).into_rgb8();
    assert_eq!(made.dimensions(), (SIZE.1, SIZE.0));
    // Display P3's green is more saturated than any in sRGB.
    let [red, green, _] = made.get_pixel(1, 1).0;
    assert!(red < 40 && green > 204, "{red} {green}");
}

#[test]
fn what_has_no_merged_picture_that_can_be_read_is_refused_for_it() {
    let grey = rows(8, 1, |_, _, _| 0.5);
    let unmerged = Psd { resources: &[(1057, &[0, 0, 0, 1, 0])], ..Psd::new(1, 8, 1, SIZE) };
    assert_eq!(reason(&unmerged.file(&grey, true)), "unsupported");
    assert_eq!(reason(&Psd::new(7, 8, 1, SIZE).file(&grey, true)), "unsupported");
    assert_eq!(reason(&Psd::new(1, 1, 1, SIZE).file(&grey, true)), "unsupported");
    assert_eq!(reason(&Psd::new(3, 8, 1, SIZE).file(&grey, true)), "undecodable");
    let header = Psd::new(1, 8, 1, SIZE).header();
    assert_eq!(reason(&[&header[..], &[0, 2], &[0; 999]].concat()), "unsupported");
    // Runs that are shorter than a row.
    let lengths = [0, 2].repeat(21);
    let file = [&header[..], &[0, 1], &lengths, &[0xF0, 1].repeat(21)].concat();
    assert_eq!(reason(&file), "undecodable");
}

#[test]
fn a_psd_cut_short_is_called_truncated() {
    let mut cases = 0;
    for (is_big, in_runs) in [(false, true), (true, false)] {
        let psd = Psd { is_big, resources: &[(1000, b"some")], ..Psd::new(3, 8, 3, SIZE) };
        let file = psd.file(
            &rows(8, 3, |channel, x, y| ((x + y) % 9) as f32 / 9.0 * channel as f32 / 3.0),
            in_runs,
        );
        for length in 12..file.len() {
            assert_eq!(reason(&file[..length]), "truncated", "cut to {length} of {}", file.len());
            cases += 1;
        }
        assert_eq!(SourceFormat::from_first_bytes(&file), Some(SourceFormat::Psd));
    }
    assert!(cases > 3000, "{cases}");
}
