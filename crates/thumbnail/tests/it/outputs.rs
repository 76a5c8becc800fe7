//! Several thumbnails of one picture: each is at its own place in the result, and as its own output
//! asks, in every order of the recipe and whichever way the picture is decoded.
#![allow(clippy::needless_pass_by_value, reason = "an output is made in steps, each from the last")]

use image::{DynamicImage, ImageFormat};
use pictures::{exif_block, with_exif};

use crate::animation::frames;
use crate::encoders::segments;
use crate::sizes::{UPRIGHT, corners, letters};
use crate::{ROOMY, difference, pixels, write};
use thumbnail::{
    EncodedFormat, Fit, FormatChoice, Gravity, Output, Qualities, Quality, Recipe, Thumbnail,
    render,
};

const CREATOR: &str = "Ada Lovelace";

/// The tag of the creator (EXIF 3.0, 4.6.5.4.7).
const ARTIST: u16 = 0x013B;

/// A way through the engine: a picture, and outputs that keep it on this way.
struct Way {
    name: &'static str,
    file: Vec<u8>,
    /// Each output, and the size of its thumbnail.
    outputs: Vec<(Output, (u32, u32))>,
}

fn output(format: FormatChoice, side: u32) -> Output {
    Output { format, ..Output::inside(side, side) }
}

fn baseline(output: Output) -> Output {
    Output { progressive: false, ..output }
}

fn with_copyright(output: Output) -> Output {
    Output { copyright: true, ..output }
}

fn moving(output: Output) -> Output {
    Output { animated: true, ..output }
}

fn cut(output: Output) -> Output {
    Output { fit: Fit::Cover, ..output }
}

fn of_quality(level: u8, output: Output) -> Output {
    let level = Quality::Set(level);
    Output { quality: Qualities { jpeg: level, webp: level, avif: level }, ..output }
}

/// Every way. In each, thumbnails differ in size, and smaller ones may be made from larger ones.
fn ways() -> Vec<Way> {
    use FormatChoice::{Auto, Avif, Jpeg, Png, Source, WebP, WebPLossless};
    let block = exif_block(1, &[(ARTIST, CREATOR)]);
    let photo = with_exif(&pictures::photo_jpeg(640, 480, 1), &block);
    let jpegs = || {
        vec![
            (with_copyright(baseline(output(Jpeg, 72))), (72, 54)),
            (output(Jpeg, 160), (160, 120)),
            (cut(with_copyright(output(Jpeg, 40))), (40, 40)),
            (baseline(of_quality(30, output(Jpeg, 24))), (24, 18)),
        ]
    };
    let small = write(&pictures::landscape(96, 72, 2).into(), ImageFormat::Png);
    let still = vec![
        (baseline(output(Jpeg, 72)), (72, 54)),
        (output(WebPLossless, 20), (20, 15)),
        (with_copyright(output(Png, 160)), (160, 120)),
        (cut(output(Avif, 16)), (16, 16)),
    ];
    vec![
        Way { name: "planes of a JPEG", file: photo.clone(), outputs: jpegs() },
        Way {
            name: "planes of a WebP",
            file: with_exif(&pictures::photo_webp(640, 480, 1), &block),
            outputs: jpegs(),
        },
        Way { name: "pixels of a JPEG", file: photo, outputs: still.clone() },
        Way { name: "pixels of a PNG", file: with_exif(&write_photo(), &block), outputs: still },
        Way {
            name: "rows of a PNG that is not shrunk",
            file: with_exif(&small, &block),
            outputs: vec![
                (output(WebP, 40), (40, 30)),
                (with_copyright(output(Source, 96)), (96, 72)),
                (baseline(with_copyright(output(Jpeg, 48))), (48, 36)),
                (cut(output(Auto, 30)), (30, 30)),
            ],
        },
        Way {
            name: "a copied JPEG",
            file: with_exif(&low_quality_jpeg(), &block),
            outputs: vec![
                (of_quality(100, output(Source, 30)), (30, 23)),
                (of_quality(100, output(Source, 80)), (80, 60)),
                (with_copyright(output(Jpeg, 20)), (20, 15)),
                (baseline(output(Jpeg, 60)), (60, 45)),
            ],
        },
        Way {
            name: "an animation",
            file: with_exif(&pictures::animated_png(96, 72, 3), &block),
            outputs: vec![
                (baseline(output(Jpeg, 48)), (48, 36)),
                (moving(with_copyright(output(WebP, 32))), (32, 24)),
                (moving(output(Source, 40)), (40, 30)),
                (with_copyright(output(Png, 24)), (24, 18)),
            ],
        },
    ]
}

