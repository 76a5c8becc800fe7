//! Wide gamuts: which thumbnails keep the colours of Display P3, and which are converted to sRGB.

use image::{ExtendedColorType, ImageEncoder, ImageFormat};
use moxcms::ColorProfile;

use crate::animation::frames;
use crate::{ROOMY, gradient, pixels, thumbnail, write};
use thumbnail::{
    Color, EncodedFormat, Fit, FormatChoice, Gamut, Output, Recipe, Thumbnail, render,
};

/// A plain picture with a profile.
fn tagged(profile: &ColorProfile, pixel: [u8; 3]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = image::codecs::png::PngEncoder::new(&mut file);
    encoder.set_icc_profile(profile.encode().unwrap()).unwrap();
    encoder.write_image(&pixel.repeat(400), 20, 20, ExtendedColorType::Rgb8).unwrap();
    file
}

fn profile_in(file: &[u8]) -> Option<Vec<u8>> {
    let mut reader = image::ImageReader::new(std::io::Cursor::new(file));
    reader = reader.with_guessed_format().unwrap();
    image::ImageDecoder::icc_profile(&mut reader.into_decoder().unwrap()).unwrap()
}

/// A colour of Display P3, and the same colour in sRGB, by the matrices and curves of both.
const WIDE: [u8; 3] = [200, 100, 50];
const NARROW: [u8; 3] = [215, 93, 31];

/// The colour in P3 as a PNG, and as a JPEG, whose luma and chroma are then no shortcut.
fn wide_files() -> [Vec<u8>; 2] {
    let mut jpeg = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut jpeg, 100);
    encoder.add_icc_profile(&ColorProfile::new_display_p3().encode().unwrap()).unwrap();
    encoder.encode(&WIDE.repeat(400), 20, 20, jpeg_encoder::ColorType::Rgb).unwrap();
    [tagged(&ColorProfile::new_display_p3(), WIDE), jpeg]
}

/// The colour in the middle of a thumbnail, as its samples say, and its profile.
fn found(made: &Thumbnail) -> ([u8; 3], Option<Vec<u8>>) {
    let middle = (made.width / 2, made.height / 2);
    if made.format == EncodedFormat::Avif {
        assert!(!made.bytes.windows(4).any(|at| at == b"acsp"), "no profile");
        let shown = crate::shown(&made.bytes).to_rgb8();
        return (shown.get_pixel(middle.0, middle.1).0, None);
    }
    (pixels(made).to_rgb8().get_pixel(middle.0, middle.1).0, profile_in(&made.bytes))
}

#[track_caller]
fn assert_gamut(made: &Thumbnail, is_wide: bool) {
    let (found, profile) = found(made);
    let expected = if is_wide { WIDE } else { NARROW };
    let off = found.iter().zip(expected).map(|(&one, other)| one.abs_diff(other)).max();
    assert!(off <= Some(6), "{:?} in {found:?}, not {expected:?}", made.format);
    assert_eq!(profile.is_some(), is_wide, "{:?}", made.format);
    if let Some(profile) = profile {
        let profile = ColorProfile::new_from_slice(&profile).unwrap();
        let p3 = ColorProfile::new_display_p3();
        assert!((profile.red_colorant.x - p3.red_colorant.x).abs() < 1e-3);
    }
}

/// Whether a format can say that its colours are P3's.
fn can_say_so(format: FormatChoice) -> bool {
    format != FormatChoice::Avif
}

#[test]
fn wide_colours_stay_where_that_is_asked_for_and_the_format_can_say_so() {
    let mut cases = 0;
    for file in wide_files() {
        for format in FormatChoice::ALL {
            for gamut in [Gamut::P3, Gamut::Srgb] {
                for side in [20, 10] {
                    let outputs = vec![Output { gamut, format, ..Output::inside(side, side) }];
                    let made = thumbnail(&file, &Recipe::of(outputs));
                    assert_gamut(&made, gamut == Gamut::P3 && can_say_so(format));
                    cases += 1;
                }
            }
        }
    }
    assert_eq!(cases, 2 * 7 * 2 * 2);
}

#[test]
fn of_several_thumbnails_each_has_the_gamut_that_its_own_output_asks_for() {
    let mut cases = 0;
    for file in wide_files() {
        for first in [Gamut::P3, Gamut::Srgb] {
            let second = if first == Gamut::P3 { Gamut::Srgb } else { Gamut::P3 };
            let gamuts = [first, second].into_iter().cycle();
            // The last three are made from a step.
            let sides = [20, 18, 9, 8, 6, 5, 4];
            let outputs: Vec<_> = FormatChoice::ALL
                .into_iter()
                .zip(gamuts.zip(sides))
                .map(|(format, (gamut, side))| Output {
                    format,
                    gamut,
                    ..Output::inside(side, side)
                })
                .collect();
            let recipe = Recipe::of(outputs);
            let made = render(&file, &recipe, &ROOMY).unwrap().thumbnails;
            for (made, output) in made.iter().zip(&recipe.outputs) {
                assert_gamut(made, output.gamut == Gamut::P3 && can_say_so(output.format));
                cases += 1;
            }
        }
    }
    assert_eq!(cases, 2 * 2 * 7);
}

