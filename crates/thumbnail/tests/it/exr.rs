//! OpenEXR: channels, windows, and the mapping of light.

use std::io::Cursor;

use exr::prelude::{Compression, Encoding, Image, Layer, LayerAttributes, WritableImage as _};
use exr::prelude::{SpecificChannels, Vec2};
use image::{DynamicImage, RgbImage};
use pictures::Exr;

use crate::{ROOMY, difference, gradient, light, pixels, recipe, shown, thumbnail, write};
use thumbnail::{EncodedFormat, FormatChoice, SourceFormat, render};

/// The thumbnail of an equal Radiance file: light is mapped alike.
fn expected(picture: &RgbImage) -> DynamicImage {
    shown(&write(&light(picture), image::ImageFormat::Hdr))
}

/// A file of the whole `picture` with the given channels; `A` is `alpha` everywhere.
fn file(picture: &RgbImage, channels: &[&str], alpha: f32) -> Vec<u8> {
    let (width, height) = picture.dimensions();
    let size = [width, height].map(|side| i32::try_from(side).unwrap());
    Exr::new(channels, size[0], size[1]).file(lit(picture, alpha))
}

fn lit(picture: &RgbImage, alpha: f32) -> impl Fn(&str, i32, i32) -> f32 + use<> {
    let light = light(picture).into_rgb32f();
    move |channel, x, y| {
        let place = |at: i32, side: u32| u32::try_from(at).ok().filter(|&at| at < side);
        let (x, y) = (place(x, light.width()), place(y, light.height()));
        let Some(pixel) = x.zip(y).map(|(x, y)| light.get_pixel(x, y).0) else { return 9.0 };
        // Colours are premultiplied by alpha.
        match channel.rsplit('.').next().unwrap() {
            "A" => alpha,
            "R" => pixel[0] * alpha,
            "B" => pixel[2] * alpha,
            _ => pixel[1] * alpha,
        }
    }
}

#[test]
fn exr_shows_the_same_light_in_every_compression_in_rows_and_in_tiles() {
    let picture = gradient(70, 41);
    let expected = expected(&picture);
    let light = light(&picture).into_rgb32f();
    let mut cases = 0;
    for compression in [
        Compression::Uncompressed,
        Compression::RLE,
        Compression::ZIP1,
        Compression::ZIP16,
        Compression::PIZ,
        Compression::PXR24,
        Compression::B44,
        Compression::B44A,
    ] {
        for blocks in [exr::prelude::Blocks::ScanLines, exr::prelude::Blocks::Tiles(Vec2(16, 24))] {
            let channels = SpecificChannels::rgb(|Vec2(x, y): Vec2<usize>| {
                let [red, green, blue] =
                    light.get_pixel(x.try_into().unwrap(), y.try_into().unwrap()).0;
                (red, green, blue)
            });
            let encoding =
                Encoding { compression, blocks, line_order: exr::prelude::LineOrder::Increasing };
            let size = (70, 41);
            let layer = Layer::new(size, LayerAttributes::default(), encoding, channels);
            let mut file = Cursor::new(Vec::new());
            Image::from_layer(layer).write().to_buffered(&mut file).unwrap();
            let off = difference(&shown(file.get_ref()), &expected);
            assert!(off < 1.0, "{encoding:?} is off by {off}");
            cases += 1;
        }
    }
    assert_eq!(cases, 16);
}

#[test]
fn colours_are_found_among_other_channels_and_in_layers() {
    let picture = gradient(20, 12);
    let grey = RgbImage::from_fn(20, 12, |x, y| image::Rgb([picture.get_pixel(x, y)[1]; 3]));
    let mut cases = 0;
    for (channels, shows) in [
        (&["B", "G", "R"][..], &picture),
        (&["B", "G", "R", "Z", "id.B", "id.G", "id.R"], &picture),
        (&["Combined.B", "Combined.G", "Combined.R", "Depth.Z"], &picture),
        (&["Y"], &grey),
        (&["Y", "Z"], &grey),
    ] {
        let off = difference(&shown(&file(&picture, channels, 1.0)), &expected(shows));
        assert!(off < 1.0, "{channels:?} are off by {off}");
        cases += 1;
    }
    assert_eq!(cases, 5);
}

#[test]
fn light_is_taken_out_of_alpha() {
    let picture = gradient(20, 12);
    for channels in [&["A", "B", "G", "R"][..], &["A", "Y"]] {
        let opaque = shown(&file(&picture, channels, 1.0)).into_rgb8();
        assert_eq!(opaque, shown(&file(&picture, &channels[1..], 1.0)).into_rgb8());
        let half = thumbnail(&file(&picture, channels, 0.5), &recipe(99, 99, FormatChoice::Source));
        assert_eq!(half.format, EncodedFormat::Png);
        let half = pixels(&half).into_rgba8();
        assert!(half.pixels().all(|pixel| pixel.0[3] == 128));
        let off = difference(&DynamicImage::from(half).to_rgb8().into(), &opaque.into());
        assert!(off < 0.5, "{channels:?} are off by {off}");
        let none = shown(&file(&picture, channels, 0.0)).into_rgba8();
        assert!(none.pixels().all(|pixel| pixel.0 == [0; 4]));
    }
}

