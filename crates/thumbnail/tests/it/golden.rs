//! Compares decoded thumbnails pixel by pixel with the pictures in `tests/golden`. Those were made
//! by this code from pictures that are drawn here, and checked by eye. Only `UPDATE_GOLDEN=1 cargo
//! test --test it golden` makes them anew, and a missing one fails.
//!
//! Each file is a sheet with its cases in one row. Samples may differ by two, because other
//! instruction sets round differently.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use image::codecs::gif::{GifDecoder, GifEncoder};
use image::codecs::webp::WebPDecoder;
use image::{
    AnimationDecoder, Delay, DynamicImage, ExtendedColorType, Frame, ImageBuffer, ImageEncoder,
    ImageFormat, Rgba, RgbaImage,
};
use thumbnail::{
    Color, EncodedFormat, Fit, FormatChoice, Gamut, Gravity, Limits, Output, Recipe, Thumbnail,
    render,
};

/// The most that rounding may change.
const MOST_OFF: u16 = 2;

const FITS: [(Fit, &str); 5] = [
    (Fit::Inside, "inside"),
    (Fit::Cover, "cover"),
    (Fit::Contain, "contain"),
    (Fit::Fill, "fill"),
    (Fit::Outside, "outside"),
];

const GRAVITIES: [Gravity; 10] = [
    Gravity::Center,
    Gravity::North,
    Gravity::NorthEast,
    Gravity::East,
    Gravity::SouthEast,
    Gravity::South,
    Gravity::SouthWest,
    Gravity::West,
    Gravity::NorthWest,
    Gravity::Smart,
];

/// A hill under a sky with a sun, different in each orientation; 64 x 40 pixels. With
/// `see_through`, there is no sky, and the hill fades to the right.
fn landscape(see_through: bool) -> RgbaImage {
    RgbaImage::from_fn(64, 40, |x, y| {
        let sun = x.abs_diff(48).pow(2) + y.abs_diff(10).pow(2);
        let is_hill = y > 18 + x.abs_diff(20) / 3;
        let shade = |of: u32, by: u32| u8::try_from(of * by % 256).unwrap();
        if sun < 36 {
            Rgba([250, 220, 60, 255])
        } else if is_hill {
            let alpha = if see_through { 255 - u8::try_from(x * 3).unwrap() } else { 255 };
            Rgba([40 + shade(x, 1), 120 - shade(y, 1), 40 + shade((x / 4 + y / 4) % 2, 30), alpha])
        } else if see_through {
            Rgba([0; 4])
        } else {
            Rgba([120 + shade(y, 2), 170 + shade(y, 2), 230, 255])
        }
    })
}

fn write(picture: &DynamicImage) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    picture.write_to(&mut file, ImageFormat::Png).unwrap();
    file.into_inner()
}

fn make(file: &[u8], output: Output) -> Thumbnail {
    let recipe = Recipe::of(vec![output]);
    let limits = Limits { max_pixels: 1 << 20 };
    render(file, &recipe, &limits).unwrap().thumbnails.remove(0)
}

/// A PNG's pixels.
#[expect(clippy::needless_pass_by_value, reason = "outputs read best where they are used")]
fn still(file: &[u8], output: Output) -> RgbaImage {
    let made = make(file, Output { format: FormatChoice::Png, ..output });
    image::load_from_memory(&made.bytes).unwrap().to_rgba8()
}

/// Pictures side by side, with two empty pixels between.
fn sheet(pictures: &[RgbaImage]) -> RgbaImage {
    let width = pictures.iter().map(|picture| picture.width() + 2).sum::<u32>() - 2;
    let height = pictures.iter().map(RgbaImage::height).max().unwrap();
    let mut sheet = RgbaImage::new(width, height);
    let mut x = 0;
    for picture in pictures {
        image::imageops::replace(&mut sheet, picture, i64::from(x), 0);
        x += picture.width() + 2;
    }
    sheet
}

/// Compares with the golden sheet of that name, or makes it if that is asked for. Returns how many
/// cases it holds.
#[track_caller]
fn check(name: &str, pictures: &[RgbaImage]) -> usize {
    let made = sheet(pictures);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    let path = path.with_extension("png");
    if std::env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1") {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, write(&made.clone().into())).unwrap();
    }
    let golden = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let golden = image::load_from_memory(&golden).unwrap().to_rgba8();
    assert_eq!(made.dimensions(), golden.dimensions(), "{name}");
    for ((x, y, made), golden) in made.enumerate_pixels().zip(golden.pixels()) {
        // Compared as they show: nearly transparent pixels may have any colour.
        let shown = |[red, green, blue, alpha]: [u8; 4]| {
            let weighted = |sample| u16::from(sample) * u16::from(alpha) / 255;
            [weighted(red), weighted(green), weighted(blue), u16::from(alpha)]
        };
        let (one, other) = (shown(made.0), shown(golden.0));
        let off = one.iter().zip(other).map(|(&one, other)| one.abs_diff(other)).max();
        assert!(off <= Some(MOST_OFF), "{name} at {x}, {y}: {:?}, not {:?}", made.0, golden.0);
    }
    pictures.len()
}

