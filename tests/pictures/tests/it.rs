//! Each drawn picture is what its name says.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed, which is what it is for")]

use std::io::Cursor;

use image::metadata::Orientation;
use image::{
    ColorType, DynamicImage, GenericImageView, ImageDecoder, ImageFormat, ImageReader, RgbImage,
};

use pictures::{
    animated_gif, animated_png, animated_webp, chart_bmp, corrupt_jpeg, cut_out_png, deep_png,
    full_colour_jpeg, grey_jpeg, logo, logo_ico, logo_png, photo_as, photo_hdr, photo_jpeg,
    photo_webp, portrait_jpeg, progressive_jpeg, rotated_jpeg, sample_set, scan_tiff, stickers_png,
    text, tiled_jpeg, truncated_jpeg,
};

fn decode(bytes: &[u8]) -> DynamicImage {
    image::load_from_memory(bytes).unwrap()
}

fn mean_difference(left: &RgbImage, right: &RgbImage) -> f64 {
    assert_eq!(left.dimensions(), right.dimensions());
    let pairs = left.as_raw().iter().zip(right.as_raw());
    let sum: u64 = pairs.map(|(left, right)| u64::from(left.abs_diff(*right))).sum();
    #[allow(clippy::cast_precision_loss, reason = "a few million")]
    let mean = sum as f64 / left.as_raw().len() as f64;
    mean
}

#[test]
fn the_same_seed_draws_the_same_bytes_and_another_seed_others() {
    assert_eq!(photo_jpeg(320, 240, 7), photo_jpeg(320, 240, 7));
    assert_ne!(photo_jpeg(320, 240, 7), photo_jpeg(320, 240, 8));
}

#[test]
fn a_photo_takes_as_many_bytes_a_pixel_as_one_from_a_telephone() {
    for seed in 0..6 {
        let bytes = photo_jpeg(2000, 1500, seed).len();
        // A quarter of the pixels of a 12 megapixel photo of 2 MB, give or take a half.
        assert!((300_000..900_000).contains(&bytes), "seed {seed}: {bytes} bytes");
    }
}

#[test]
fn every_picture_decodes_as_what_it_is_called() {
    let cases = [
        (photo_jpeg(160, 120, 1), ImageFormat::Jpeg, ColorType::Rgb8, (160, 120)),
        (progressive_jpeg(160, 120, 1), ImageFormat::Jpeg, ColorType::Rgb8, (160, 120)),
        (grey_jpeg(160, 120, 1), ImageFormat::Jpeg, ColorType::L8, (160, 120)),
        (full_colour_jpeg(160, 120, 1), ImageFormat::Jpeg, ColorType::Rgb8, (160, 120)),
        (tiled_jpeg(4100, 1050, 1), ImageFormat::Jpeg, ColorType::Rgb8, (4100, 1050)),
        (logo_png(64), ImageFormat::Png, ColorType::Rgba8, (64, 64)),
        (stickers_png(160, 120, 1), ImageFormat::Png, ColorType::Rgba8, (160, 120)),
        (deep_png(64, 48, 1), ImageFormat::Png, ColorType::Rgb16, (64, 48)),
        (animated_gif(64, 48, 3), ImageFormat::Gif, ColorType::Rgba8, (64, 48)),
        (photo_webp(160, 120, 1), ImageFormat::WebP, ColorType::Rgb8, (160, 120)),
        (scan_tiff(124, 175, 1), ImageFormat::Tiff, ColorType::L8, (124, 175)),
        (chart_bmp(64, 48), ImageFormat::Bmp, ColorType::Rgb8, (64, 48)),
        (animated_png(64, 48, 3), ImageFormat::Png, ColorType::Rgba8, (64, 48)),
        (animated_webp(64, 48, 3), ImageFormat::WebP, ColorType::Rgba8, (64, 48)),
        (portrait_jpeg(160, 90, 1, 0.2), ImageFormat::Jpeg, ColorType::Rgb8, (160, 90)),
        (cut_out_png(64, 1), ImageFormat::Png, ColorType::Rgba8, (64, 64)),
        (photo_as(ImageFormat::Qoi, 64, 48, 1), ImageFormat::Qoi, ColorType::Rgb8, (64, 48)),
        (photo_as(ImageFormat::Pnm, 64, 48, 1), ImageFormat::Pnm, ColorType::Rgb8, (64, 48)),
        (photo_hdr(64, 48, 1), ImageFormat::Hdr, ColorType::Rgb32F, (64, 48)),
        (logo_ico(64), ImageFormat::Ico, ColorType::Rgba8, (64, 64)),
    ];
    for (bytes, format, colour, size) in cases {
        assert_eq!(image::guess_format(&bytes).unwrap(), format);
        let picture = decode(&bytes);
        assert_eq!((picture.color(), picture.dimensions()), (colour, size), "{format:?}");
    }
}

#[test]
fn a_rotated_photo_is_the_upright_one_once_its_orientation_is_applied() {
    let upright = decode(&photo_jpeg(480, 320, 5)).to_rgb8();
    for orientation in 1..=8 {
        let bytes = rotated_jpeg(480, 320, 5, orientation);
        let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().unwrap();
        let mut decoder = reader.into_decoder().unwrap();
        let found = decoder.orientation().unwrap();
        assert_eq!(Some(found), Orientation::from_exif(orientation));
        let mut picture = DynamicImage::from_decoder(decoder).unwrap();
        picture.apply_orientation(found);
        let difference = mean_difference(&picture.to_rgb8(), &upright);
        assert!(difference < 6.0, "orientation {orientation}: {difference}");
    }
}

#[test]
fn a_progressive_photo_shows_the_same_as_a_baseline_one() {
    let [baseline, progressive] = [photo_jpeg(160, 120, 2), progressive_jpeg(160, 120, 2)];
    assert!(progressive.windows(2).any(|marker| marker == [0xff, 0xc2]), "no SOF2 marker");
    assert!(mean_difference(&decode(&baseline).to_rgb8(), &decode(&progressive).to_rgb8()) < 1.0);
}

#[test]
fn the_logo_is_opaque_transparent_and_in_between() {
    let logo = logo(256);
    for wanted in [0..1, 1..255, 255..256] {
        let wanted = |pixel: &image::Rgba<u8>| wanted.contains(&u32::from(pixel.0[3]));
        assert!(logo.pixels().any(wanted));
    }
}

#[test]
fn the_broken_ones_claim_to_be_jpegs_and_are_not() {
    for bytes in [corrupt_jpeg(), truncated_jpeg()] {
        assert_eq!(image::guess_format(&bytes).unwrap(), ImageFormat::Jpeg);
    }
    assert!(image::load_from_memory(&corrupt_jpeg()).is_err());
    assert!(!truncated_jpeg().ends_with(&[0xff, 0xd9]), "it has an end after all");
    assert!(image::guess_format(&text()).is_err());
}

#[test]
fn the_samples_have_names_of_their_own_and_the_bytes_they_promise() {
    let samples = sample_set();
    assert!(samples.len() >= 20);
    let paths: std::collections::BTreeSet<_> = samples.iter().map(|sample| sample.path).collect();
    assert_eq!(paths.len(), samples.len());
    for sample in samples {
        assert_eq!(sample.bytes.is_empty(), sample.path == "empty.jpg", "{}", sample.path);
    }
}
