//! WebP files that are unusual or broken in ways that do no harm.

use image::{Rgba, RgbaImage};

use crate::{ROOMY, gradient, recipe, shown, thumbnail};
use thumbnail::{EncodedFormat, FormatChoice, Output, Recipe, render};

const HAS_EXIF: u8 = 1 << 3;
const HAS_ALPHA: u8 = 1 << 4;
const HAS_PROFILE: u8 = 1 << 5;
const MOVES: u8 = 1 << 1;

fn chunk(name: [u8; 4], payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_le_bytes();
    [&name[..], &length, payload, &vec![0; payload.len() % 2]].concat()
}

fn sides(width: u32, height: u32) -> Vec<u8> {
    [&(width - 1).to_le_bytes()[..3], &(height - 1).to_le_bytes()[..3]].concat()
}

/// A file with the extended header.
fn extended(flags: u8, (width, height): (u32, u32), chunks: &[Vec<u8>]) -> Vec<u8> {
    let header = chunk(*b"VP8X", &[&[flags, 0, 0, 0][..], &sides(width, height)].concat());
    let body = [b"WEBP", &header[..], &chunks.concat()].concat();
    [b"RIFF", &u32::try_from(body.len()).unwrap().to_le_bytes()[..], &body].concat()
}

/// The chunks of a lossy picture without alpha.
fn lossy() -> Vec<u8> {
    let picture = gradient(60, 40);
    let file = webp::Encoder::from_rgb(&picture, 60, 40).encode(90.0);
    file[12..].to_vec()
}

#[test]
fn a_picture_that_announces_alpha_and_has_none_is_opaque() {
    let plain = extended(0, (60, 40), &[lossy()]);
    let file = extended(HAS_ALPHA, (60, 40), &[lossy()]);
    for side in [60, 20] {
        let recipe = recipe(side, side, FormatChoice::Png);
        assert_eq!(thumbnail(&file, &recipe), thumbnail(&plain, &recipe));
    }
}

#[test]
fn metadata_count_only_if_the_header_announces_them() {
    let exif = chunk(*b"EXIF", &pictures::exif_block(6, &[]));
    let profile = moxcms::ColorProfile::new_adobe_rgb().encode().unwrap();
    let plain = shown(&extended(0, (60, 40), &[lossy()]));
    let with = |flags| {
        shown(&extended(flags, (60, 40), &[chunk(*b"ICCP", &profile), lossy(), exif.clone()]))
    };
    assert_eq!(with(0), plain);
    assert_eq!((with(HAS_EXIF).width(), with(HAS_EXIF).height()), (40, 60));
    assert!(with(HAS_PROFILE) != plain);
    // Announced, and not there.
    assert_eq!(shown(&extended(HAS_EXIF | HAS_PROFILE, (60, 40), &[lossy()])), plain);
    // Nor in a file without that header.
    let body = [b"WEBP", &lossy()[..], &exif].concat();
    let file = [b"RIFF", &u32::try_from(body.len()).unwrap().to_le_bytes()[..], &body].concat();
    assert_eq!(shown(&file), plain);
}

#[test]
fn a_file_that_declares_more_than_it_has_is_shown_if_its_pixels_are_there() {
    let whole = extended(0, (60, 40), &[lossy()]);
    for more in [1_u32, 2, 100, 1 << 30] {
        let mut file = whole.clone();
        let declared = u32::try_from(whole.len()).unwrap() - 8 + more;
        file[4..8].copy_from_slice(&declared.to_le_bytes());
        assert_eq!(shown(&file), shown(&whole));
        // Metadata that are cut short do not matter, but pixels do.
        let cut = [&file[..], &chunk(*b"EXIF", &[0; 50])[..20]].concat();
        assert_eq!(shown(&cut), shown(&whole));
        let cut = render(&file[..file.len() - 9], &recipe(9, 9, FormatChoice::Png), &ROOMY);
        assert_eq!(cut.unwrap_err().reason(), "truncated");
    }
}

/// A ball on nothing.
fn ball(at: u32) -> RgbaImage {
    RgbaImage::from_fn(40, 40, |x, y| {
        let (x, y) = (f64::from(x) - f64::from(at), f64::from(y) - 20.0);
        Rgba([250, 60, 20, if x.hypot(y) < 6.0 { 255 } else { 0 }])
    })
}

/// A frame that is blended, and cleared when its time is over.
fn frame(picture: &RgbaImage, is_lossless: bool, (x, y): (u32, u32)) -> Vec<u8> {
    let encoder = webp::Encoder::from_rgba(picture, picture.width(), picture.height());
    let file = if is_lossless {
        encoder.encode_lossless().to_vec()
    } else {
        encoder.encode(80.0).to_vec()
    };
    let mut chunks = &file[12..];
    if chunks.starts_with(b"VP8X") {
        chunks = &chunks[18..];
    }
    let mut body = [&(x / 2).to_le_bytes()[..3], &(y / 2).to_le_bytes()[..3]].concat();
    body.extend(sides(picture.width(), picture.height()));
    body.extend([100, 0, 0, 1]);
    body.extend(chunks);
    chunk(*b"ANMF", &body)
}

#[test]
fn frames_that_are_cleared_leave_no_trail() {
    let opaque = |frame: &RgbaImage| frame.pixels().filter(|pixel| pixel.0[3] > 128).count();
    let mut cases = 0;
    for is_lossless in [true, false] {
        for is_partial in [true, false] {
            let frames = [10, 20, 30].map(|at| {
                if is_partial {
                    let part = image::imageops::crop_imm(&ball(at), at - 8, 12, 16, 16).to_image();
                    frame(&part, is_lossless, (at - 8, 12))
                } else {
                    frame(&ball(at), is_lossless, (0, 0))
                }
            });
            let chunks = [vec![chunk(*b"ANIM", &[0; 6])], frames.to_vec()].concat();
            let file = extended(MOVES | HAS_ALPHA, (40, 40), &chunks);
            let format = FormatChoice::Png;
            let output = Output { animated: true, format, ..Output::inside(40, 40) };
            let recipe = Recipe::of(vec![output]);
            let made = thumbnail(&file, &recipe);
            let shown = crate::animation::frames(&made.bytes, EncodedFormat::Png);
            assert_eq!(shown.len(), 3);
            for ((frame, milliseconds), at) in shown.iter().zip([10, 20, 30]) {
                assert_eq!(*milliseconds, 100);
                assert!(opaque(frame).abs_diff(opaque(&ball(at))) < 20, "{is_lossless} {at}");
                assert_eq!(frame.get_pixel(at, 20).0[3], 255);
            }
            cases += 1;
        }
    }
    assert_eq!(cases, 4);
}