#[test]
fn frames_of_animations_are_converted_whatever_is_asked_for() {
    let mut info = png::Info::with_size(20, 20);
    info.color_type = png::ColorType::Rgb;
    info.icc_profile = Some(ColorProfile::new_display_p3().encode().unwrap().into());
    let mut file = Vec::new();
    let mut encoder = png::Encoder::with_info(&mut file, info).unwrap();
    encoder.set_animated(2, 0).unwrap();
    let mut writer = encoder.write_header().unwrap();
    for _ in 0..2 {
        writer.write_image_data(&WIDE.repeat(400)).unwrap();
    }
    writer.finish().unwrap();
    for (format, to) in
        [(FormatChoice::Png, EncodedFormat::Png), (FormatChoice::WebPLossless, EncodedFormat::WebP)]
    {
        let output = Output { format, gamut: Gamut::P3, animated: true, ..Output::inside(10, 10) };
        let made = thumbnail(&file, &Recipe::of(vec![output]));
        assert_eq!(profile_in(&made.bytes), None, "{format:?}");
        let frames = frames(&made.bytes, to);
        assert_eq!(frames.len(), 2);
        for (frame, _) in frames {
            let [red, green, blue, _] = frame.get_pixel(5, 5).0;
            let off = [red, green, blue].iter().zip(NARROW).map(|(&a, b)| a.abs_diff(b)).max();
            assert!(off <= Some(2), "{format:?}: {red} {green} {blue}");
        }
    }
}

#[test]
fn a_background_is_the_same_colour_in_either_gamut() {
    let red = Color { rgb: [255, 0, 0], alpha: 255 };
    let file = tagged(&ColorProfile::new_display_p3(), WIDE);
    // sRGB's red, in the samples of either.
    for (gamut, expected) in [(Gamut::Srgb, [255, 0, 0]), (Gamut::P3, [234, 51, 35])] {
        let laid = Output {
            fit: Fit::Contain,
            background: red,
            format: FormatChoice::Png,
            gamut,
            ..Output::inside(30, 40)
        };
        let made = thumbnail(&file, &Recipe::of(vec![laid]));
        let found = pixels(&made).to_rgb8().get_pixel(2, 2).0;
        let off = found.iter().zip(expected).map(|(&one, other): (&u8, u8)| one.abs_diff(other));
        assert!(off.max() <= Some(2), "{gamut:?}: {found:?}");
    }
    let mut glass = Vec::new();
    let mut encoder = image::codecs::png::PngEncoder::new(&mut glass);
    encoder.set_icc_profile(ColorProfile::new_display_p3().encode().unwrap()).unwrap();
    encoder.write_image(&[0; 4].repeat(400), 20, 20, ExtendedColorType::Rgba8).unwrap();
    for (gamut, expected) in [(Gamut::Srgb, [255, 0, 0]), (Gamut::P3, [234, 51, 35])] {
        let behind =
            Output { background: red, format: FormatChoice::Jpeg, gamut, ..Output::inside(20, 20) };
        let made = thumbnail(&glass, &Recipe::of(vec![behind]));
        let found = pixels(&made).to_rgb8().get_pixel(9, 9).0;
        let off = found.iter().zip(expected).map(|(&one, other): (&u8, u8)| one.abs_diff(other));
        assert!(off.max() <= Some(6), "behind transparent parts, {gamut:?}: {found:?}");
    }
}

#[test]
fn greys_of_a_wide_gamut_are_stored_as_colours_since_their_profile_is_one_of_colours() {
    let file = tagged(&ColorProfile::new_display_p3(), [90; 3]);
    for (gamut, is_colored) in [(Gamut::P3, true), (Gamut::Srgb, false)] {
        let outputs = vec![Output { gamut, format: FormatChoice::Png, ..Output::inside(20, 20) }];
        let made = thumbnail(&file, &Recipe::of(outputs));
        assert_eq!(profile_in(&made.bytes).is_some(), is_colored, "{gamut:?}");
        // The bit of PNG's colour type that says that there are colours.
        assert_eq!(made.bytes[25] & 2 != 0, is_colored, "{gamut:?}");
    }
}

#[test]
fn what_is_not_wide_is_stored_in_srgb_whatever_is_asked_for() {
    let p3 = |format| Output { format, gamut: Gamut::P3, ..Output::inside(20, 20) };
    for profile in [ColorProfile::new_srgb(), ColorProfile::new_bt2020()] {
        let is_wide = profile.red_colorant.x > 0.6;
        let outputs = vec![p3(FormatChoice::Png)];
        let recipe = Recipe::of(outputs);
        let made = thumbnail(&tagged(&profile, [90, 80, 70]), &recipe);
        assert_eq!(profile_in(&made.bytes).is_some(), is_wide);
    }
    let plain = write(&gradient(20, 20).into(), ImageFormat::Png);
    let recipe = Recipe::of(vec![p3(FormatChoice::Png)]);
    assert_eq!(profile_in(&thumbnail(&plain, &recipe).bytes), None);
}

#[test]
fn the_profile_of_a_thumbnail_is_small_and_always_the_same() {
    let file = tagged(&ColorProfile::new_display_p3(), [250, 20, 30]);
    let outputs = vec![Output { gamut: Gamut::P3, ..Output::inside(9, 9) }];
    let recipe = Recipe::of(outputs);
    let profile = profile_in(&thumbnail(&file, &recipe).bytes).unwrap();
    assert!(profile.len() < 800, "{}", profile.len());
    assert_eq!(profile[24..28], [0x07, 0xE8, 0, 1], "no time of day");
}
