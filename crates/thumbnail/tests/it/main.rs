//! Tests of the engine as a whole, through its public functions. Code draws every picture.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::format_collect,
    reason = "a test that panics has failed, which is what it is for; the rest would cost it clarity"
)]

mod animation;
mod avif;
mod bmp;
mod colors;
mod copies;
mod copyright;
mod damage;
mod damaged;
mod digests;
mod encoders;
mod exr;
mod formats;
mod gamuts;
mod gifs;
mod golden;
mod heic;
mod heif;
mod inks;
mod jp2;
mod jxl;
mod kinds;
mod limits;
mod looks;
#[cfg(target_os = "linux")]
mod measured;
mod memory;
mod orientations;
mod outputs;
#[cfg(feature = "pdf")]
mod pdf;
mod pngs;
mod psd;
mod quality;
mod raw;
mod settings;
mod shapes;
mod shrinking;
mod sizes;
#[cfg(feature = "svg")]
mod svg;
mod tiff;
mod tiff_codings;
mod tiff_faxes;
mod tiff_luma;
mod tiff_writers;
mod webps;

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use pictures::{Exr, Psd};

use thumbnail::{
    EncodedFormat, FormatChoice, Limits, Output, Qualities, Quality, Recipe, SourceFormat,
    Thumbnail, render,
};

const ROOMY: Limits = Limits { max_pixels: 1 << 24 };

/// One output with the given box.
fn recipe(width: u32, height: u32, format: FormatChoice) -> Recipe {
    let best = Quality::Set(90);
    let quality = Qualities { jpeg: best, webp: best, avif: best };
    let outputs = vec![Output { format, quality, ..Output::inside(width, height) }];
    Recipe::of(outputs)
}

/// The only thumbnail of a picture that must be sound.
fn thumbnail(source: &[u8], recipe: &Recipe) -> Thumbnail {
    let mut rendering = render(source, recipe, &ROOMY).expect("a sound picture");
    assert_eq!(rendering.thumbnails.len(), recipe.outputs.len());
    rendering.thumbnails.remove(0)
}

fn pixels(thumbnail: &Thumbnail) -> DynamicImage {
    let picture = image::load_from_memory(&thumbnail.bytes).expect("thumbnails can be decoded");
    assert_eq!((picture.width(), picture.height()), (thumbnail.width, thumbnail.height));
    picture
}

/// The pixels of a file at its own size, up to 500 pixels a side.
fn shown(file: &[u8]) -> DynamicImage {
    pixels(&thumbnail(file, &recipe(500, 500, FormatChoice::Png)))
}

fn write(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    picture.write_to(&mut file, format).expect("the picture suits the format");
    file.into_inner()
}

/// Smooth, different in every corner, and with some detail everywhere.
fn gradient(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let shade = |at: u32, of: u32| u8::try_from(at * 200 / of.max(1)).unwrap();
        let speck = u8::try_from((x * 7 + y * 13) % 32).unwrap();
        Rgb([shade(x, width) + speck, shade(y, height) + speck, 120 - speck])
    })
}

/// Smooth in every channel, so that chroma of any resolution can hold it.
fn smooth(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let shade = |at: u32, of: u32| u8::try_from(30 + at * 190 / of).unwrap();
        Rgb([shade(x, width), shade(y, height), shade(width - x, width)])
    })
}

fn jpeg(picture: &RgbImage, progressive: bool) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut file, 90);
    encoder.set_progressive(progressive);
    let (width, height) =
        (picture.width().try_into().unwrap(), picture.height().try_into().unwrap());
    encoder.encode(picture, width, height, jpeg_encoder::ColorType::Rgb).unwrap();
    file
}

/// An ICO file of pictures with the width and height of each in the directory.
fn ico(pictures: &[(u8, u8, Vec<u8>)]) -> Vec<u8> {
    let count = u8::try_from(pictures.len()).unwrap();
    let mut file = vec![0, 0, 1, 0, count, 0];
    let mut offset = u32::from(count) * 16 + 6;
    for (width, height, bytes) in pictures {
        let length = u32::try_from(bytes.len()).unwrap();
        file.extend([*width, *height, 0, 0, 1, 0, 32, 0]);
        file.extend(length.to_le_bytes());
        file.extend(offset.to_le_bytes());
        offset += length;
    }
    file.extend(pictures.iter().flat_map(|(_, _, bytes)| bytes));
    file
}

/// The light of `picture`'s samples, by sRGB's curve (IEC 61966-2-1).
fn light(picture: &RgbImage) -> DynamicImage {
    image::Rgb32FImage::from_fn(picture.width(), picture.height(), |x, y| {
        Rgb(picture.get_pixel(x, y).0.map(|sample| {
            let shade = f32::from(sample) / 255.0;
            if shade <= 0.04045 { shade / 12.92 } else { ((shade + 0.055) / 1.055).powf(2.4) }
        }))
    })
    .into()
}

