//! Quality by looks and by size.

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

use crate::{gradient, thumbnail, write};
use thumbnail::{FormatChoice, Output, Qualities, Quality, Recipe};

fn recipe(format: FormatChoice, quality: Quality, max_bytes: Option<u32>) -> Recipe {
    let quality = Qualities { jpeg: quality, webp: quality, avif: quality };
    let output = Output { format, quality, max_bytes, ..Output::inside(96, 96) };
    Recipe::of(vec![output])
}

fn noise() -> RgbImage {
    let mut state = 1_u32;
    RgbImage::from_fn(96, 96, |_, _| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let [_, a, b, c] = state.to_le_bytes();
        Rgb([a, b, c])
    })
}

/// The similarity of two pictures, by SSIMULACRA2.
fn score(one: &RgbImage, other: &RgbImage) -> f64 {
    use fast_ssim2::{PixelDescriptor, PixelSlice, compute_ssimulacra2};
    let slice = |picture| PixelSlice::new(picture, 96, 96, 288, PixelDescriptor::RGB8_SRGB);
    compute_ssimulacra2(&slice(one).unwrap(), &slice(other).unwrap()).unwrap()
}

#[test]
fn automatic_quality_is_the_lowest_that_looks_the_same() {
    // Discs with soft edges: neither easy to encode nor hard.
    let picture = RgbImage::from_fn(96, 96, |x, y| {
        let off = (x % 32).abs_diff(16).pow(2) + (y % 32).abs_diff(16).pow(2);
        let shade = u8::try_from(200_u32.saturating_sub(off)).unwrap();
        Rgb([shade, shade / 2 + u8::try_from(y).unwrap(), 200 - shade / 2])
    });
    let file = write(&picture.clone().into(), ImageFormat::Png);
    let mut cases = 0;
    for format in [FormatChoice::Jpeg, FormatChoice::WebP, FormatChoice::Avif] {
        let made = thumbnail(&file, &recipe(format, Quality::Auto, None));
        let at = |level| thumbnail(&file, &recipe(format, Quality::Set(level), None));
        let level = (40..=95).find(|&level| at(level).bytes == made.bytes);
        let level = level.expect("it is one of the encoder's own qualities");
        let scored = |level| {
            let made = thumbnail(&at(level).bytes, &recipe(FormatChoice::Png, Quality::Auto, None));
            score(&picture, &image::load_from_memory(&made.bytes).unwrap().to_rgb8())
        };
        assert!((41..95).contains(&level), "{format:?} {level}: the picture tells nothing");
        assert!(scored(level) >= 80.0, "{format:?} {level}: {}", scored(level));
        assert!(scored(level - 1) < 80.0, "{format:?} {level} is too good");
        cases += 1;
    }
    assert_eq!(cases, 3);
}

#[test]
fn what_is_hard_to_encode_gets_more_quality_than_what_is_easy() {
    let plain = DynamicImage::from(RgbImage::from_fn(96, 96, |x, y| {
        Rgb([u8::try_from(x).unwrap() + 90, u8::try_from(y).unwrap() + 90, 128])
    }));
    let level = |picture: &DynamicImage| {
        let file = write(picture, ImageFormat::Png);
        let made = thumbnail(&file, &recipe(FormatChoice::Jpeg, Quality::Auto, None)).bytes;
        (40..=95)
            .find(|&level| {
                let set = recipe(FormatChoice::Jpeg, Quality::Set(level), None);
                thumbnail(&file, &set).bytes == made
            })
            .unwrap()
    };
    let (plain, hard) = (level(&plain), level(&noise().into()));
    assert!(plain < hard, "{plain} {hard}");
}

#[test]
fn pictures_too_small_to_be_judged_are_written_at_the_default() {
    let picture = DynamicImage::from(gradient(7, 40));
    let file = write(&picture, ImageFormat::Png);
    for (format, level) in
        [(FormatChoice::Jpeg, 80), (FormatChoice::WebP, 80), (FormatChoice::Avif, 60)]
    {
        let auto = thumbnail(&file, &recipe(format, Quality::Auto, None));
        let set = thumbnail(&file, &recipe(format, Quality::Set(level), None));
        assert_eq!(auto, set);
    }
}

#[test]
fn a_file_fits_where_any_quality_down_to_10_lets_it() {
    let file = write(&noise().into(), ImageFormat::Png);
    let mut cases = 0;
    for format in [FormatChoice::Jpeg, FormatChoice::WebP, FormatChoice::Avif] {
        for quality in [Quality::Set(90), Quality::Auto] {
            let size = |level: u8| {
                let made = thumbnail(&file, &recipe(format, Quality::Set(level), None));
                u32::try_from(made.bytes.len()).unwrap()
            };
            let most = u32::midpoint(size(10), size(60));
            let made = thumbnail(&file, &recipe(format, quality, Some(most)));
            let bytes = u32::try_from(made.bytes.len()).unwrap();
            assert!(bytes <= most, "{format:?}: {bytes} of {most}");
            assert!(bytes > most / 2, "{format:?}: {bytes} of {most} wastes quality");
            // A file that cannot fit is written at the lowest quality.
            let made = thumbnail(&file, &recipe(format, quality, Some(1)));
            assert_eq!(made.bytes.len(), size(10) as usize, "{format:?}");
            cases += 1;
        }
    }
    assert_eq!(cases, 6);
}

#[test]
fn a_file_has_the_highest_quality_that_lets_it_fit() {
    let file = write(&noise().into(), ImageFormat::Png);
    let at = |level| thumbnail(&file, &recipe(FormatChoice::Jpeg, Quality::Set(level), None));
    for level in [11, 12, 37, 38, 88, 89] {
        let most = u32::try_from(at(level).bytes.len()).unwrap();
        for (most, expected) in [(most, level), (most - 1, level - 1)] {
            let set = recipe(FormatChoice::Jpeg, Quality::Set(90), Some(most));
            assert_eq!(thumbnail(&file, &set), at(expected), "{most} bytes");
        }
    }
}

#[test]
fn automatic_quality_ends_at_40() {
    // One colour looks the same at any quality; 8 pixels a side are just enough to tell.
    for side in [8, 96] {
        let file = write(&RgbImage::from_pixel(side, side, Rgb([90; 3])).into(), ImageFormat::Png);
        let made = |quality| thumbnail(&file, &recipe(FormatChoice::Jpeg, quality, None));
        assert_eq!(made(Quality::Auto), made(Quality::Set(40)), "{side}");
        assert_ne!(made(Quality::Auto), made(Quality::Set(39)), "{side}");
    }
}

#[test]
fn a_limit_that_is_kept_anyway_changes_nothing() {
    let file = write(&gradient(96, 96).into(), ImageFormat::Png);
    for format in [FormatChoice::Jpeg, FormatChoice::WebP, FormatChoice::Png] {
        let free = thumbnail(&file, &recipe(format, Quality::Set(70), None));
        let most = u32::try_from(free.bytes.len()).unwrap();
        assert_eq!(thumbnail(&file, &recipe(format, Quality::Set(70), Some(most))), free);
    }
}

#[test]
fn lossless_formats_are_written_whatever_their_size() {
    let file = write(&noise().into(), ImageFormat::Png);
    for format in [FormatChoice::Png, FormatChoice::WebPLossless] {
        let free = thumbnail(&file, &recipe(format, Quality::Auto, None));
        assert_eq!(thumbnail(&file, &recipe(format, Quality::Auto, Some(100))), free);
    }
}
