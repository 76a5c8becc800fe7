//! Every setting counts on the way from a JPEG or a lossy WebP to a smaller JPEG as well: planes of
//! luma and chroma cannot do everything, and are left where they cannot.

use image::ImageFormat;

use crate::encoders::segments;
use crate::{ROOMY, difference, pixels, thumbnail, write};
use thumbnail::{
    Chroma, Color, Fit, FormatChoice, Gravity, Output, Qualities, Quality, Recipe, Thumbnail,
    render,
};

fn plain() -> Output {
    Output { format: FormatChoice::Jpeg, ..Output::inside(80, 80) }
}

/// Outputs that each differ from the plain one in one setting, by its name.
fn changed(most_bytes: u32) -> Vec<(&'static str, Output)> {
    let quality = |jpeg| Qualities { jpeg, ..Qualities::default() };
    let cover = Output { fit: Fit::Cover, ..plain() };
    vec![
        ("width", Output { width: 60, ..plain() }),
        ("height", Output { height: 50, ..plain() }),
        ("cover", cover.clone()),
        ("contain", Output { fit: Fit::Contain, ..plain() }),
        ("fill", Output { fit: Fit::Fill, ..plain() }),
        ("outside", Output { fit: Fit::Outside, ..plain() }),
        ("gravity", Output { gravity: Gravity::East, ..cover.clone() }),
        ("smart gravity", Output { gravity: Gravity::Smart, ..cover }),
        (
            "background",
            Output {
                fit: Fit::Contain,
                background: Color { rgb: [200, 30, 90], alpha: 255 },
                ..plain()
            },
        ),
        ("linear light", Output { linear_light: true, ..plain() }),
        ("sharpen", Output { sharpen: 100, ..plain() }),
        ("chroma", Output { chroma: Chroma::Full, ..plain() }),
        ("quality", Output { quality: quality(Quality::Set(50)), ..plain() }),
        ("automatic quality", Output { quality: quality(Quality::Auto), ..plain() }),
        ("most bytes", Output { max_bytes: Some(most_bytes), ..plain() }),
        ("baseline", Output { progressive: false, ..plain() }),
        ("format", Output { format: FormatChoice::WebP, ..plain() }),
    ]
}

fn one(output: Output) -> Recipe {
    Recipe::of(vec![output])
}

/// Asserts that a thumbnail is what is made of the same pixels in a file without planes.
#[track_caller]
fn assert_same(name: &str, made: &Thumbnail, of_pixels: &Thumbnail) {
    let size = (made.width, made.height);
    assert_eq!(size, (of_pixels.width, of_pixels.height), "{name}");
    assert_eq!(made.format, of_pixels.format, "{name}");
    let off = difference(&pixels(made), &pixels(of_pixels));
    assert!(off < 4.0, "{name}: {off}");
    for marker in [0xC0, 0xC2] {
        assert_eq!(
            segments(&made.bytes, marker),
            segments(&of_pixels.bytes, marker),
            "{name}: kind, size and sampling"
        );
    }
}

#[test]
fn every_setting_counts_on_planes_alone_and_beside_other_outputs() {
    let mut cases = 0;
    for file in [pictures::photo_jpeg(640, 480, 4), pictures::photo_webp(640, 480, 4)] {
        let png = write(&image::load_from_memory(&file).unwrap(), ImageFormat::Png);
        let usual = thumbnail(&file, &one(plain()));
        let most_bytes = u32::try_from(usual.bytes.len() * 3 / 4).unwrap();
        for (name, output) in changed(most_bytes) {
            let of_pixels = thumbnail(&png, &one(output.clone()));
            let alone = thumbnail(&file, &one(output.clone()));
            assert!(alone.bytes != usual.bytes, "{name} changes nothing");
            assert_same(name, &alone, &of_pixels);
            if let Some(most) = output.max_bytes {
                assert!(alone.bytes.len() <= most as usize, "{name}: {}", alone.bytes.len());
            }
            let outputs = vec![plain(), output, plain()];
            let recipe = Recipe::of(outputs);
            let made = render(&file, &recipe, &ROOMY).unwrap().thumbnails;
            assert!(made[1].bytes != made[0].bytes, "{name} changes nothing");
            assert_same(name, &made[1], &of_pixels);
            assert_same(name, &made[0], &usual);
            assert_eq!(made[0], made[2], "{name}");
            cases += 1;
        }
    }
    assert_eq!(cases, 2 * 17);
}

#[test]
fn full_chroma_keeps_what_a_jpeg_says_of_colour() {
    // Columns of two colours that are as light as each other: only chroma tells them apart.
    let picture = image::RgbImage::from_fn(320, 160, |x, _| {
        image::Rgb(if x % 2 == 0 { [200, 80, 90] } else { [60, 139, 90] })
    });
    let mut file = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut file, 100);
    encoder.set_sampling_factor(jpeg_encoder::SamplingFactor::R_4_4_4);
    encoder.encode(&picture, 320, 160, jpeg_encoder::ColorType::Rgb).unwrap();
    let contrast = |chroma| {
        let output = Output { chroma, ..plain() };
        let quality = Qualities { jpeg: Quality::Set(100), ..Qualities::default() };
        let output = Output { quality, width: 320, height: 160, ..output };
        let made = pixels(&thumbnail(&file, &one(output))).into_rgb8();
        made.get_pixel(100, 80).0[0].abs_diff(made.get_pixel(101, 80).0[0])
    };
    assert!(contrast(Chroma::Full) > 120, "{}", contrast(Chroma::Full));
    assert!(contrast(Chroma::Half) < 60, "{}", contrast(Chroma::Half));
}

#[test]
fn full_chroma_is_made_of_all_the_chroma_that_there_is() {
    // Columns as above, four pixels wide: two samples of chroma at half the resolution, and two
    // pixels of the thumbnail.
    let picture = image::RgbImage::from_fn(640, 320, |x, _| {
        image::Rgb(if x / 4 % 2 == 0 { [200, 80, 90] } else { [60, 139, 90] })
    });
    let mut file = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut file, 100);
    encoder.set_sampling_factor(jpeg_encoder::SamplingFactor::R_4_2_0);
    encoder.encode(&picture, 640, 320, jpeg_encoder::ColorType::Rgb).unwrap();
    let full = Output { chroma: Chroma::Full, ..plain() };
    let outputs = [Output { width: 320, height: 160, ..full }, plain()];
    // Beside an output for which less would do, too.
    for count in [1, 2] {
        let outputs = outputs[..count].to_vec();
        let recipe = Recipe::of(outputs);
        let made = render(&file, &recipe, &ROOMY).unwrap().thumbnails;
        let made = pixels(&made[0]).into_rgb8();
        let reds: Vec<u8> = made.rows().nth(80).unwrap().map(|pixel| pixel.0[0]).collect();
        let contrast = reds[100..104].iter().max().unwrap() - reds[100..104].iter().min().unwrap();
        assert!(contrast > 100, "{count}: {contrast}");
    }
}