/// The light of `picture` as an OpenEXR file.
fn exr_file(picture: &RgbImage) -> Vec<u8> {
    let light = light(picture).into_rgb32f();
    let [width, height] =
        [picture.width(), picture.height()].map(|side| i32::try_from(side).unwrap());
    Exr::new(&["B", "G", "R"], width, height).file(|channel, x, y| {
        let pixel = light.get_pixel(x.try_into().unwrap(), y.try_into().unwrap());
        pixel.0["RGB".find(channel).unwrap()]
    })
}

/// `picture` as a PSD file with PackBits.
fn psd_file(picture: &RgbImage) -> Vec<u8> {
    let row =
        |channel: usize| picture.rows().map(move |row| row.map(|pixel| pixel.0[channel]).collect());
    let rows: Vec<Vec<u8>> = (0..3).flat_map(row).collect();
    Psd::new(3, 8, 3, picture.dimensions()).file(&rows, true)
}

/// The same picture in every format.
fn in_every_format(picture: &RgbImage) -> Vec<(SourceFormat, Vec<u8>)> {
    let opaque = DynamicImage::from(picture.clone());
    let png = write(&opaque, ImageFormat::Png);
    let files = vec![
        (SourceFormat::Jpeg, jpeg(picture, false)),
        (SourceFormat::Jpeg, jpeg(picture, true)),
        (SourceFormat::Png, png.clone()),
        (SourceFormat::Gif, write(&opaque, ImageFormat::Gif)),
        (SourceFormat::WebP, write(&opaque, ImageFormat::WebP)),
        (
            SourceFormat::WebP,
            webp::Encoder::from_rgb(picture, picture.width(), picture.height())
                .encode(90.0)
                .to_vec(),
        ),
        (SourceFormat::Tiff, write(&opaque, ImageFormat::Tiff)),
        (SourceFormat::Bmp, write(&opaque, ImageFormat::Bmp)),
        (SourceFormat::Qoi, write(&opaque, ImageFormat::Qoi)),
        (SourceFormat::Pnm, write(&opaque, ImageFormat::Pnm)),
        (SourceFormat::Ico, ico(&[(0, 0, png)])),
        (SourceFormat::Tga, write(&opaque, ImageFormat::Tga)),
        (SourceFormat::Hdr, write(&light(picture), ImageFormat::Hdr)),
        (SourceFormat::Heic, pictures::heic(picture, pictures::Coding::PHOTO)),
        (SourceFormat::Jp2, pictures::jpeg2000(&opaque, 0)),
        (SourceFormat::Jxl, pictures::lossless_jxl(&opaque)),
        (SourceFormat::Exr, exr_file(picture)),
        (SourceFormat::Psd, psd_file(picture)),
        (SourceFormat::Raw, pictures::raw::dng(&[jpeg(picture, false)], 1, false)),
        (SourceFormat::Avif, pictures::avif(picture, pictures::Coding::PHOTO)),
    ];
    let mut stored = SourceFormat::ALL.into_iter().filter(|format| !is_drawn(*format));
    assert!(stored.all(|format| files.iter().any(|file| file.0 == format)));
    files
}

/// Whether a format is drawn instead of decoded, so that no size is impossible.
fn is_drawn(format: SourceFormat) -> bool {
    ["svg", "pdf"].contains(&format.name())
}

/// Whether a format holds amounts of light, as floats.
fn is_light(format: SourceFormat) -> bool {
    matches!(format, SourceFormat::Hdr | SourceFormat::Exr)
}

/// Mean absolute difference of the samples of two pictures of one size.
fn difference(one: &DynamicImage, other: &DynamicImage) -> f64 {
    let (one, other) = (one.to_rgba8(), other.to_rgba8());
    assert_eq!(one.dimensions(), other.dimensions());
    // Differences between invisible colours do not count.
    let seen = one.pixels().zip(other.pixels()).filter(|(a, b)| a.0[3] > 0 || b.0[3] > 0);
    let sum: u64 = seen
        .flat_map(|(a, b)| a.0.into_iter().zip(b.0))
        .map(|(a, b)| u64::from(a.abs_diff(b)))
        .sum();
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let mean = sum as f64 / one.len() as f64;
    mean
}

#[test]
fn every_format_is_read_and_shows_the_same_picture() {
    let picture = gradient(120, 80);
    let expected = image::imageops::resize(&picture, 60, 40, image::imageops::Lanczos3).into();
    let mut cases = 0;
    for (format, file) in in_every_format(&picture) {
        let rendering = render(&file, &recipe(60, 60, FormatChoice::Png), &ROOMY).unwrap();
        assert_eq!(rendering.source_format, format);
        assert_eq!((rendering.source_width, rendering.source_height), (120, 80));
        let off = difference(&pixels(&rendering.thumbnails[0]), &expected);
        // Light is shown as bright as an adapted eye sees it.
        let bound = if is_light(format) { 30.0 } else { 4.0 };
        assert!(off < bound, "{format:?} is off by {off}");
        cases += 1;
    }
    assert_eq!(cases, 20);
}

