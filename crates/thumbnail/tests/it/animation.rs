//! Animations stay animations if that is asked for: with the same frames, timing and loops.

use std::io::Cursor;

use image::codecs::gif::{GifDecoder, GifEncoder, Repeat};
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::{AnimationDecoder, Delay, Frame, Rgba, RgbaImage};

use crate::{ROOMY, recipe, thumbnail};
use thumbnail::{
    Color, EncodedFormat, Fit, FormatChoice, Gravity, Limits, Output, Qualities, Quality, Recipe,
    ThumbnailError, render,
};

/// How long each frame is shown, in milliseconds.
const DELAYS: [u32; 4] = [100, 250, 40, 1000];

/// A square that moves from left to right over a colour, or over nothing.
fn drawn(at: u32, is_transparent: bool) -> RgbaImage {
    let behind = if is_transparent { Rgba([0, 0, 0, 0]) } else { Rgba([30, 60, 90, 255]) };
    RgbaImage::from_fn(48, 24, |x, y| {
        if (at * 12..at * 12 + 12).contains(&x) && (6..18).contains(&y) {
            Rgba([250, 200, 10, 255])
        } else {
            behind
        }
    })
}

pub(super) fn gif(is_transparent: bool, repeat: Option<Repeat>) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = GifEncoder::new(&mut file);
    if let Some(repeat) = repeat {
        encoder.set_repeat(repeat).unwrap();
    }
    for (at, delay) in (0..).zip(DELAYS) {
        let delay = Delay::from_numer_denom_ms(delay, 1);
        let frame = Frame::from_parts(drawn(at, is_transparent), 0, 0, delay);
        encoder.encode_frame(frame).unwrap();
    }
    drop(encoder);
    file
}

pub(super) fn apng(is_transparent: bool) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, 48, 24);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_animated(4, 3).unwrap();
    let mut writer = encoder.write_header().unwrap();
    for (at, delay) in (0..).zip(DELAYS) {
        writer.set_frame_delay(u16::try_from(delay).unwrap(), 1000).unwrap();
        writer.write_image_data(&drawn(at, is_transparent)).unwrap();
    }
    writer.finish().unwrap();
    file
}

/// The pixels and milliseconds of every frame.
pub(super) fn frames(file: &[u8], format: EncodedFormat) -> Vec<(RgbaImage, u32)> {
    let file = Cursor::new(file);
    let frames = match format {
        EncodedFormat::Gif => GifDecoder::new(file).unwrap().into_frames(),
        EncodedFormat::WebP => WebPDecoder::new(file).unwrap().into_frames(),
        _ => PngDecoder::new(file).unwrap().apng().unwrap().into_frames(),
    };
    frames
        .map(|frame| {
            let frame = frame.unwrap();
            let (numerator, denominator) = frame.delay().numer_denom_ms();
            (frame.into_buffer(), numerator / denominator)
        })
        .collect()
}

fn moving(format: FormatChoice, side: u32) -> Output {
    Output { animated: true, format, ..Output::inside(side, side) }
}

fn one(output: Output) -> Recipe {
    Recipe::of(vec![output])
}

#[test]
fn every_frame_is_kept_with_its_timing_in_every_format_that_moves() {
    let webp = thumbnail(&gif(false, None), &one(moving(FormatChoice::WebPLossless, 48))).bytes;
    let see_through =
        thumbnail(&gif(true, None), &one(moving(FormatChoice::WebPLossless, 48))).bytes;
    let sources = [
        (gif(false, Some(Repeat::Infinite)), false, EncodedFormat::Gif),
        (gif(true, None), true, EncodedFormat::Gif),
        (webp, false, EncodedFormat::WebP),
        (see_through, true, EncodedFormat::WebP),
        (apng(false), false, EncodedFormat::Png),
        (apng(true), true, EncodedFormat::Png),
    ];
    let mut cases = 0;
    for (file, is_transparent, own) in sources {
        for (choice, format) in [
            (FormatChoice::Source, own),
            (FormatChoice::Png, EncodedFormat::Png),
            (FormatChoice::WebP, EncodedFormat::WebP),
            (FormatChoice::WebPLossless, EncodedFormat::WebP),
            (FormatChoice::Auto, EncodedFormat::WebP),
        ] {
            for side in [48, 24] {
                let made = thumbnail(&file, &one(moving(choice, side)));
                assert_eq!(made.format, format, "{own:?} as {choice:?}");
                assert_eq!((made.width, made.height), (side, side / 2));
                let shown = frames(&made.bytes, format);
                assert_eq!(shown.len(), 4, "{own:?} as {choice:?}");
                for (at, (frame, delay)) in (0..).zip(&shown) {
                    assert_eq!(*delay, DELAYS[at as usize], "{own:?} as {choice:?}");
                    assert_eq!(frame.dimensions(), (side, side / 2));
                    let scale = 48 / side;
                    let inside = frame.get_pixel((at * 12 + 6) / scale, 12 / scale).0;
                    assert!(inside[0] > 220 && inside[2] < 60 && inside[3] > 250, "{inside:?}");
                    let elsewhere = frame.get_pixel((at * 12 + 30) % 48 / scale, 12 / scale).0;
                    assert_eq!(elsewhere[3] < 10, is_transparent, "{own:?} as {choice:?} {at}");
                }
                cases += 1;
            }
        }
    }
    assert_eq!(cases, 60);
}

