//! Pictures that need no change: their thumbnails are never larger than they are, and hold none of
//! the other data in their files.
#![expect(
    clippy::cast_possible_truncation,
    clippy::needless_pass_by_value,
    reason = "small numbers, and outputs that read best where they are used"
)]

use image::{DynamicImage, ImageFormat};
use pictures::exif_block;

use crate::{gradient, jpeg, pixels, write};
use thumbnail::{Output, Qualities, Quality, Recipe, Thumbnail};

const SECRET: &[u8] = b"taken at 52.5163 N 13.3777 E";

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|at| at == part)
}

/// A picture that fits, at a wasteful quality.
fn make(file: &[u8], output: Output) -> Thumbnail {
    let best = Quality::Set(100);
    let quality = Qualities { jpeg: best, webp: best, avif: best };
    let outputs = vec![Output { quality, ..output }];
    crate::thumbnail(file, &Recipe::of(outputs))
}

/// A JPEG of low quality with all kinds of metadata.
fn loaded_jpeg(orientation: u8) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut file, 40);
    encoder.add_exif_metadata(&[exif_block(orientation, &[]), SECRET.to_vec()].concat()).unwrap();
    encoder.add_app_segment(1, [b"http://ns.adobe.com/xap/1.0/\0", SECRET].concat()).unwrap();
    encoder.add_app_segment(13, [b"Photoshop 3.0\0", SECRET].concat()).unwrap();
    encoder.encode(&gradient(80, 60), 80, 60, jpeg_encoder::ColorType::Rgb).unwrap();
    let comment = [b"\xFF\xFE".as_slice(), &[0, SECRET.len() as u8 + 2], SECRET].concat();
    file.splice(2..2, comment);
    file.extend(SECRET);
    file
}

#[test]
fn a_jpeg_that_fits_is_never_written_larger_than_it_was() {
    let file = loaded_jpeg(1);
    let made = make(&file, Output::inside(80, 60));
    assert!(made.bytes.len() < file.len(), "{} of {}", made.bytes.len(), file.len());
    let shown = image::load_from_memory(&file).unwrap();
    assert_eq!(pixels(&made).to_rgb8(), shown.to_rgb8(), "the same picture, to the pixel");
    for trace in [SECRET, b"Exif", b"ns.adobe", b"Photoshop"] {
        assert!(!holds(&made.bytes, trace), "{}", String::from_utf8_lossy(trace));
    }
    assert!(made.bytes.ends_with(b"\xFF\xD9"));
}

#[test]
fn a_jpeg_that_is_changed_in_any_way_is_written_anew() {
    let upright = loaded_jpeg(1);
    let copy = make(&upright, Output::inside(80, 60)).bytes;
    let mut cases = 0;
    for (file, output) in [
        (loaded_jpeg(6), Output::inside(80, 80)),
        (upright.clone(), Output::inside(79, 60)),
        (upright.clone(), Output { sharpen: 10, ..Output::inside(80, 60) }),
        (upright, Output { fit: thumbnail::Fit::Contain, ..Output::inside(90, 60) }),
    ] {
        assert_ne!(make(&file, output).bytes, copy);
        cases += 1;
    }
    assert_eq!(cases, 4);
}

#[test]
fn a_copyright_notice_that_is_to_be_kept_is_not_lost_to_a_smaller_copy() {
    const NOTICE: &str = "All rights reserved";
    let mut file = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut file, 40);
    encoder.add_exif_metadata(&exif_block(1, &[(0x8298, NOTICE)])).unwrap();
    encoder.encode(&gradient(80, 60), 80, 60, jpeg_encoder::ColorType::Rgb).unwrap();
    for copyright in [true, false] {
        let made = make(&file, Output { copyright, ..Output::inside(80, 60) });
        assert_eq!(holds(&made.bytes, NOTICE.as_bytes()), copyright);
        assert_eq!(made.bytes.len() > file.len(), copyright, "written anew");
    }
}

