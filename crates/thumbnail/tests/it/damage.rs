//! Files that are cut short, or hold data that they should not.

use image::{DynamicImage, ImageFormat};

use crate::{ROOMY, difference, gradient, in_every_format, jpeg, pixels, recipe, thumbnail, write};
use thumbnail::{FormatChoice, SourceFormat, ThumbnailError, render};

#[test]
fn no_prefix_of_a_file_passes_unless_its_picture_is_whole() {
    let picture = gradient(34, 22);
    let recipe = recipe(40, 40, FormatChoice::Png);
    let (mut refused, mut whole) = (0, 0);
    for (format, file) in in_every_format(&picture) {
        let expected = pixels(&thumbnail(&file, &recipe));
        for length in 0..file.len() {
            match render(&file[..length], &recipe, &ROOMY) {
                Ok(rendering) => {
                    let off = difference(&pixels(&rendering.thumbnails[0]), &expected);
                    assert!(off == 0.0, "{format:?} cut to {length} of {} bytes", file.len());
                    whole += 1;
                }
                Err(error) => {
                    let reason = error.reason();
                    let expected = ["not_a_picture", "truncated", "undecodable", "unsupported"];
                    assert!(expected.contains(&reason), "{format:?} cut to {length}: {error:?}");
                    refused += 1;
                }
            }
        }
    }
    // A file may lose only its end: JPEG's last marker, GIF's trailer, PNG's end chunk with the
    // checksums before it, also that of a PNG in an ICO.
    assert!(refused > 9_000, "{refused}");
    assert!(whole < 80, "{whole}");
}

#[test]
fn a_jpeg_cut_anywhere_in_its_data_is_called_truncated() {
    let mut cases = 0;
    for progressive in [false, true] {
        let file = jpeg(&gradient(64, 64), progressive);
        let start = file.windows(2).position(|bytes| bytes == [0xFF, 0xDA]).unwrap();
        // Only the end marker may be missing.
        for length in start + 16..file.len() - 2 {
            let refusal =
                render(&file[..length], &recipe(9, 9, FormatChoice::Source), &ROOMY).unwrap_err();
            match refusal {
                ThumbnailError::Truncated { format: SourceFormat::Jpeg, length: told, .. } => {
                    assert_eq!(told, length);
                }
                other => panic!("cut to {length}: {other:?}"),
            }
            cases += 1;
        }
    }
    assert!(cases > 4_000, "{cases}");
}

#[test]
fn what_follows_a_whole_jpeg_does_not_matter() {
    let mut cases = 0;
    for progressive in [false, true] {
        let file = jpeg(&gradient(64, 48), progressive);
        let recipe = recipe(20, 20, FormatChoice::Png);
        let expected = thumbnail(&file, &recipe);
        let second = jpeg(&gradient(16, 16), false);
        for tail in
            [&b"\0\0\0"[..], b"\xFF", b"MotionPhoto_Data\0\0\0\x18ftypmp42", &second, &second[..99]]
        {
            assert_eq!(thumbnail(&[&file, tail].concat(), &recipe), expected);
            cases += 1;
        }
    }
    assert_eq!(cases, 10);
}

#[test]
fn junk_and_fill_bytes_before_the_markers_of_a_jpeg_do_not_matter() {
    let file = jpeg(&gradient(64, 48), false);
    let recipe = recipe(20, 20, FormatChoice::Png);
    let expected = thumbnail(&file, &recipe);
    let tables = file.windows(2).position(|bytes| bytes == [0xFF, 0xDB]).unwrap();
    for at in [2, tables] {
        for junk in [&b"\0\0\0\0\0\0"[..], b"\xFF\xFF\xFF", b"junk from a scanner"] {
            let file = [&file[..at], junk, &file[at..]].concat();
            assert_eq!(thumbnail(&file, &recipe), expected);
        }
    }
}