fn write_photo() -> Vec<u8> {
    pictures::photo_as(ImageFormat::Png, 640, 480, 1)
}

fn low_quality_jpeg() -> Vec<u8> {
    let mut file = Vec::new();
    let picture = pictures::landscape(80, 60, 3);
    let encoder = jpeg_encoder::Encoder::new(&mut file, 40);
    encoder.encode(&picture, 80, 60, jpeg_encoder::ColorType::Rgb).unwrap();
    file
}

/// Every order of `count` things.
fn orders(count: usize) -> Vec<Vec<usize>> {
    let Some(last) = count.checked_sub(1) else { return vec![Vec::new()] };
    let with_last = |order: Vec<usize>| {
        (0..count).map(move |at| {
            let mut order = order.clone();
            order.insert(at, last);
            order
        })
    };
    orders(last).into_iter().flat_map(with_last).collect()
}

fn render_all(file: &[u8], outputs: impl Iterator<Item = Output>) -> Vec<Thumbnail> {
    let recipe = Recipe::of(outputs.collect());
    let made = render(file, &recipe, &ROOMY).unwrap().thumbnails;
    assert_eq!(made.len(), recipe.outputs.len());
    made
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|at| at == part)
}

/// What a thumbnail is, as far as its file says: format, animation, coding and copyright.
fn kind(made: &Thumbnail) -> (EncodedFormat, bool, bool, bool) {
    let is_jpeg = made.format == EncodedFormat::Jpeg;
    let moves = holds(&made.bytes, b"acTL") || holds(&made.bytes, b"ANIM");
    let is_progressive = is_jpeg && !segments(&made.bytes, 0xC2).is_empty();
    (made.format, moves, is_progressive, holds(&made.bytes, CREATOR.as_bytes()))
}

/// What it should be. Source formats are those of [`ways`].
fn asked(output: &Output, file: &[u8]) -> (EncodedFormat, bool, bool, bool) {
    use EncodedFormat as To;
    let format = match output.format {
        FormatChoice::Source if file.starts_with(b"\x89PNG") => To::Png,
        FormatChoice::Png => To::Png,
        FormatChoice::WebP | FormatChoice::WebPLossless => To::WebP,
        FormatChoice::Avif => To::Avif,
        FormatChoice::Source | FormatChoice::Jpeg | FormatChoice::Auto => To::Jpeg,
    };
    (format, output.animated, format == To::Jpeg && output.progressive, output.copyright)
}

#[test]
fn thumbnails_come_in_the_order_of_the_recipe_each_as_its_own_output_asks() {
    let mut cases = 0;
    for Way { name, file, outputs } in ways() {
        for order in orders(outputs.len()) {
            let made = render_all(&file, order.iter().map(|&at| outputs[at].0.clone()));
            for (made, &at) in made.iter().zip(&order) {
                let (output, size) = &outputs[at];
                assert_eq!((made.width, made.height), *size, "{name}, {order:?}: output {at}");
                let mut asked = asked(output, &file);
                // A copy is coded as its source is.
                asked.2 &= name != "a copied JPEG" || *size != (80, 60);
                assert_eq!(kind(made), asked, "{name}, {order:?}: output {at}");
                cases += 1;
            }
        }
    }
    assert_eq!(cases, 7 * 24 * 4);
}

#[test]
fn the_order_of_a_recipe_changes_no_thumbnail() {
    for Way { name, file, outputs } in ways() {
        let first = render_all(&file, outputs.iter().map(|(output, _)| output.clone()));
        for order in [[3, 2, 1, 0], [1, 3, 0, 2], [2, 0, 3, 1]] {
            let made = render_all(&file, order.iter().map(|&at| outputs[at].0.clone()));
            let expected = order.map(|at| &first[at]);
            assert!(made.iter().eq(expected), "{name}, {order:?}");
        }
    }
}