/// How often a file says that it is played; 0 means for ever. A GIF stores the number of
/// repetitions, and is played once without it.
fn plays(file: &[u8], format: EncodedFormat) -> u32 {
    let (tag, at) = match format {
        EncodedFormat::Gif => (b"NETSCAPE2.0\x03\x01".as_slice(), 0),
        EncodedFormat::WebP => (b"ANIM".as_slice(), 8),
        EncodedFormat::Png => (b"acTL".as_slice(), 4),
        _ => panic!("no animations in {format:?}"),
    };
    let found = file.windows(tag.len()).position(|at| at == tag);
    let Some(found) = found else {
        assert_eq!(format, EncodedFormat::Gif);
        return 1;
    };
    let number = &file[found + tag.len() + at..];
    let low = u32::from(u16::from_le_bytes([number[0], number[1]]));
    match format {
        EncodedFormat::Png => u32::from_be_bytes(number[..4].try_into().unwrap()),
        EncodedFormat::Gif if low > 0 => low + 1,
        _ => low,
    }
}

#[test]
fn frames_of_sixteen_bits_move_like_those_of_eight() {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, 48, 24);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Sixteen);
    encoder.set_animated(4, 3).unwrap();
    let mut writer = encoder.write_header().unwrap();
    for (at, delay) in (0..).zip(DELAYS) {
        writer.set_frame_delay(u16::try_from(delay).unwrap(), 1000).unwrap();
        let deep = drawn(at, true).iter().flat_map(|&sample| [sample; 2]).collect::<Vec<_>>();
        writer.write_image_data(&deep).unwrap();
    }
    writer.finish().unwrap();
    let recipe = one(moving(FormatChoice::Png, 48));
    assert_eq!(thumbnail(&file, &recipe), thumbnail(&apng(true), &recipe));
}

#[test]
fn animations_are_played_as_often_as_before() {
    let mut cases = 0;
    for (file, expected) in [
        (gif(false, Some(Repeat::Infinite)), 0),
        (gif(false, Some(Repeat::Finite(4))), 5),
        (gif(false, None), 1),
        (apng(false), 3),
    ] {
        for choice in [FormatChoice::Source, FormatChoice::WebP, FormatChoice::Png] {
            let made = thumbnail(&file, &one(moving(choice, 24)));
            assert_eq!(plays(&made.bytes, made.format), expected, "{choice:?}");
            cases += 1;
        }
    }
    assert_eq!(cases, 12);
}

#[test]
fn without_being_asked_or_in_formats_that_are_still_the_first_frame_is_shown() {
    let file = gif(false, None);
    let still = thumbnail(&file, &recipe(48, 48, FormatChoice::Png));
    assert_eq!(image::load_from_memory(&still.bytes).unwrap().to_rgba8(), drawn(0, false));
    for format in [FormatChoice::Jpeg, FormatChoice::Avif] {
        let asked = thumbnail(&file, &one(moving(format, 48)));
        let output = Output { animated: false, ..moving(format, 48) };
        assert_eq!(asked, thumbnail(&file, &one(output)));
    }
    // A picture of one frame is a still.
    let one_frame = crate::write(&drawn(0, false).into(), image::ImageFormat::Gif);
    let made = thumbnail(&one_frame, &one(moving(FormatChoice::Source, 48)));
    assert!(made.format != EncodedFormat::Gif);
}

#[test]
fn frames_are_cut_and_laid_out_alike() {
    let file = gif(false, None);
    let cover =
        Output { fit: Fit::Cover, gravity: Gravity::West, ..moving(FormatChoice::Source, 24) };
    let shown = frames(&thumbnail(&file, &one(cover)).bytes, EncodedFormat::Gif);
    let gold = |frame: &RgbaImage| frame.pixels().filter(|pixel| pixel.0[0] > 200).count();
    assert_eq!(shown.iter().map(|(frame, _)| gold(frame)).collect::<Vec<_>>(), [144, 144, 0, 0]);
    let contain = Output { fit: Fit::Contain, ..moving(FormatChoice::Source, 48) };
    let shown = frames(&thumbnail(&file, &one(contain)).bytes, EncodedFormat::Gif);
    assert!(shown.iter().all(|(frame, _)| frame.get_pixel(2, 2).0 == [255; 4]));
}