#[test]
fn what_is_not_opaque_srgb_is_written_anew_although_its_copy_would_be_smaller() {
    let picture = crate::smooth(80, 60);
    let mut files = Vec::new();
    let mut wide = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut wide, 20);
    encoder.add_icc_profile(&moxcms::ColorProfile::new_display_p3().encode().unwrap()).unwrap();
    encoder.encode(&picture, 80, 60, jpeg_encoder::ColorType::Rgb).unwrap();
    files.push(("a wide gamut", wide));
    let mut inks = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut inks, 20);
    let amounts = picture.pixels().flat_map(|pixel| pixel.0.into_iter().chain([40]));
    let amounts: Vec<u8> = amounts.collect();
    encoder.encode(&amounts, 80, 60, jpeg_encoder::ColorType::Cmyk).unwrap();
    files.push(("four inks", inks));
    for (name, file) in files {
        let made = make(&file, Output::inside(80, 60));
        assert!(made.bytes.len() > file.len(), "{name}: {} {}", made.bytes.len(), file.len());
        let decoder = scaled_jpeg::Decoder::new(&made.bytes).unwrap();
        assert_eq!(decoder.color(), scaled_jpeg::Color::YCbCr, "{name}");
        assert_eq!(decoder.profile(), None, "{name}");
        let off = crate::difference(&pixels(&made), &crate::shown(&file));
        assert!(off < 4.0, "{name}: {off}");
    }
}

#[test]
fn a_progressive_jpeg_is_not_handed_on_where_a_baseline_one_is_wanted() {
    let file = jpeg(&gradient(80, 60), true);
    let is_progressive = |bytes: &[u8]| holds(bytes, b"\xFF\xC2");
    let output = |progressive| Output { progressive, ..Output::inside(80, 60) };
    assert!(is_progressive(&make(&file, output(true)).bytes));
    assert!(!is_progressive(&make(&file, output(false)).bytes));
}

/// A PNG compressed as well as possible, with text and time beside the pixels and data after them.
fn loaded_png() -> Vec<u8> {
    let picture = DynamicImage::from(gradient(80, 60));
    let mut file = write(&picture, ImageFormat::Png);
    // Our own encoding is smaller than the first one, so that there is something to keep.
    let small = make(&file, Output::inside(80, 60)).bytes;
    if small.len() < file.len() {
        file = small;
    }
    let text = [b"Comment\0", SECRET].concat();
    let mut chunk = u32::try_from(text.len()).unwrap().to_be_bytes().to_vec();
    chunk.extend(b"tEXt");
    chunk.extend(&text);
    // The checksum of a skipped chunk is not checked.
    chunk.extend([0; 4]);
    file.splice(33..33, chunk);
    file.extend(SECRET);
    file
}

#[test]
fn a_png_that_fits_is_never_written_larger_than_it_was() {
    let file = loaded_png();
    let made = make(&file, Output::inside(80, 60));
    assert!(made.bytes.len() < file.len());
    assert!(!holds(&made.bytes, SECRET));
    assert_eq!(pixels(&made).to_rgb8(), gradient(80, 60));
}

#[test]
fn a_webp_that_fits_is_never_written_larger_than_it_was() {
    let picture = gradient(80, 60);
    let file = webp::Encoder::from_rgb(&picture, 80, 60).encode(30.0).to_vec();
    let mut loaded = file.clone();
    loaded.extend(b"EXIF");
    loaded.extend(u32::try_from(SECRET.len()).unwrap().to_le_bytes());
    loaded.extend(SECRET);
    let length = u32::try_from(loaded.len() - 8).unwrap().to_le_bytes();
    loaded.splice(4..8, length);
    let made = make(&loaded, Output::inside(80, 60));
    assert_eq!(made.bytes, file, "the pixels' chunk alone");
}

#[test]
fn what_is_smaller_anyway_is_not_copied() {
    let file = jpeg(&gradient(80, 60), false);
    let outputs = vec![Output {
        quality: Qualities { jpeg: Quality::Set(30), ..Qualities::default() },
        ..Output::inside(80, 60)
    }];
    let recipe = Recipe::of(outputs);
    assert!(crate::thumbnail(&file, &recipe).bytes.len() < file.len() / 2);
}
