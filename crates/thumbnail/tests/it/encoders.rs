//! What each encoder writes, and which one `Auto` picks.

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

use crate::{gradient, jpeg, pixels, recipe, thumbnail, write};
use thumbnail::{Chroma, EncodedFormat, FormatChoice, Output, Quality, Recipe};

fn one(output: Output) -> Recipe {
    Recipe::of(vec![output])
}

fn output(format: FormatChoice) -> Output {
    Output { format, ..Output::inside(64, 64) }
}

/// The payloads of a JPEG file's segments with one marker.
pub(super) fn segments(file: &[u8], marker: u8) -> Vec<&[u8]> {
    let mut found = Vec::new();
    let mut at = 2;
    while at + 4 <= file.len() && file[at] == 0xFF && file[at + 1] != 0xD9 {
        let length = usize::from(u16::from_be_bytes([file[at + 2], file[at + 3]]));
        if file[at + 1] == marker {
            found.push(&file[at + 4..at + 2 + length]);
        }
        let is_scan = file[at + 1] == 0xDA;
        at += 2 + length;
        while is_scan && (file[at] != 0xFF || matches!(file[at + 1], 0 | 0xD0..=0xD7)) {
            at += 1;
        }
    }
    found
}

/// Lines of one colour on another, without shades between: a drawing.
fn drawing() -> RgbaImage {
    RgbaImage::from_fn(64, 48, |x, y| match (x / 8 % 2, y / 8 % 3) {
        (0, _) => Rgba([250, 250, 240, 255]),
        (_, 0) => Rgba([200, 30, 40, 255]),
        _ => Rgba([20, 60, 200, 255]),
    })
}

#[test]
fn a_progressive_jpeg_comes_in_several_scans_and_a_baseline_one_in_one() {
    const PROGRESSIVE: u8 = 0xC2;
    const BASELINE: u8 = 0xC0;
    let file = write(&gradient(80, 60).into(), ImageFormat::Png);
    for (progressive, frame) in [(true, PROGRESSIVE), (false, BASELINE)] {
        let made = thumbnail(&file, &one(Output { progressive, ..output(FormatChoice::Jpeg) }));
        assert_eq!(segments(&made.bytes, frame).len(), 1, "progressive: {progressive}");
        let scans = segments(&made.bytes, 0xDA);
        assert_eq!(scans.len() > 1, progressive, "{} scans", scans.len());
        if !progressive {
            assert_eq!(scans[0][0], 3, "all three components in one scan");
        }
    }
}

#[test]
fn chroma_says_at_which_resolution_a_jpeg_stores_colour() {
    let file = write(&gradient(80, 60).into(), ImageFormat::Png);
    for progressive in [true, false] {
        for (chroma, sampling) in [(Chroma::Half, 0x22), (Chroma::Full, 0x11)] {
            let wanted = Output { progressive, chroma, ..output(FormatChoice::Jpeg) };
            let made = thumbnail(&file, &one(wanted));
            let frame = segments(&made.bytes, if progressive { 0xC2 } else { 0xC0 })[0];
            assert_eq!(frame[7], sampling, "luma's sampling, {chroma:?}");
            assert_eq!(frame[10], 0x11, "colour's sampling");
        }
    }
}

#[test]
fn fully_resolved_colour_keeps_the_edges_of_webp_sharper() {
    let stripes =
        RgbImage::from_fn(
            64,
            64,
            |x, _| {
                if x % 2 == 0 { Rgb([255, 0, 0]) } else { Rgb([0, 0, 255]) }
            },
        );
    let file = write(&stripes.clone().into(), ImageFormat::Png);
    let off = |chroma| {
        let made = thumbnail(&file, &one(Output { chroma, ..output(FormatChoice::WebP) }));
        crate::difference(&pixels(&made), &stripes.clone().into())
    };
    assert!(off(Chroma::Full) < off(Chroma::Half), "{} {}", off(Chroma::Full), off(Chroma::Half));
}