#[test]
fn what_lies_in_the_display_window_shows_and_nothing_else() {
    let light = lit(&gradient(20, 12), 1.0);
    let blank =
        |x: i32, y: i32, data: [i32; 4]| x < data[0] || y < data[1] || x > data[2] || y > data[3];
    let mut cases = 0;
    for data in [
        [0, 0, 19, 11],
        [-7, -5, 30, 20],
        [5, 4, 12, 9],
        [-7, 3, 8, 40],
        [12, -9, 900, 5],
        [-5000, 0, 19, 11],
    ] {
        let exr = Exr { data, ..Exr::new(&["A", "B", "G", "R"], 20, 12) };
        let made = shown(&exr.file(&light)).into_rgba8();
        assert_eq!(made.dimensions(), (20, 12));
        for (x, y, pixel) in made.enumerate_pixels() {
            let (x, y) = (i32::try_from(x).unwrap(), i32::try_from(y).unwrap());
            let alpha = if blank(x, y, data) { 0 } else { 255 };
            assert_eq!(pixel.0[3], alpha, "{data:?} at {x}, {y}");
        }
        // Windows that are moved together show the same picture.
        let moved =
            |window: [i32; 4]| [window[0] - 100, window[1] + 900, window[2] - 100, window[3] + 900];
        let far = Exr { data: moved(data), display: moved(exr.display), ..exr };
        let far = far.file(|channel, x, y| light(channel, x + 100, y - 900));
        assert_eq!(shown(&far).into_rgba8(), made, "{data:?}");
        cases += 1;
    }
    assert_eq!(cases, 6);
}

#[test]
fn light_of_other_primaries_is_converted() {
    // ACES 2065-1's primaries and white (SMPTE ST 2065-1), and the matrix from them to Rec. 709's
    // with Bradford's adaptation of white, as published by the ACES project.
    let points = [0.7347_f32, 0.2653, 0.0, 1.0, 0.0001, -0.077, 0.32168, 0.33767];
    let chromaticities: Vec<u8> = points.iter().flat_map(|point| point.to_le_bytes()).collect();
    let to_709 = [
        [2.521_686, -1.134_131, -0.387_556],
        [-0.276_480, 1.372_719, -0.096_239],
        [-0.015_378, -0.152_975, 1.168_353_f32],
    ];
    let attributes = [("chromaticities", "chromaticities", chromaticities.as_slice())];
    let exr = Exr { attributes: &attributes, ..Exr::new(&["B", "G", "R"], 16, 1) };
    let plain = Exr { attributes: &[], ..exr.clone() };
    let aces = |x: i32| {
        let part = [0.1, 0.3, 0.6][usize::try_from(x % 3).unwrap()];
        [0.4 + part, 0.5, 0.9 - part]
    };
    let of = |channel: &str, light: [f32; 3]| light["RGB".find(channel).unwrap()];
    let made = shown(&exr.file(|channel, x, _| of(channel, aces(x))));
    let expected = shown(&plain.file(|channel, x, _| {
        of(channel, to_709.map(|row| row.iter().zip(aces(x)).map(|(f, c)| f * c).sum()))
    }));
    assert!(difference(&made, &expected) < 1.0);
    assert!(difference(&made, &shown(&plain.file(|channel, x, _| of(channel, aces(x))))) > 3.0);
}

#[test]
fn what_exr_has_beyond_light_in_full_resolution_is_refused() {
    let luminance = Exr { sampling: 2, ..Exr::new(&["BY", "RY", "Y"], 8, 8) };
    let beside = Exr::new(&["BY", "RY", "Y"], 8, 8);
    let depth = Exr::new(&["Z"], 8, 8);
    let deep = [("type", "string", &b"deepscanline"[..])];
    let deep = Exr { attributes: &deep, flags: [8, 0, 0], ..Exr::new(&["B", "G", "R"], 8, 8) };
    let mut cases = 0;
    for exr in [luminance, beside, depth, deep] {
        let refusal = render(&exr.file(|_, _, _| 0.5), &recipe(9, 9, FormatChoice::Png), &ROOMY);
        let reason = refusal.map(|_| ()).unwrap_err().reason();
        assert!(["unsupported", "undecodable"].contains(&reason), "{exr:?}: {reason}");
        cases += 1;
    }
    assert_eq!(cases, 4);
}

#[test]
fn an_exr_file_cut_short_is_called_truncated() {
    let file = file(&gradient(9, 7), &["A", "B", "G", "R"], 0.7);
    for length in 5..file.len() {
        let refusal = render(&file[..length], &recipe(9, 9, FormatChoice::Png), &ROOMY);
        assert_eq!(refusal.map(|_| ()).unwrap_err().reason(), "truncated", "cut to {length}");
    }
    assert_eq!(SourceFormat::from_first_bytes(&file), Some(SourceFormat::Exr));
}