#[test]
fn golden_every_fit_with_every_gravity_opaque_and_transparent() {
    let mut cases = 0;
    for (see_through, kind) in [(false, "opaque"), (true, "transparent")] {
        let file = write(&landscape(see_through).into());
        for (fit, fit_name) in FITS {
            let sheet: Vec<_> = GRAVITIES
                .into_iter()
                .map(|gravity| {
                    // Higher than wide, so that both the part that is cut off and the part that is
                    // kept show.
                    let background = Color { rgb: [90, 40, 120], alpha: 160 };
                    still(&file, Output { fit, gravity, background, ..Output::inside(18, 24) })
                })
                .collect();
            cases += check(&format!("{fit_name}-{kind}"), &sheet);
        }
    }
    assert_eq!(cases, 2 * 5 * 10);
}

#[test]
fn golden_enlarged_by_every_fit() {
    let file = write(&landscape(true).into());
    let sheet =
        FITS.map(|(fit, _)| still(&file, Output { fit, enlarge: true, ..Output::inside(70, 64) }));
    assert_eq!(check("enlarged", &sheet), 5);
}

#[test]
fn golden_samples_of_sixteen_bits_with_and_without_alpha() {
    let mut sheet = Vec::new();
    for see_through in [false, true] {
        let picture = landscape(see_through);
        let wide = ImageBuffer::<Rgba<u16>, _>::from_fn(64, 40, |x, y| {
            Rgba(picture.get_pixel(x, y).0.map(|sample| u16::from(sample) * 257))
        });
        let wide = DynamicImage::from(wide);
        for wide in [wide.clone(), wide.to_rgb16().into(), wide.to_luma16().into()] {
            let file = write(&wide);
            for linear_light in [false, true] {
                sheet.push(still(&file, Output { linear_light, ..Output::inside(24, 24) }));
            }
        }
    }
    assert_eq!(check("sixteen-bits", &sheet), 12);
}

#[test]
fn golden_profiles_and_gamuts() {
    let mut sheet = Vec::new();
    let pixels = DynamicImage::from(landscape(false)).to_rgb8();
    for profile in [
        moxcms::ColorProfile::new_srgb(),
        moxcms::ColorProfile::new_display_p3(),
        moxcms::ColorProfile::new_adobe_rgb(),
        moxcms::ColorProfile::new_bt2020(),
    ] {
        let mut file = Vec::new();
        let mut encoder = image::codecs::png::PngEncoder::new(&mut file);
        encoder.set_icc_profile(profile.encode().unwrap()).unwrap();
        encoder.write_image(&pixels, 64, 40, ExtendedColorType::Rgb8).unwrap();
        for gamut in [Gamut::Srgb, Gamut::P3] {
            sheet.push(still(&file, Output { gamut, ..Output::inside(24, 24) }));
        }
    }
    assert_eq!(check("profiles", &sheet), 8);
}

#[test]
fn golden_light_and_sharpness() {
    let file = write(&landscape(true).into());
    let mut sheet = Vec::new();
    for linear_light in [false, true] {
        for sharpen in [0, 30, 100] {
            sheet.push(still(&file, Output { linear_light, sharpen, ..Output::inside(32, 32) }));
        }
    }
    assert_eq!(check("light-and-sharpness", &sheet), 6);
}

#[test]
fn golden_orientations() {
    let picture = landscape(true);
    let sheet: Vec<_> = (1..=8)
        .map(|orientation| {
            let file = write(&picture.clone().into());
            let file = pictures::with_exif(&file, &pictures::exif_block(orientation, &[]));
            let output =
                Output { fit: Fit::Cover, gravity: Gravity::NorthWest, ..Output::inside(20, 28) };
            still(&file, output)
        })
        .collect();
    assert_eq!(check("orientations", &sheet), 8);
}

#[test]
fn golden_frames_of_animations() {
    let mut file = Vec::new();
    let mut encoder = GifEncoder::new(&mut file);
    for turn in 0..4 {
        let mut picture = landscape(false);
        for (x, y, pixel) in picture.enumerate_pixels_mut() {
            if x / 16 == turn && y > 25 {
                *pixel = Rgba([0; 4]);
            }
        }
        let delay = Delay::from_numer_denom_ms(100, 1);
        encoder.encode_frame(Frame::from_parts(picture, 0, 0, delay)).unwrap();
    }
    drop(encoder);
    let mut cases = 0;
    for (format, name) in
        [(FormatChoice::Source, "animation-gif"), (FormatChoice::WebPLossless, "animation-webp")]
    {
        let made = make(&file, Output { format, animated: true, ..Output::inside(32, 32) });
        let bytes = Cursor::new(made.bytes);
        let frames = match made.format {
            EncodedFormat::Gif => GifDecoder::new(bytes).unwrap().into_frames(),
            _ => WebPDecoder::new(bytes).unwrap().into_frames(),
        };
        let frames: Vec<_> = frames.map(|frame| frame.unwrap().into_buffer()).collect();
        cases += check(name, &frames);
    }
    assert_eq!(cases, 8);
}
