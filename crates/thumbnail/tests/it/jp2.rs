//! JPEG 2000: every kind of samples, as JP2 and as a bare codestream, and only as many pixels as are
//! needed.

use image::{DynamicImage, RgbImage, Rgba, RgbaImage, imageops};
use pictures::{jp2, jpeg2000};

use crate::{ROOMY, difference, gradient, pixels, recipe, shown, smooth};
use thumbnail::{FormatChoice, SourceFormat, memory_to_render, render};

/// Colour specifications of a box: sRGB, grey, YCbCr and CMYK by number.
const SRGB: &[u8] = b"\x01\0\0\0\0\0\x10";
const GREY: &[u8] = b"\x01\0\0\0\0\0\x11";
const YCC: &[u8] = b"\x01\0\0\0\0\0\x12";
const CMYK: &[u8] = b"\x01\0\0\0\0\0\x0C";

/// Channel definitions: three colours, and alpha.
const ALPHA: &[u8] =
    b"\0\0\0\x22cdef\0\x04\0\0\0\0\0\x01\0\x01\0\0\0\x02\0\x02\0\0\0\x03\0\x03\0\x01\0\0";

/// Checks that `file` shows `expected`, to the last bit.
fn check(name: &str, file: &[u8], expected: &DynamicImage) {
    let rendering = render(file, &recipe(500, 500, FormatChoice::Png), &ROOMY);
    let rendering = rendering.unwrap_or_else(|error| panic!("{name}: {error:?}"));
    assert_eq!(rendering.source_format, SourceFormat::Jp2, "{name}");
    let difference = difference(&pixels(&rendering.thumbnails[0]), expected);
    assert!(difference == 0.0, "{name} is off by {difference}");
}

#[test]
fn every_kind_of_samples_is_read() {
    let colour = DynamicImage::from(gradient(150, 90));
    let grey = DynamicImage::from(colour.to_luma8());
    let deep = DynamicImage::from(colour.to_rgb16());
    check("a bare codestream", &jpeg2000(&colour, 0), &colour);
    check("a bare codestream of grey", &jpeg2000(&grey, 0), &grey);
    check("colour", &jp2(&jpeg2000(&colour, 0), SRGB, &[]), &colour);
    check("grey", &jp2(&jpeg2000(&grey, 0), GREY, &[]), &grey);
    check("16 bits", &jp2(&jpeg2000(&deep, 0), SRGB, &[]), &colour);
    check("16 bits of grey", &jpeg2000(&colour.to_luma16().into(), 0), &grey);
    let glass = DynamicImage::from(RgbaImage::from_fn(70, 30, |x, y| {
        let shade = u8::try_from(x * 3).unwrap();
        Rgba([shade, 255 - shade, 90, u8::try_from(y * 8).unwrap()])
    }));
    check("alpha", &jp2(&jpeg2000(&glass, 0), SRGB, &[ALPHA.to_vec()]), &glass);
}

#[test]
fn colours_of_other_kinds_become_srgb() {
    let of = |color: [u8; 3]| DynamicImage::from(RgbImage::from_pixel(64, 64, image::Rgb(color)));
    let near = |file: &[u8], expected: [u8; 3]| {
        let image::Rgb(made) = *shown(file).to_rgb8().get_pixel(30, 30);
        let off = made.iter().zip(expected).map(|(one, other)| one.abs_diff(other)).max();
        assert!(off <= Some(3), "{made:?} {expected:?}");
    };
    near(&jp2(&jpeg2000(&of([76, 85, 255]), 0), YCC, &[]), [254, 0, 0]);
    let inks = DynamicImage::from(RgbaImage::from_pixel(64, 64, Rgba([0, 0, 0, 0])));
    near(&jp2(&jpeg2000(&inks, 0), CMYK, &[]), [255, 255, 255]);
    let profile = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    let color = [&[2, 0, 0][..], &profile].concat();
    near(&jp2(&jpeg2000(&of([200, 100, 50]), 0), &color, &[]), [215, 93, 31]);
}

#[test]
fn only_as_many_pixels_are_decoded_as_are_needed() {
    let small = smooth(150, 90);
    let file = jpeg2000(&DynamicImage::from(small.clone()), 3);
    let whole = recipe(1200, 720, FormatChoice::Png);
    let limits = thumbnail::Limits { max_pixels: 1 << 24 };
    let rendering = render(&file, &recipe(100, 60, FormatChoice::Png), &limits).unwrap();
    assert_eq!((rendering.source_width, rendering.source_height), (1200, 720));
    let expected = imageops::resize(&small, 100, 60, imageops::Lanczos3);
    let off = difference(&pixels(&rendering.thumbnails[0]), &expected.into());
    assert!(off < 2.0, "{off}");
    let [part, whole] = [recipe(100, 60, FormatChoice::Png), whole]
        .map(|recipe| memory_to_render(&file, &recipe, &limits).unwrap());
    assert!(part * 2 < whole, "{part} of {whole}");
}

#[test]
fn no_part_of_a_file_from_its_start_is_taken_for_the_whole() {
    let colour = DynamicImage::from(gradient(100, 70));
    let mut cases = 0;
    for whole in [jpeg2000(&colour, 1), jp2(&jpeg2000(&colour, 0), SRGB, &[])] {
        for length in (12..whole.len()).filter(|length| length % 7 == 0 || *length < 300) {
            let refusal = render(&whole[..length], &recipe(9, 9, FormatChoice::Source), &ROOMY);
            let reason = refusal.map(|_| ()).unwrap_err().reason();
            assert_eq!(reason, "truncated", "cut to {length} of {}", whole.len());
            cases += 1;
        }
    }
    assert!(cases > 1000, "{cases}");
}

#[test]
fn what_cannot_be_decoded_is_refused_as_such() {
    // Of high throughput: what a decoder must be capable of is told after the sizes.
    let mut file = jpeg2000(&gradient(64, 64).into(), 0);
    let sizes = file.windows(2).position(|at| at == b"\xFF\x52").unwrap();
    file.splice(sizes..sizes, *b"\xFF\x50\0\x08\0\x02\0\0\0\0");
    let refusal = render(&file, &recipe(9, 9, FormatChoice::Source), &ROOMY).unwrap_err();
    assert_eq!(refusal.reason(), "unsupported");
    // CIELab.
    let file = jp2(&jpeg2000(&gradient(64, 64).into(), 0), b"\x01\0\0\0\0\0\x0E", &[]);
    let refusal = render(&file, &recipe(9, 9, FormatChoice::Source), &ROOMY).unwrap_err();
    assert_eq!(refusal.reason(), "unsupported");
}

#[test]
fn a_picture_that_lacks_tiles_is_refused() {
    let mut file = jpeg2000(&gradient(60, 60).into(), 0);
    // Twice as wide, and the tiles stay as they are.
    file[8..12].copy_from_slice(&120_u32.to_be_bytes());
    let refusal = render(&file, &recipe(9, 9, FormatChoice::Source), &ROOMY).unwrap_err();
    assert_eq!(refusal.reason(), "undecodable");
}