#[test]
fn a_png_takes_the_fewest_bits_that_hold_all_its_colours() {
    let colours = |count: u32| {
        RgbaImage::from_fn(48, 48, |x, y| {
            // Without a pattern, which would be tiny in any layout.
            let place =
                u8::try_from(((x * 7919) ^ (y * 6007)).wrapping_mul(40_503) / 7 % count).unwrap();
            Rgba([place.wrapping_mul(37), 200 - place / 2, place, 255])
        })
    };
    let mut cases = 0;
    for (count, color_type, depth) in [(2, 3, 1), (4, 3, 2), (16, 3, 4), (200, 3, 8), (256, 3, 8)] {
        let picture = DynamicImage::from(colours(count));
        let made = thumbnail(&write(&picture, ImageFormat::Png), &one(output(FormatChoice::Png)));
        assert_eq!((made.bytes[25], made.bytes[24]), (color_type, depth), "{count} colours");
        assert_eq!(pixels(&made).to_rgba8(), picture.to_rgba8());
        cases += 1;
    }
    // More colours than a palette can hold.
    let many = DynamicImage::from(gradient(64, 64));
    let made = thumbnail(&write(&many, ImageFormat::Png), &one(output(FormatChoice::Png)));
    assert_eq!(made.bytes[25], 2, "in colour");
    assert_eq!(pixels(&made).to_rgba8(), many.to_rgba8());
    assert_eq!(cases, 5);
}

#[test]
fn a_png_without_colour_is_grey_in_as_few_bits_as_hold_its_greys() {
    for (greys, depth) in [([0, 255], 1), ([0, 170], 2), ([17, 34], 4), ([1, 254], 8)] {
        let picture = RgbImage::from_fn(33, 20, |x, y| Rgb([greys[((x + y) % 2) as usize]; 3]));
        let file = write(&picture.clone().into(), ImageFormat::Png);
        let made = thumbnail(&file, &one(output(FormatChoice::Png)));
        assert_eq!((made.bytes[25], made.bytes[24]), (0, depth), "{greys:?}");
        assert_eq!(pixels(&made).to_rgb8(), picture);
    }
}

#[test]
fn a_palette_keeps_transparent_colours() {
    let picture = RgbaImage::from_fn(40, 40, |x, y| match ((x * 7919) ^ (y * 6007)) / 7 % 4 {
        0 => Rgba([0, 0, 0, 0]),
        1 => Rgba([9, 99, 199, 100]),
        2 => Rgba([250, 9, 9, 255]),
        _ => Rgba([9, 250, 9, 255]),
    });
    let file = write(&picture.clone().into(), ImageFormat::Png);
    let made = thumbnail(&file, &one(output(FormatChoice::Png)));
    assert_eq!(made.bytes[25], 3, "with a palette");
    assert_eq!(pixels(&made).to_rgba8(), picture);
}

#[test]
fn colours_that_are_entirely_transparent_are_not_carried_over() {
    let secret = RgbaImage::from_fn(30, 30, |x, y| {
        Rgba([u8::try_from(x * 8).unwrap(), u8::try_from(y * 8).unwrap(), 77, 0])
    });
    let mut picture = secret;
    picture.put_pixel(0, 0, Rgba([1, 2, 3, 255]));
    let file = write(&picture.into(), ImageFormat::Png);
    for format in [FormatChoice::Png, FormatChoice::WebPLossless] {
        let made = pixels(&thumbnail(&file, &one(output(format)))).to_rgba8();
        assert!(made.pixels().skip(1).all(|pixel| pixel.0 == [0; 4]), "{format:?}");
    }
}

