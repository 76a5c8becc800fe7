//! Formats with many variants: each variant is read, and shows the same picture.

use image::codecs::pnm::{PnmEncoder, PnmSubtype, SampleEncoding};
use image::{DynamicImage, ExtendedColorType, ImageEncoder, ImageFormat, Rgba, RgbaImage};

use crate::{ROOMY, difference, gradient, ico, pixels, recipe, thumbnail, write};
use thumbnail::{EncodedFormat, FormatChoice, SourceFormat, render};

/// Checks that `file` is of `format` and shows `expected` up to a mean difference of `off`.
fn check(name: &str, format: SourceFormat, file: &[u8], expected: &DynamicImage, off: f64) {
    let rendering = render(file, &recipe(500, 500, FormatChoice::Png), &ROOMY);
    let rendering = rendering.unwrap_or_else(|error| panic!("{name}: {error:?}"));
    assert_eq!(rendering.source_format, format, "{name}");
    let difference = difference(&pixels(&rendering.thumbnails[0]), expected);
    assert!(difference <= off, "{name} is off by {difference}");
}

/// Checks that `file` is never accepted when it is cut short, and is called truncated as soon as
/// its format can be recognised.
fn check_cut(name: &str, file: &[u8], lengths: std::ops::Range<usize>) {
    for length in lengths {
        let refusal = render(&file[..length], &recipe(9, 9, FormatChoice::Source), &ROOMY);
        let reason = refusal.map(|_| ()).unwrap_err().reason();
        assert_eq!(reason, "truncated", "{name} cut to {length} of {}", file.len());
    }
}

fn pnm(picture: &DynamicImage, subtype: PnmSubtype, color_type: ExtendedColorType) -> Vec<u8> {
    let mut file = Vec::new();
    let encoder = PnmEncoder::new(&mut file).with_subtype(subtype);
    let (width, height) = (picture.width(), picture.height());
    encoder.write_image(picture.as_bytes(), width, height, color_type).unwrap();
    file
}

/// Black where `x / 5 + y / 3` is even.
fn bitmap_file(encoding: SampleEncoding) -> Vec<u8> {
    let is_black = |x: u32, y: u32| (x / 5 + y / 3).is_multiple_of(2);
    let rows = (0..21).map(|y| (0..40).map(move |x| u8::from(x < 37 && is_black(x, y))));
    match encoding {
        SampleEncoding::Ascii => {
            let rows = rows.flat_map(|row| row.take(37).map(|bit| b'0' + bit).chain([b'\n']));
            b"P1\n37 21\n".iter().copied().chain(rows).collect()
        }
        SampleEncoding::Binary => {
            let bits: Vec<u8> = rows.flatten().collect();
            let bytes = bits.chunks(8).map(|bits| bits.iter().fold(0, |byte, bit| byte * 2 + bit));
            b"P4\n37 21\n".iter().copied().chain(bytes).collect()
        }
    }
}

#[test]
fn every_kind_of_pnm_is_read() {
    let color = DynamicImage::from(gradient(37, 21));
    let grey = DynamicImage::from(color.to_luma8());
    let glass = DynamicImage::from(glass());
    let black_and_white = DynamicImage::from(image::GrayImage::from_fn(37, 21, |x, y| {
        // In a bitmap, 1 is black.
        image::Luma([if (x / 5 + y / 3) % 2 == 0 { 0 } else { 255 }])
    }));
    let mut cases = 0;
    for encoding in [SampleEncoding::Ascii, SampleEncoding::Binary] {
        let bitmap = bitmap_file(encoding);
        check("bitmap", SourceFormat::Pnm, &bitmap, &black_and_white, 0.0);
        let greymap = pnm(&grey, PnmSubtype::Graymap(encoding), ExtendedColorType::L8);
        check("greymap", SourceFormat::Pnm, &greymap, &grey, 0.0);
        let pixmap = pnm(&color, PnmSubtype::Pixmap(encoding), ExtendedColorType::Rgb8);
        check("pixmap", SourceFormat::Pnm, &pixmap, &color, 0.0);
        for (name, file) in [("bitmap", bitmap), ("greymap", greymap), ("pixmap", pixmap)] {
            // The last number of a text ends only with the file.
            check_cut(name, &file, 16..file.len() - 6);
            cases += 1;
        }
    }
    let any = pnm(&glass, PnmSubtype::ArbitraryMap, ExtendedColorType::Rgba8);
    check("arbitrary map", SourceFormat::Pnm, &any, &glass, 0.0);
    check_cut("arbitrary map", &any, 70..any.len());
    let samples: Vec<u8> =
        color.to_rgb16().iter().flat_map(|sample| sample.to_be_bytes()).collect();
    let deep = [b"P6 37 21 65535\n".to_vec(), samples].concat();
    check("pixmap of 16 bits", SourceFormat::Pnm, &deep, &color, 0.0);
    assert_eq!(cases, 6);
}