#[test]
fn thumbnails_take_the_format_that_was_asked_for() {
    use EncodedFormat as To;
    let opaque = in_every_format(&gradient(8, 8));
    let glass = DynamicImage::from(RgbaImage::from_pixel(8, 8, Rgba([9, 99, 199, 100])));
    let glass: Vec<_> = [
        (SourceFormat::Png, ImageFormat::Png),
        (SourceFormat::Gif, ImageFormat::Gif),
        (SourceFormat::WebP, ImageFormat::WebP),
        (SourceFormat::Tiff, ImageFormat::Tiff),
    ]
    .into_iter()
    .map(|(format, to)| (format, write(&glass, to)))
    .collect();
    let mut cases = 0;
    for (files, is_transparent) in [(opaque, false), (glass, true)] {
        for (from, file) in files {
            let kept = match (from, is_transparent) {
                (SourceFormat::Png, _) | (SourceFormat::Tiff, true) => To::Png,
                (SourceFormat::WebP, _) => To::WebP,
                _ => To::Jpeg,
            };
            for (choice, to) in [
                (FormatChoice::Source, kept),
                (FormatChoice::Jpeg, To::Jpeg),
                (FormatChoice::Png, To::Png),
                (FormatChoice::WebP, To::WebP),
            ] {
                let made = thumbnail(&file, &recipe(8, 8, choice));
                if from == SourceFormat::Gif && choice == FormatChoice::Source {
                    // A GIF has no partial transparency: half-transparent pixels became one or the
                    // other.
                    assert!(matches!(made.format, To::Jpeg | To::Png));
                } else {
                    assert_eq!(made.format, to, "{from:?} {choice:?}");
                }
                let written = image::guess_format(&made.bytes).unwrap();
                assert_eq!(written.to_mime_type(), made.format.content_type());
                cases += 1;
            }
        }
    }
    assert_eq!(cases, (20 + 4) * 4);
}

#[test]
fn the_same_input_gives_the_same_output() {
    for (_, file) in in_every_format(&gradient(90, 60)) {
        for choice in [FormatChoice::Jpeg, FormatChoice::Png, FormatChoice::WebP] {
            let recipe = recipe(50, 50, choice);
            assert_eq!(thumbnail(&file, &recipe), thumbnail(&file, &recipe));
        }
    }
}

#[test]
fn several_outputs_show_the_same_as_those_made_one_by_one() {
    let file = jpeg(&gradient(200, 100), false);
    let sizes = [(64, 64), (16, 100), (500, 500), (64, 64)];
    let mut all = recipe(1, 1, FormatChoice::Source);
    let one = all.outputs[0].clone();
    all.outputs =
        sizes.iter().map(|&(width, height)| Output { width, height, ..one.clone() }).collect();
    let together = render(&file, &all, &ROOMY).unwrap().thumbnails;
    let apart: Vec<_> = sizes
        .iter()
        .map(|&(width, height)| thumbnail(&file, &recipe(width, height, FormatChoice::Source)))
        .collect();
    assert_eq!(together.len(), apart.len());
    for (one, other) in together.iter().zip(&apart) {
        assert_eq!((one.width, one.height, one.format), (other.width, other.height, other.format));
        let off = difference(&pixels(one), &pixels(other));
        assert!(off < 3.0, "{} x {}: {off}", one.width, one.height);
    }
}

#[test]
fn no_metadata_is_left_in_a_thumbnail() {
    let secret = b"taken at 52.5163 N 13.3777 E";
    let profile = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    let mut file = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut file, 90);
    encoder.add_exif_metadata(secret).unwrap();
    encoder.add_icc_profile(&profile).unwrap();
    encoder.add_app_segment(1, b"http://ns.adobe.com/xap/1.0/\0<x/>".to_vec()).unwrap();
    encoder.encode(&gradient(40, 40), 40, 40, jpeg_encoder::ColorType::Rgb).unwrap();
    let holds = |bytes: &[u8], part: &[u8]| bytes.windows(part.len()).any(|at| at == part);
    let traces: [&[u8]; 9] =
        [secret, b"Exif", b"EXIF", b"eXIf", b"ICC_PROFILE", b"ICCP", b"iCCP", b"acsp", b"ns.adobe"];
    assert!(holds(&file, secret) && holds(&file, b"ICC_PROFILE") && holds(&file, b"ns.adobe"));
    let mut cases = 0;
    for choice in [FormatChoice::Jpeg, FormatChoice::Png, FormatChoice::WebP] {
        for side in [20, 40] {
            let bytes = thumbnail(&file, &recipe(side, side, choice)).bytes;
            assert!(traces.iter().all(|trace| !holds(&bytes, trace)), "{choice:?}");
            cases += 1;
        }
    }
    assert_eq!(cases, 6);
}