#[test]
fn coded_data_that_makes_no_sense_is_refused_instead_of_filled_with_grey() {
    let mut file = jpeg(&gradient(256, 256), false);
    // No code has only ones (T.81, annex C); a 0xFF in coded data is followed by a zero.
    let start = file.len() / 2;
    for pair in file[start..start + 400].as_chunks_mut::<2>().0 {
        *pair = [0xFF, 0x00];
    }
    let outcome = render(&file, &recipe(20, 20, FormatChoice::Source), &ROOMY);
    assert!(matches!(outcome, Err(ThumbnailError::Undecodable { .. })), "{outcome:?}");
}

#[test]
fn a_baseline_jpeg_with_a_scan_for_each_component_is_as_good_as_one_with_one_scan() {
    let file = |is_split| {
        let mut file = Vec::new();
        let mut encoder = jpeg_encoder::Encoder::new(&mut file, 90);
        encoder.set_sampling_factor(jpeg_encoder::SamplingFactor::R_4_2_0);
        encoder.set_optimized_huffman_tables(is_split);
        encoder.encode(&gradient(64, 64), 64, 64, jpeg_encoder::ColorType::Rgb).unwrap();
        file
    };
    let scans = |file: &[u8]| file.windows(2).filter(|pair| *pair == [0xFF, 0xDA]).count();
    let (split, whole) = (file(true), file(false));
    assert_eq!((scans(&split), scans(&whole)), (3, 1));
    let recipe = recipe(20, 20, FormatChoice::Png);
    assert_eq!(thumbnail(&split, &recipe), thumbnail(&whole, &recipe));
}

#[test]
fn the_first_frame_of_an_animation_stands_on_its_canvas() {
    use image::codecs::gif::GifEncoder;
    use image::{Frame, Rgba, RgbaImage};
    let red = RgbaImage::from_pixel(20, 20, Rgba([255, 0, 0, 255]));
    let blue = RgbaImage::from_pixel(20, 20, Rgba([0, 0, 255, 255]));
    let mut file = Vec::new();
    let mut encoder = GifEncoder::new(&mut file);
    encoder.encode_frame(Frame::new(red)).unwrap();
    encoder.encode_frame(Frame::new(blue)).unwrap();
    drop(encoder);
    // The canvas grows to 30 x 30; the frame covers a part of it from (4, 6).
    file[6..10].copy_from_slice(&[30, 0, 30, 0]);
    let frame = file.windows(9).position(|bytes| bytes == b"\x2C\0\0\0\0\x14\0\x14\0").unwrap();
    file[frame + 1..frame + 5].copy_from_slice(&[4, 0, 6, 0]);
    let made = pixels(&thumbnail(&file, &recipe(30, 30, FormatChoice::Png))).to_rgba8();
    assert_eq!(made.dimensions(), (30, 30));
    for (x, y, pixel) in made.enumerate_pixels() {
        let is_inside = (4..24).contains(&x) && (6..26).contains(&y);
        let expected = if is_inside { [255, 0, 0, 255] } else { [0, 0, 0, 0] };
        assert_eq!(pixel.0, expected, "({x}, {y})");
    }
}

#[test]
fn whatever_is_no_picture_is_called_so() {
    for bytes in [&b""[..], b"hello", b"PK\x03\x04", b"\xFF\xD8"] {
        let refusal = render(bytes, &recipe(9, 9, FormatChoice::Source), &ROOMY).unwrap_err();
        assert_eq!(refusal.reason(), "not_a_picture");
    }
}

#[test]
fn a_format_without_a_decoder_is_refused_by_its_name() {
    let refusal = render(b"DDS \x7C\0\0\0\x07\x10", &recipe(9, 9, FormatChoice::Source), &ROOMY);
    let refusal = refusal.unwrap_err();
    assert_eq!(refusal.reason(), "unsupported");
    assert!(refusal.to_string().contains("dds"), "{refusal}");
}

#[test]
fn an_error_keeps_its_cause() {
    let file = write(&DynamicImage::from(gradient(20, 20)), ImageFormat::Png);
    let refusal =
        render(&file[..file.len() / 2], &recipe(9, 9, FormatChoice::Source), &ROOMY).unwrap_err();
    assert_eq!(refusal.reason(), "truncated");
    assert!(std::error::Error::source(&refusal).is_some());
    assert!(refusal.to_string().contains("png"), "{refusal}");
}