#[test]
fn a_pnm_header_that_never_ends_is_refused() {
    let comment = [b"P5\n#".to_vec(), vec![b'x'; 1 << 20], b"\n1 1\n255\n\0".to_vec()].concat();
    let zeros = [b"P5\n1 ".to_vec(), vec![b'0'; 1 << 20], b"1\n255\n\0".to_vec()].concat();
    let refusal = render(&comment, &recipe(9, 9, FormatChoice::Source), &ROOMY).unwrap_err();
    assert_eq!(refusal.reason(), "undecodable");
    assert_eq!(SourceFormat::from_first_bytes(&zeros), None);
}

fn glass() -> RgbaImage {
    RgbaImage::from_fn(37, 21, |x, y| {
        let shade = u8::try_from(x * 6).unwrap();
        Rgba([shade, 255 - shade, 90, u8::try_from(y * 12).unwrap()])
    })
}

#[test]
fn qoi_keeps_alpha() {
    let glass = DynamicImage::from(glass());
    let file = write(&glass, ImageFormat::Qoi);
    check("qoi", SourceFormat::Qoi, &file, &glass, 0.0);
    check_cut("qoi", &file, 14..file.len());
    let kept = thumbnail(&file, &recipe(9, 9, FormatChoice::Source));
    assert_eq!(kept.format, EncodedFormat::Png);
}

/// A picture as in ICO files: a BMP of 32 or 24 bits without its file header, and a mask.
fn bitmap(picture: &RgbaImage, bits: u16, header: u32) -> Vec<u8> {
    let mut file = header.to_le_bytes().to_vec();
    file.extend(picture.width().to_le_bytes());
    file.extend((picture.height() * 2).to_le_bytes());
    file.extend([1, 0]);
    file.extend(bits.to_le_bytes());
    file.resize(header as usize, 0);
    for row in picture.rows().rev() {
        let start = file.len();
        for pixel in row {
            let [red, green, blue, alpha] = pixel.0;
            file.extend(&[blue, green, red, alpha][..usize::from(bits / 8)]);
        }
        file.resize(start + (file.len() - start).next_multiple_of(4), 0);
    }
    for row in picture.rows().rev() {
        let mut mask = vec![0_u8; picture.width().div_ceil(32) as usize * 4];
        for (x, pixel) in row.enumerate() {
            mask[x / 8] |= u8::from(pixel.0[3] == 0) << (7 - x % 8);
        }
        file.extend(mask);
    }
    file
}