#[test]
fn transparent_parts_are_laid_on_the_background_to_the_nearest_shade() {
    for (grey, behind, alpha) in [(100, 200, 128), (200, 31, 78), (9, 250, 100), (1, 0, 200)] {
        let file = write(
            &RgbaImage::from_pixel(16, 16, Rgba([grey, grey, grey, alpha])).into(),
            ImageFormat::Png,
        );
        let mut wanted = output(FormatChoice::Jpeg);
        wanted.background.rgb = [behind; 3];
        // One grey at the best quality comes back as it was.
        wanted.quality.jpeg = Quality::Set(100);
        let made = pixels(&thumbnail(&file, &one(wanted))).to_luma8();
        let opaque = f64::from(alpha) / 255.0;
        let expected = f64::from(grey) * opaque + f64::from(behind) * (1.0 - opaque);
        let found = f64::from(made.get_pixel(8, 8).0[0]);
        assert!((found - expected).abs() < 0.5, "{grey} on {behind}: {found}, not {expected}");
    }
}

#[test]
fn lossless_webp_keeps_every_pixel() {
    for picture in [DynamicImage::from(gradient(50, 40)), drawing().into()] {
        let file = write(&picture, ImageFormat::Png);
        let made = thumbnail(&file, &one(output(FormatChoice::WebPLossless)));
        assert_eq!(made.format, EncodedFormat::WebP);
        assert_eq!(pixels(&made).to_rgba8(), picture.to_rgba8());
        assert_eq!(&made.bytes[12..16], b"VP8L");
    }
}

#[test]
fn avif_is_written_smaller_than_jpeg_with_and_without_alpha_and_in_grey() {
    let opaque = DynamicImage::from(gradient(128, 128));
    let mut glass = opaque.to_rgba8();
    glass.pixels_mut().for_each(|pixel| pixel.0[3] = 250);
    for picture in
        [opaque.clone(), glass.into(), opaque.to_luma8().into(), opaque.to_luma_alpha8().into()]
    {
        let file = write(&picture, ImageFormat::Png);
        let made = thumbnail(&file, &one(output(FormatChoice::Avif)));
        assert_eq!(made.format, EncodedFormat::Avif);
        assert_eq!(made.format.content_type(), "image/avif");
        assert_eq!(&made.bytes[4..12], b"ftypavif");
        let has_alpha = made.bytes.windows(5).any(|at| at == b"alpha");
        assert_eq!(has_alpha, picture.color().has_alpha() && picture.to_rgba8()[(0, 0)].0[3] < 255);
        let as_jpeg = thumbnail(&file, &one(output(FormatChoice::Jpeg)));
        assert!(made.bytes.len() < as_jpeg.bytes.len(), "{:?}", picture.color());
    }
}

#[test]
fn higher_quality_makes_larger_files_in_every_lossy_format() {
    let file = write(&gradient(64, 64).into(), ImageFormat::Png);
    let mut cases = 0;
    for format in [FormatChoice::Jpeg, FormatChoice::WebP, FormatChoice::Avif] {
        let size = |level| {
            let mut wanted = output(format);
            wanted.quality.jpeg = Quality::Set(level);
            wanted.quality.webp = Quality::Set(level);
            wanted.quality.avif = Quality::Set(level);
            thumbnail(&file, &one(wanted)).bytes.len()
        };
        let sizes = [size(1), size(50), size(100)];
        assert!(sizes.is_sorted_by(|one, other| one < other), "{format:?} {sizes:?}");
        cases += 1;
    }
    assert_eq!(cases, 3);
}

#[test]
fn the_quality_of_avif_is_that_of_its_alpha_too() {
    // All that there is to see is in the alpha.
    let shades = gradient(64, 64);
    let picture =
        RgbaImage::from_fn(64, 64, |x, y| Rgba([90, 90, 90, shades.get_pixel(x, y).0[0].max(1)]));
    let file = write(&picture.into(), ImageFormat::Png);
    let size = |level| {
        let mut wanted = output(FormatChoice::Avif);
        wanted.quality.avif = Quality::Set(level);
        thumbnail(&file, &one(wanted)).bytes.len()
    };
    let sizes = [size(10), size(50), size(90)];
    assert!(sizes.is_sorted_by(|one, other| one * 10 < other * 9), "{sizes:?}");
}

