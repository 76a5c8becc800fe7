//! Colour, alpha and depth of thumbnails.

use image::{
    ColorType, DynamicImage, ExtendedColorType, GrayImage, ImageBuffer, ImageEncoder, ImageFormat,
    Luma, LumaA, Rgb, Rgba, RgbaImage,
};
use moxcms::ColorProfile;

use crate::{gradient, pixels, recipe, thumbnail, write};
use thumbnail::FormatChoice;

/// A plain picture of 40 x 40 pixels with a profile.
fn png_with_profile(pixel: &[u8], color: ExtendedColorType, profile: Vec<u8>) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = image::codecs::png::PngEncoder::new(&mut file);
    encoder.set_icc_profile(profile).unwrap();
    encoder.write_image(&pixel.repeat(40 * 40), 40, 40, color).unwrap();
    file
}

/// The pixel in the middle of a thumbnail.
fn middle(file: &[u8], choice: FormatChoice) -> [u8; 4] {
    pixels(&thumbnail(file, &recipe(10, 10, choice))).to_rgba8().get_pixel(5, 5).0
}

#[track_caller]
fn assert_near(found: [u8; 4], expected: [u8; 4]) {
    let is_near = found.iter().zip(expected).all(|(found, expected)| found.abs_diff(expected) <= 2);
    assert!(is_near, "{found:?} is not {expected:?}");
}

#[test]
fn profiles_are_applied() {
    // Expected values: the matrices and curves of the standards, computed by hand.
    let cases: [(ColorProfile, [u8; 3], [u8; 4]); 5] = [
        (ColorProfile::new_srgb(), [200, 100, 50], [200, 100, 50, 255]),
        (ColorProfile::new_display_p3(), [200, 100, 50], [215, 93, 31, 255]),
        (ColorProfile::new_display_p3(), [255, 0, 0], [255, 0, 0, 255]),
        (ColorProfile::new_adobe_rgb(), [100, 150, 100], [66, 151, 97, 255]),
        (ColorProfile::new_adobe_rgb(), [128, 128, 128], [129, 129, 129, 255]),
    ];
    for (profile, pixel, expected) in cases {
        let profile = profile.encode().unwrap();
        let file = png_with_profile(&pixel, ExtendedColorType::Rgb8, profile.clone());
        assert_near(middle(&file, FormatChoice::Png), expected);

        let [r, g, b] = pixel;
        let file = png_with_profile(&[r, g, b, 255], ExtendedColorType::Rgba8, profile.clone());
        assert_near(middle(&file, FormatChoice::Png), expected);

        let wide: Vec<u8> =
            pixel.iter().flat_map(|&sample| (u16::from(sample) * 257).to_ne_bytes()).collect();
        let file = png_with_profile(&wide, ExtendedColorType::Rgb16, profile);
        assert_near(middle(&file, FormatChoice::Png), expected);
    }
}

#[test]
fn a_profile_of_a_jpeg_is_applied() {
    let mut file = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut file, 100);
    encoder.add_icc_profile(&ColorProfile::new_display_p3().encode().unwrap()).unwrap();
    let samples = [200, 100, 50].repeat(40 * 40);
    encoder.encode(&samples, 40, 40, jpeg_encoder::ColorType::Rgb).unwrap();
    assert_near(middle(&file, FormatChoice::Png), [215, 93, 31, 255]);
}

/// A photograph's JPEG with a profile, or without one.
fn jpeg_with_profile(profile: Option<&ColorProfile>) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut file, 90);
    if let Some(profile) = profile {
        encoder.add_icc_profile(&profile.encode().unwrap()).unwrap();
    }
    let samples = gradient(640, 480).into_raw();
    encoder.encode(&samples, 640, 480, jpeg_encoder::ColorType::Rgb).unwrap();
    file
}