#[test]
fn an_icon_shows_its_largest_picture_however_it_is_stored() {
    let glass = DynamicImage::from(glass());
    let opaque = DynamicImage::from(gradient(37, 21));
    let holed = RgbaImage::from_fn(37, 21, |x, y| {
        let is_hole = (x + y) % 3 == 0;
        Rgba([if is_hole { 0 } else { 200 }, 0, 0, if is_hole { 0 } else { 255 }])
    });
    let small = write(&DynamicImage::new_rgba8(16, 16), ImageFormat::Png);
    let cases = [
        ("png", write(&glass, ImageFormat::Png), glass.clone()),
        ("png without alpha", write(&opaque, ImageFormat::Png), opaque.clone()),
        ("bmp", bitmap(&glass.to_rgba8(), 32, 40), glass.clone()),
        ("bmp of version 5", bitmap(&glass.to_rgba8(), 32, 124), glass.clone()),
        ("bmp of 24 bits", bitmap(&opaque.to_rgba8(), 24, 40), opaque),
        ("bmp with a mask", bitmap(&holed, 24, 40), holed.into()),
    ];
    for (name, largest, expected) in cases {
        let before = ico(&[(37, 21, largest.clone()), (16, 16, small.clone())]);
        check(name, SourceFormat::Ico, &before, &expected, 0.0);
        let mut cursor = ico(&[(16, 16, small.clone()), (37, 21, largest)]);
        cursor[2] = 2;
        // The hot spot of the smaller one, which is not a depth.
        cursor[12] = 99;
        check(name, SourceFormat::Ico, &cursor, &expected, 0.0);
        // A mask may be cut short: 21 rows of 64 bits.
        let mask = if name.starts_with("bmp") { 21 * 8 } else { 0 };
        check_cut(name, &cursor, 22..cursor.len() - mask);
    }
}

#[test]
fn a_bitmap_of_an_icon_whose_alpha_was_left_empty_is_opaque() {
    let mut empty = gradient(20, 20);
    empty.put_pixel(0, 0, image::Rgb([1, 2, 3]));
    let expected = DynamicImage::from(empty.clone());
    let mut empty = DynamicImage::from(empty).to_rgba8();
    let opaque = bitmap(&empty, 32, 40);
    empty.pixels_mut().for_each(|pixel| pixel.0[3] = 0);
    let length = opaque.len() - 20 * 4;
    // Pixels without alpha, and a mask that hides none of them.
    let file = [&bitmap(&empty, 32, 40)[..length], &[0; 80]].concat();
    check("icon", SourceFormat::Ico, &ico(&[(20, 20, file)]), &expected, 0.0);
}

#[test]
fn a_bmp_whose_alpha_was_left_empty_is_opaque() {
    let expected = DynamicImage::from(gradient(20, 20));
    let mut empty = expected.to_rgba8();
    empty.pixels_mut().for_each(|pixel| pixel.0[3] = 0);
    let file = write(&empty.into(), ImageFormat::Bmp);
    check("bmp", SourceFormat::Bmp, &file, &expected, 0.0);
}

#[test]
fn a_png_of_an_icon_is_as_transparent_as_it_says() {
    let clear = DynamicImage::new_rgba8(20, 20);
    let file = ico(&[(20, 20, write(&clear, ImageFormat::Png))]);
    check("icon", SourceFormat::Ico, &file, &clear, 0.0);
}

fn tga(kind: u8, depth: u8, flags: u8, map: &[[u8; 3]], data: &[u8]) -> Vec<u8> {
    let entries = u8::try_from(map.len()).unwrap();
    let (has_map, bits) = (u8::from(entries > 0), if entries > 0 { 24 } else { 0 });
    let mut file = vec![3, has_map, kind, 0, 0, entries, 0, bits, 0, 0, 0, 0];
    file.extend([4, 0, 2, 0, depth, flags]);
    file.extend(b"id.");
    file.extend(map.as_flattened());
    file.extend(data);
    file
}