#[test]
fn thumbnails_made_together_show_the_same_as_each_made_alone() {
    for Way { name, file, outputs } in ways() {
        let together = render_all(&file, outputs.iter().map(|(output, _)| output.clone()));
        for (made, (output, _)) in together.iter().zip(&outputs) {
            let alone = render_all(&file, std::iter::once(output.clone())).remove(0);
            assert_eq!(kind(made), kind(&alone), "{name}, {output:?}");
            let off = difference(&shown(made), &shown(&alone));
            assert!(off < 3.0, "{name}, {output:?}: {off}");
        }
    }
}

/// The pixels of a thumbnail; of an animation, those of the first frame.
fn shown(made: &Thumbnail) -> DynamicImage {
    match made.format {
        EncodedFormat::Avif => crate::shown(&made.bytes),
        EncodedFormat::WebP if holds(&made.bytes, b"ANIM") => {
            frames(&made.bytes, made.format).remove(0).0.into()
        }
        _ => pixels(made),
    }
}

#[test]
fn of_outputs_that_differ_in_nothing_but_a_setting_each_has_its_own() {
    let file = with_exif(&pictures::photo_jpeg(640, 480, 1), &exif_block(1, &[(ARTIST, CREATOR)]));
    let mut cases = 0;
    // On planes, and on pixels: sharpening needs these.
    for sharpen in [0, 10] {
        for pattern in 0..16_u32 {
            // In binary, each output's setting.
            let is_set = |at: u32| pattern >> at & 1 == 1;
            let outputs = |set: fn(Output, bool) -> Output| {
                let plain = Output { sharpen, ..output(FormatChoice::Jpeg, 96) };
                (0..4).map(move |at| set(plain.clone(), is_set(at)))
            };
            let made = render_all(&file, outputs(|of, progressive| Output { progressive, ..of }));
            let found = made.iter().map(|made| kind(made).2);
            assert!(found.eq((0..4).map(is_set)), "progressive, {pattern:b}");
            let made = render_all(&file, outputs(|of, copyright| Output { copyright, ..of }));
            let found = made.iter().map(|made| kind(made).3);
            assert!(found.eq((0..4).map(is_set)), "copyright, {pattern:b}");
            cases += 1;
        }
    }
    assert_eq!(cases, 32);
}

#[test]
fn several_thumbnails_of_a_turned_picture_are_all_upright() {
    let mut cases = 0;
    for (orientation, expected) in UPRIGHT.into_iter().skip(1) {
        let picture = DynamicImage::from(corners(256, 128));
        let block = exif_block(orientation, &[]);
        let lossy = webp::Encoder::from_rgb(picture.as_bytes(), 256, 128).encode(95.0).to_vec();
        let jpeg = write(&picture, ImageFormat::Jpeg);
        let png = write(&picture, ImageFormat::Png);
        for (file, format) in [
            (&jpeg, FormatChoice::Jpeg),
            (&jpeg, FormatChoice::Png),
            (&lossy, FormatChoice::Jpeg),
            (&lossy, FormatChoice::WebP),
            (&png, FormatChoice::Source),
        ] {
            let north_west = Output { gravity: Gravity::NorthWest, ..output(format, 20) };
            let outputs = [output(format, 24), output(format, 60), cut(north_west)]
                .into_iter()
                .chain([output(format, 16), output(format, 60)]);
            let recipe = Recipe::of(outputs.collect());
            let rendering = render(&with_exif(file, &block), &recipe, &ROOMY).unwrap();
            assert_eq!((rendering.source_width, rendering.source_height), (256, 128), "as stored");
            let made = rendering.thumbnails;
            let is_tall = orientation >= 5;
            for (made, (long, short)) in
                made.iter().zip([(24, 12), (60, 30), (20, 20), (16, 8), (60, 30)])
            {
                let size = if is_tall { (short, long) } else { (long, short) };
                assert_eq!((made.width, made.height), size, "{format:?} {orientation}");
                let corners: Vec<char> = expected.chars().collect();
                // The square keeps the half of the picture that is to the left or above.
                let seen: String = match (long == short, is_tall) {
                    (false, _) => expected.to_owned(),
                    (true, false) => [0, 0, 3, 3].map(|at| corners[at]).iter().collect(),
                    (true, true) => [0, 1, 1, 0].map(|at| corners[at]).iter().collect(),
                };
                assert_eq!(letters(&pixels(made)), seen, "{format:?} {orientation} {long}");
                cases += 1;
            }
        }
    }
    assert_eq!(cases, 8 * 5 * 5);
}