#[test]
fn a_profile_that_says_no_more_than_srgb_changes_nothing() {
    let recipe = recipe(64, 64, FormatChoice::Source);
    let plain = thumbnail(&jpeg_with_profile(None), &recipe);

    // Its own primaries, and as they are rounded in copies of it.
    let mut rounded = ColorProfile::new_srgb();
    rounded.cicp = None;
    rounded.green_colorant.y += 0.0005;
    for profile in [ColorProfile::new_srgb(), rounded] {
        let made = thumbnail(&jpeg_with_profile(Some(&profile)), &recipe);
        assert!(made.bytes == plain.bytes);
    }

    // sRGB's primaries with another curve are not sRGB.
    let mut other = ColorProfile::new_srgb();
    other.cicp = None;
    let curve = moxcms::ToneReprCurve::Parametric(vec![2.2]);
    (other.red_trc, other.green_trc) = (Some(curve.clone()), Some(curve.clone()));
    other.blue_trc = Some(curve);
    assert!(thumbnail(&jpeg_with_profile(Some(&other)), &recipe).bytes != plain.bytes);
}

#[test]
fn a_profile_as_old_software_wrote_it_is_applied() {
    let sound = ColorProfile::new_adobe_rgb().encode().unwrap();
    let count = usize::from(sound[131]);
    let offsets: Vec<usize> = sound[132..132 + count * 12]
        .as_chunks::<12>()
        .0
        .iter()
        .map(|entry| u32::from_be_bytes(entry[4..8].try_into().unwrap()) as usize)
        .collect();
    // Types under another name, as Corbis and Monaco wrote them,
    let mut old = sound.clone();
    for at in offsets {
        match &sound[at..at + 4] {
            b"XYZ " => old[at..at + 4].copy_from_slice(b"\x17\xA5\x05\xB8"),
            b"curv" => old[at..at + 4].copy_from_slice(b"\x94\x78\xEE\0"),
            _ => {}
        }
    }
    // no connection space, no date, no intent, and a broken name.
    old[20..36].fill(0xB6);
    old[64..68].fill(0xFF);
    let name = old[132..132 + count * 12].windows(4).position(|at| at == b"desc").unwrap();
    old[132 + name + 8..132 + name + 12].fill(0xFF);
    assert!(ColorProfile::new_from_slice(&old).is_err());
    let [sound, old] = [sound, old]
        .map(|profile| png_with_profile(&[100, 150, 100], ExtendedColorType::Rgb8, profile));
    assert_near(middle(&sound, FormatChoice::Png), [66, 151, 97, 255]);
    assert_eq!(middle(&old, FormatChoice::Png), middle(&sound, FormatChoice::Png));
}

#[test]
fn a_grey_profile_is_applied_and_grey_stays_grey() {
    let profile = ColorProfile::new_gray_with_gamma(1.0).encode().unwrap();
    let file = png_with_profile(&[128], ExtendedColorType::L8, profile);
    let made = pixels(&thumbnail(&file, &recipe(10, 10, FormatChoice::Png)));
    assert_eq!(made.color(), ColorType::L8);
    assert_near(made.to_rgba8().get_pixel(5, 5).0, [188, 188, 188, 255]);
}

#[test]
fn a_profile_that_is_broken_or_of_another_kind_is_ignored() {
    let p3 = ColorProfile::new_display_p3().encode().unwrap();
    let grey = ColorProfile::new_gray_with_gamma(1.0).encode().unwrap();
    let mut cases = 0;
    for broken in [grey, b"no profile at all".to_vec(), p3[..p3.len() / 2].to_vec(), vec![0; 200]] {
        let file = png_with_profile(&[200, 100, 50], ExtendedColorType::Rgb8, broken);
        assert_near(middle(&file, FormatChoice::Png), [200, 100, 50, 255]);
        cases += 1;
    }
    let file = png_with_profile(&[77], ExtendedColorType::L8, p3);
    assert_near(middle(&file, FormatChoice::Png), [77, 77, 77, 255]);
    assert_eq!(cases, 4);
}