#[test]
fn every_kind_of_tga_is_read() {
    let glass = DynamicImage::from(glass());
    let opaque = DynamicImage::from(gradient(37, 21));
    for (name, picture) in [
        ("with alpha", glass.clone()),
        ("colour", opaque.clone()),
        ("grey", DynamicImage::from(opaque.to_luma8())),
        ("grey with alpha", DynamicImage::from(glass.to_luma_alpha8())),
    ] {
        let file = write(&picture, ImageFormat::Tga);
        check(name, SourceFormat::Tga, &file, &picture, 0.0);
        check_cut(name, &file, 18..file.len());
    }

    let (red, green) = ([0, 0, 255], [0, 255, 0]);
    let expected = image::RgbImage::from_fn(4, 2, |x, y| {
        image::Rgb(if (x + y) % 2 == 0 { [255, 0, 0] } else { [0, 255, 0] })
    });
    let expected = DynamicImage::from(expected);
    let indices = [0, 1, 0, 1, 1, 0, 1, 0];
    let colours: Vec<u8> = indices.iter().flat_map(|&at| [red, green][usize::from(at)]).collect();
    let (red16, green16) = (0x7C00_u16.to_le_bytes(), 0x03E0_u16.to_le_bytes());
    let words: Vec<u8> = indices.iter().flat_map(|&at| [red16, green16][usize::from(at)]).collect();
    let empty_alpha: Vec<u8> =
        colours.chunks_exact(3).flat_map(|colour| colour.iter().copied().chain([0])).collect();
    let map = [red, green];
    let top_down = 0x20;
    for (name, file) in [
        ("mapped", tga(1, 8, top_down, &map, &indices)),
        ("mapped, in runs", tga(9, 8, top_down, &map, &[&[7], &indices[..]].concat())),
        ("colour", tga(2, 24, top_down, &[], &colours)),
        ("colour in runs", tga(10, 24, top_down, &[], &[&[7], &colours[..]].concat())),
        ("of 16 bits", tga(2, 16, top_down, &[], &words)),
        ("with empty alpha", tga(2, 32, top_down | 8, &[], &empty_alpha)),
    ] {
        check(name, SourceFormat::Tga, &file, &expected, 0.0);
        check_cut(name, &file, 18..file.len());
    }
    let bottom_up: Vec<u8> = indices.iter().rev().map(|at| 1 - at).rev().collect();
    check("bottom up", SourceFormat::Tga, &tga(1, 8, 0, &map, &bottom_up), &expected, 0.0);
}

/// A thumbnail of grey pixels with the given amounts of light.
fn shown(light: &[f32]) -> Vec<u8> {
    let width = u32::try_from(light.len()).unwrap();
    let picture = image::Rgb32FImage::from_fn(width, 1, |x, _| {
        image::Rgb([light[usize::try_from(x).unwrap()]; 3])
    });
    let file = write(&DynamicImage::from(picture), ImageFormat::Hdr);
    pixels(&thumbnail(&file, &recipe(500, 500, FormatChoice::Png))).to_luma8().into_raw()
}

#[test]
fn light_is_shown_as_an_eye_that_is_used_to_it_would_see_it() {
    // By hand: mid-grey is 0.18 of white, which is 118 on sRGB's curve.
    assert_eq!(shown(&[0.18; 8]), [118; 8]);
    // The light of a candle or of the sun: exposure is chosen by the picture.
    assert_eq!(shown(&[0.0002; 8]), [118; 8]);
    assert_eq!(shown(&[64_000.0; 8]), [118; 8]);
    assert_eq!(shown(&[0.0; 8]), [0; 8]);
    // The brightest becomes white, and more light is never darker.
    let steps: Vec<f32> = (0..24).map(|step| 2_f32.powi(step - 12)).collect();
    let made = shown(&steps);
    assert!(made.is_sorted(), "{made:?}");
    assert_eq!(made[23], 255);
    // over eight million times as much light as at the start, little is lost at either end.
    assert!(made[20] < 255 && made[6] > made[4], "{made:?}");
}

#[test]
fn a_radiance_file_cut_short_is_called_truncated() {
    let picture = crate::light(&gradient(37, 21));
    let file = write(&picture, ImageFormat::Hdr);
    let dimensions = file.windows(3).position(|bytes| bytes == b"-Y ").unwrap();
    check_cut("hdr", &file, dimensions + 12..file.len());
    check_cut("hdr", &file, 11..dimensions);
}

#[test]
fn the_small_pictures_that_are_damaged_elsewhere_are_sound() {
    let mut cases = 0;
    for (name, file) in pictures::hostile::seeds() {
        if ["ico", "cur", "hdr", "qoi", "pnm", "tga"].iter().any(|format| name.starts_with(format))
        {
            let rendering = render(&file, &recipe(9, 9, FormatChoice::Source), &ROOMY);
            assert!(rendering.is_ok(), "{name}: {rendering:?}");
            cases += 1;
        }
    }
    assert_eq!(cases, 14);
}