#[test]
fn what_is_half_transparent_in_a_gif_is_shown_and_what_is_more_so_is_not() {
    for (alpha, expected) in [(0, 0), (127, 0), (128, 255), (255, 255)] {
        let contain = Output {
            fit: Fit::Contain,
            background: Color { rgb: [10, 200, 30], alpha },
            ..moving(FormatChoice::Source, 48)
        };
        let made = thumbnail(&gif(false, None), &one(contain));
        assert_eq!(made.format, EncodedFormat::Gif);
        for (frame, _) in frames(&made.bytes, made.format) {
            assert_eq!(frame.get_pixel(2, 2).0[3], expected, "{alpha}");
            assert_eq!(frame.get_pixel(2, 24).0[3], 255, "the picture itself");
        }
    }
}

#[test]
fn stills_and_animations_come_of_one_source_together_as_they_do_alone() {
    let file = gif(true, None);
    let outputs = vec![
        moving(FormatChoice::Source, 24),
        Output { format: FormatChoice::Jpeg, ..Output::inside(20, 20) },
        moving(FormatChoice::WebP, 30),
        moving(FormatChoice::Auto, 12),
    ];
    let together = render(&file, &Recipe::of(outputs.clone()), &ROOMY);
    let apart: Vec<_> = outputs.into_iter().map(|output| thumbnail(&file, &one(output))).collect();
    assert_eq!(together.unwrap().thumbnails, apart);
}

#[test]
fn the_limit_counts_the_pixels_of_every_frame() {
    let files = [gif(false, None), apng(false)];
    for file in files {
        let limits = |max_pixels| Limits { max_pixels };
        let wanted = one(moving(FormatChoice::WebP, 24));
        assert!(render(&file, &wanted, &limits(48 * 24 * 4)).is_ok());
        match render(&file, &wanted, &limits(48 * 24 * 4 - 1)) {
            Err(ThumbnailError::TooManyPixels { frames: 4, pixels, .. }) => {
                assert_eq!(pixels, 48 * 24 * 4);
            }
            other => panic!("{other:?}"),
        }
        // Only the frames that are used count.
        let still = recipe(24, 24, FormatChoice::WebP);
        assert!(render(&file, &still, &limits(48 * 24)).is_ok());
    }
}

#[test]
fn an_animation_that_breaks_off_is_refused_unless_its_first_frame_is_all_that_is_shown() {
    let whole = gif(false, None);
    let cut = &whole[..whole.len() - 40];
    assert!(render(cut, &recipe(24, 24, FormatChoice::Png), &ROOMY).is_ok());
    let all = frames(&whole, EncodedFormat::Gif);
    let mut refused = 0;
    for length in whole.len() * 2 / 3..whole.len() - 1 {
        let made = render(&whole[..length], &one(moving(FormatChoice::Source, 48)), &ROOMY);
        let Ok(made) = made else {
            refused += 1;
            continue;
        };
        // Frames are whole, even if some were lost.
        if made.thumbnails[0].format == EncodedFormat::Gif {
            let shown = frames(&made.thumbnails[0].bytes, EncodedFormat::Gif);
            assert_eq!(shown, all[..shown.len()], "cut off after {length} bytes");
        }
    }
    assert!(refused > 50, "{refused}");
}

#[test]
fn an_animation_over_its_limit_of_bytes_is_written_in_lower_quality() {
    let file = gif(false, None);
    let size = |max_bytes| {
        let output = Output { max_bytes, ..moving(FormatChoice::WebP, 48) };
        thumbnail(&file, &one(output)).bytes.len()
    };
    let free = size(None);
    assert!(size(Some(1)) < free);
    assert_eq!(size(Some(u32::try_from(free).unwrap())), free);
}

#[test]
fn quality_is_halved_at_most_twice_and_not_below_10_until_an_animation_fits() {
    let file = pictures::animated_png(96, 72, 4);
    let made = |level, max_bytes| {
        let quality = Qualities { webp: Quality::Set(level), ..Qualities::default() };
        thumbnail(&file, &one(Output { quality, max_bytes, ..moving(FormatChoice::WebP, 96) }))
    };
    let most = |level| Some(u32::try_from(made(level, None).bytes.len()).unwrap());
    for (level, max_bytes, expected) in [
        (80, most(80), 80),
        (80, most(80).map(|most| most - 1), 40),
        (80, most(40), 40),
        (80, most(20), 20),
        (80, Some(1), 20),
        (12, Some(1), 10),
        (10, Some(1), 10),
    ] {
        assert_eq!(made(level, max_bytes), made(expected, None), "{level} to {max_bytes:?}");
    }
}