#[test]
fn a_graphic_takes_the_smaller_of_two_lossless_formats() {
    // Stripes, and rings.
    let drawings: [fn(u32, u32) -> u32; 2] = [|x, y| x / 3 + y, |x, y| (x * x + y * y) / 90];
    let taken = drawings.map(|shade| {
        let picture = RgbImage::from_fn(256, 256, |x, y| {
            Rgb([u8::try_from(shade(x, y) % 32 * 255 / 31).unwrap(); 3])
        });
        let file = write(&picture.into(), ImageFormat::Png);
        let made = |format| thumbnail(&file, &one(Output { format, ..Output::inside(256, 256) }));
        let [png, webp, auto] =
            [FormatChoice::Png, FormatChoice::WebPLossless, FormatChoice::Auto].map(made);
        assert_eq!(auto.bytes.len(), png.bytes.len().min(webp.bytes.len()));
        auto.format
    });
    assert_eq!(taken, [EncodedFormat::WebP, EncodedFormat::Png]);
}

#[test]
fn auto_tells_photographs_from_graphics_and_either_by_alpha() {
    let photograph = gradient(64, 64);
    let faded = RgbaImage::from_fn(64, 64, |x, y| {
        let [red, green, blue] = photograph.get_pixel(x, y).0;
        Rgba([red, green, blue, u8::try_from(255 - x).unwrap()])
    });
    let mut hollow = drawing();
    hollow.put_pixel(5, 5, Rgba([0, 0, 0, 0]));
    let lossy = |bytes: &[u8]| bytes.windows(4).any(|name| name == b"VP8 ");
    let auto = |picture: DynamicImage| {
        thumbnail(&write(&picture, ImageFormat::Png), &one(output(FormatChoice::Auto)))
    };

    assert_eq!(auto(photograph.clone().into()).format, EncodedFormat::Jpeg);
    let made = auto(faded.into());
    assert!(made.format == EncodedFormat::WebP && lossy(&made.bytes));
    for drawn in [drawing(), hollow] {
        let made = auto(drawn.clone().into());
        assert!(matches!(made.format, EncodedFormat::Png | EncodedFormat::WebP));
        assert!(!lossy(&made.bytes));
        assert_eq!(pixels(&made).to_rgba8(), drawn, "graphics lose nothing");
    }
    // Even if the source's format did not suit it.
    let made = thumbnail(&jpeg(&photograph, false), &one(output(FormatChoice::Auto)));
    assert_eq!(made.format, EncodedFormat::Jpeg);
}

#[test]
fn a_photograph_under_a_white_sky_is_no_graphic() {
    let mut picture = gradient(64, 64);
    for (_, y, pixel) in picture.enumerate_pixels_mut() {
        if y < 40 {
            *pixel = Rgb([255; 3]);
        }
    }
    let file = write(&picture.into(), ImageFormat::Png);
    let made = thumbnail(&file, &recipe(64, 64, FormatChoice::Auto));
    assert_eq!(made.format, EncodedFormat::Jpeg);
}

#[test]
fn a_photograph_without_colour_is_no_graphic_for_its_few_greys() {
    let photograph = DynamicImage::from(gradient(64, 64)).to_luma8();
    let file = write(&photograph.into(), ImageFormat::Png);
    let made = thumbnail(&file, &recipe(64, 64, FormatChoice::Auto));
    assert_eq!(made.format, EncodedFormat::Jpeg);
    let drawn = DynamicImage::from(drawing()).to_luma8();
    let made = thumbnail(&write(&drawn.into(), ImageFormat::Png), &one(output(FormatChoice::Auto)));
    assert!(made.format != EncodedFormat::Jpeg);
}