#[test]
fn transparent_parts_leave_no_halo() {
    // White on transparent black: without premultiplied alpha, the seam would turn grey.
    let picture = RgbaImage::from_fn(99, 99, |x, _| match x {
        0..47 => Rgba([255, 255, 255, 255]),
        _ => Rgba([0, 0, 0, 0]),
    });
    let wide = ImageBuffer::<Rgba<u16>, _>::from_fn(99, 99, |x, y| {
        Rgba(picture.get_pixel(x, y).0.map(|sample| u16::from(sample) * 257))
    });
    let grey = ImageBuffer::<LumaA<u8>, _>::from_fn(99, 99, |x, y| {
        let [grey, _, _, alpha] = picture.get_pixel(x, y).0;
        LumaA([grey, alpha])
    });
    let mut half_transparent = 0;
    for picture in [DynamicImage::from(picture), wide.into(), grey.into()] {
        let file = write(&picture, ImageFormat::Png);
        let made = pixels(&thumbnail(&file, &recipe(20, 20, FormatChoice::Png))).to_rgba8();
        for pixel in made.pixels().filter(|pixel| pixel.0[3] > 8) {
            assert!(pixel.0[..3].iter().all(|&sample| sample >= 250), "{pixel:?}");
            half_transparent += u32::from(pixel.0[3] < 250);
        }
        let on_white = pixels(&thumbnail(&file, &recipe(20, 20, FormatChoice::Jpeg))).to_rgb8();
        let darkest = on_white.iter().min().copied();
        assert!(
            darkest >= Some(250),
            "{darkest:?} on white: {:?}",
            made.rows().next().map(Iterator::collect::<Vec<_>>)
        );
    }
    assert!(half_transparent >= 3 * 20, "the seam falls between pixels");
}

#[test]
fn an_alpha_channel_that_hides_nothing_is_dropped() {
    let file =
        write(&RgbaImage::from_pixel(30, 30, Rgba([9, 99, 199, 255])).into(), ImageFormat::Png);
    for side in [10, 30] {
        let made = pixels(&thumbnail(&file, &recipe(side, side, FormatChoice::Png)));
        assert_eq!(made.color(), ColorType::Rgb8);
        assert_eq!(made.to_rgb8().get_pixel(5, 5).0, [9, 99, 199]);
    }
    let file =
        write(&RgbaImage::from_pixel(30, 30, Rgba([9, 99, 199, 254])).into(), ImageFormat::Png);
    let made = pixels(&thumbnail(&file, &recipe(30, 30, FormatChoice::Png)));
    assert_eq!(made.color(), ColorType::Rgba8);
}

#[test]
fn sixteen_bits_are_resized_as_such_and_rounded_once() {
    // The mean of the two greys is 128.5, which shows only if no sample was cut to 8 bits before.
    let picture = ImageBuffer::<Luma<u16>, _>::from_fn(64, 64, |x, y| {
        Luma([if (x + y) % 2 == 0 { 0x80_40 } else { 0x80_F0 }])
    });
    let file = write(&picture.into(), ImageFormat::Png);
    let made = pixels(&thumbnail(&file, &recipe(8, 8, FormatChoice::Png)));
    assert_eq!(made.color(), ColorType::L8);
    assert!(made.to_luma8().iter().all(|&grey| grey == 128), "{:?}", made.to_luma8());

    let colour = ImageBuffer::<Rgb<u16>, _>::from_pixel(16, 16, Rgb([0xFFFF, 0x8080, 0x0101]));
    for format in [ImageFormat::Png, ImageFormat::Tiff] {
        let file = write(&DynamicImage::from(colour.clone()), format);
        assert_eq!(middle(&file, FormatChoice::Png), [255, 128, 1, 255]);
    }
}

#[test]
fn grey_stays_grey() {
    let picture = DynamicImage::from(GrayImage::from_pixel(50, 50, Luma([90])));
    let mut cases = 0;
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Tiff] {
        let file = write(&picture, format);
        for choice in [FormatChoice::Png, FormatChoice::Jpeg] {
            for side in [10, 50] {
                let made = pixels(&thumbnail(&file, &recipe(side, side, choice)));
                assert_eq!(made.color(), ColorType::L8, "{format:?} {choice:?}");
                assert!(made.to_luma8().iter().all(|grey| grey.abs_diff(90) <= 1));
                cases += 1;
            }
        }
        let made = middle(&file, FormatChoice::WebP);
        assert_near(made, [90, 90, 90, 255]);
    }
    assert_eq!(cases, 12);
}
