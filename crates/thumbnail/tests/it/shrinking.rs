//! Pictures that are shrunk while they are decoded, or by way of a larger thumbnail: the result
//! looks the same as without.

use fast_ssim2::{PixelDescriptor, PixelSlice, Ssimulacra2Reference};
use image::imageops::Lanczos3;
use image::{DynamicImage, GrayImage, ImageFormat, RgbImage, RgbaImage};
use pictures::{Order, exif_block, tiff};

use crate::tiff::deflated;
use crate::{ROOMY, difference, gradient, pixels, thumbnail, write};
use thumbnail::{
    Fit, FormatChoice, Gravity, Output, Qualities, Quality, Recipe, Thumbnail, memory_to_render,
    render,
};

fn make(file: &[u8], output: &Output) -> DynamicImage {
    let output = Output { format: FormatChoice::Png, ..output.clone() };
    pixels(&thumbnail(file, &Recipe::of(vec![output])))
}

/// Discs of every degree of transparency, in colours that change.
fn glass(width: u32, height: u32) -> RgbaImage {
    let opaque = gradient(width, height);
    RgbaImage::from_fn(width, height, |x, y| {
        let [red, green, blue] = opaque.get_pixel(x, y).0;
        let alpha = u8::try_from((x * x + y * y) / 97 % 256).unwrap();
        image::Rgba([red, green, blue, alpha])
    })
}

/// The same picture in each number of channels.
fn pictures(width: u32, height: u32) -> [DynamicImage; 4] {
    let grey: GrayImage = DynamicImage::from(gradient(width, height)).to_luma8();
    [
        grey.into(),
        DynamicImage::from(glass(width, height)).to_luma_alpha8().into(),
        gradient(width, height).into(),
        glass(width, height).into(),
    ]
}

/// A picture that may be an animation is decoded whole.
fn whole(output: &Output) -> Output {
    Output { animated: true, ..output.clone() }
}

#[test]
fn rows_shrunk_as_they_are_decoded_make_the_same_thumbnail_as_all_of_them_at_once() {
    let parts = Output { fit: Fit::Cover, gravity: Gravity::SouthEast, ..Output::inside(50, 41) };
    let squeezed = Output { fit: Fit::Fill, ..Output::inside(300, 20) };
    let mut cases = 0;
    for picture in pictures(613, 407) {
        let file = write(&picture, ImageFormat::Png);
        // Boxes of 5 x 5 pixels, and of 2 x 2; columns; nothing, since nothing becomes smaller, or
        // a part is cut off.
        for (output, bound) in [
            (Output::inside(60, 60), 2.5),
            (Output::inside(150, 150), 2.5),
            (Output::inside(400, 400), 0.02),
            (Output::inside(610, 610), 0.02),
            (Output::inside(700, 700), 0.0),
            (parts.clone(), 2.5),
            (squeezed.clone(), 0.02),
        ] {
            let off = difference(&make(&file, &output), &make(&file, &whole(&output)));
            assert!(off <= bound, "{:?} {output:?}: {off}", picture.color());
            cases += 1;
        }
    }
    assert_eq!(cases, 28);
}

/// A picture as a TIFF, in strips of `rows` rows or in square tiles of `rows` pixels.
fn as_tiff(picture: &DynamicImage, rows: u32, is_tiled: bool, compression: u64) -> Vec<u8> {
    let (width, height) = (picture.width(), picture.height());
    let count = u32::from(picture.color().channel_count());
    let bytes = picture.as_bytes();
    let mut pieces = Vec::new();
    let piece_width = if is_tiled { rows } else { width };
    for top in (0..height).step_by(rows as usize) {
        for left in (0..width).step_by(piece_width as usize) {
            let last = if is_tiled { top + rows } else { height.min(top + rows) };
            let places = (top..last).flat_map(|y| (left..left + piece_width).map(move |x| (x, y)));
            let inside = |(x, y)| (x < width && y < height).then_some((y * width + x) * count);
            let piece = places.flat_map(|place| {
                (0..count)
                    .map(move |sample| inside(place).map_or(0, |at| bytes[(at + sample) as usize]))
            });
            let piece: Vec<u8> = piece.collect();
            pieces.push(if compression == 8 { deflated(&piece) } else { piece });
        }
    }
    let has_alpha = count.is_multiple_of(2);
    let photometric = if count < 3 { 1 } else { 2 };
    let number = u64::from;
    let bits = vec![8; count as usize];
    let fields = [
        (256, vec![number(width)]),
        (257, vec![number(height)]),
        (258, bits),
        (259, vec![compression]),
        (262, vec![photometric]),
        (277, vec![number(count)]),
        (if is_tiled { 323 } else { 278 }, vec![number(rows)]),
    ];
    let tile_width = is_tiled.then(|| (322, vec![number(rows)]));
    let extra = has_alpha.then(|| (338, vec![2]));
    let fields: Vec<_> = fields.into_iter().chain(tile_width).chain(extra).collect();
    let fields: Vec<(u16, &[u64])> =
        fields.iter().map(|(tag, values)| (*tag, &values[..])).collect();
    tiff(Order::default(), &fields, &pieces)
}

#[test]
fn strips_and_tiles_of_a_tiff_shrunk_as_they_are_read_make_the_same_thumbnail() {
    let mut cases = 0;
    for picture in pictures(613, 407) {
        for (rows, is_tiled) in [(1, false), (7, false), (100, false), (407, false), (48, true)] {
            let file = as_tiff(&picture, rows, is_tiled, if rows == 7 { 8 } else { 1 });
            for (output, bound) in [
                (Output::inside(60, 60), 2.5),
                (Output::inside(150, 150), 2.5),
                (Output::inside(400, 400), 0.02),
                (Output::inside(700, 700), 0.0),
            ] {
                let off = difference(&make(&file, &output), &make(&file, &whole(&output)));
                assert!(off <= bound, "{:?} {rows} {is_tiled} {output:?}: {off}", picture.color());
                cases += 1;
            }
        }
    }
    assert_eq!(cases, 80);
}

#[test]
fn a_tiff_in_strips_takes_hardly_more_memory_however_tall_it_is() {
    let recipe = Recipe::of(vec![Output::inside(60, 60)]);
    let takes = |height| {
        let file = as_tiff(&gradient(600, height).into(), 7, false, 1);
        memory_to_render(&file, &recipe, &ROOMY).unwrap()
    };
    let (short, tall) = (takes(600), takes(6000));
    // What a tenth of its pixels takes, and the shrunk picture.
    assert!(tall < short + 600 * 6000 * 3 / 10, "{short} {tall}");
}

#[test]
fn rows_of_a_jpeg_many_times_as_large_show_the_same_once_they_are_shrunk_as_they_come() {
    let mut cases = 0;
    for picture in [DynamicImage::from(gradient(613, 407)), gradient(407, 613).into()] {
        for picture in [picture.to_luma8().into(), picture] {
            let (jpeg, png) =
                (write(&picture, ImageFormat::Jpeg), write(&picture, ImageFormat::Png));
            // At an eighth of the size, boxes of 4 x 4 and 2 x 2 pixels shrink to the first two of
            // these, and none to the last.
            for side in [9, 18, 60] {
                let output = Output::inside(side, side);
                let off = difference(&make(&jpeg, &output), &make(&png, &whole(&output)));
                assert!(off < 3.0, "{:?} to {side}: {off}", picture.color());
                cases += 1;
            }
        }
    }
    assert_eq!(cases, 12);
}

#[test]
fn no_prefix_of_a_picture_that_is_shrunk_passes_unless_it_is_whole() {
    let file = write(&glass(48, 36).into(), ImageFormat::Png);
    let output = Output { format: FormatChoice::Png, ..Output::inside(9, 9) };
    let recipe = Recipe::of(vec![output]);
    let expected = render(&file, &recipe, &ROOMY).unwrap().thumbnails;
    let mut refused = 0;
    for length in 0..file.len() {
        match render(&file[..length], &recipe, &ROOMY) {
            // Only the end chunk may be missing, the checksums before it, and the end of the stream.
            Ok(made) => {
                assert!(length >= file.len() - 24, "cut to {length} of {}", file.len());
                assert!(made.thumbnails == expected, "cut to {length} of {}", file.len());
            }
            Err(_) => refused += 1,
        }
    }
    assert!(refused > 1000, "{refused}");
}

fn slice(picture: &RgbImage) -> PixelSlice<'_> {
    let (width, height) = picture.dimensions();
    let row = width as usize * 3;
    PixelSlice::new(picture, width, height, row, PixelDescriptor::RGB8_SRGB).unwrap()
}

#[test]
fn thumbnails_made_by_way_of_a_larger_one_look_as_good_as_those_that_are_not() {
    let file = pictures::photo_jpeg(1600, 1200, 3);
    let original = image::load_from_memory(&file).unwrap().into_rgb32f();
    let sizes = [160, 640, 320, 100];
    // Lossless, so that only pixels are compared.
    let output = |side| Output { format: FormatChoice::Png, ..Output::inside(side, side) };
    let recipe = |sides: &[u32]| {
        let outputs = sides.iter().map(|&side| output(side)).collect();
        Recipe::of(outputs)
    };
    let together = render(&file, &recipe(&sizes), &ROOMY).unwrap();
    let mut cases = 0;
    for (by_way, side) in together.thumbnails.iter().zip(sizes) {
        let direct = thumbnail(&file, &recipe(&[side]));
        let (width, height) = (direct.width, direct.height);
        let ideal = image::imageops::resize(&original, width, height, Lanczos3);
        let ideal = DynamicImage::from(ideal).into_rgb8();
        let reference = Ssimulacra2Reference::new(&slice(&ideal)).unwrap();
        let [by_way, direct] = [by_way, &direct]
            .map(|made| reference.compare(&slice(&pixels(made).into_rgb8())).unwrap());
        assert!(by_way >= direct - 0.5, "{side}: {by_way} and {direct}");
        cases += 1;
    }
    assert_eq!(cases, 4);
}

#[test]
fn a_thumbnail_more_than_half_as_large_as_the_largest_is_made_from_the_picture_itself() {
    let file = write(&gradient(613, 407).into(), ImageFormat::Png);
    let output = |side| Output { format: FormatChoice::Png, ..Output::inside(side, side) };
    let made = |outputs: &[Output]| {
        let recipe = Recipe::of(outputs.to_vec());
        render(&file, &recipe, &ROOMY).unwrap().thumbnails
    };
    // The last is made from the first. Nothing is made from a part of the picture.
    let part = Output { fit: Fit::Cover, ..output(400) };
    let (together, apart) =
        (made(&[output(400), output(205), output(200)]), made(&[part, output(205), output(200)]));
    assert_eq!(together[1], apart[1]);
    assert_ne!(together[2], apart[2]);
}

/// Asserts that thumbnails of a picture of 1600 x 1200 pixels look as good as those that are made
/// of all its pixels, whether of its colours or of luma and chroma. `less` is how much lower
/// SSIMULACRA2 may score them.
fn assert_as_good_as_of_all_pixels(file: &[u8], sides: [u32; 4], less: f64) {
    let original = image::load_from_memory(file).unwrap();
    let png = write(&original, ImageFormat::Png);
    let original = original.into_rgb32f();
    let mut cases = 0;
    for (format, side) in [FormatChoice::Png, FormatChoice::Jpeg]
        .into_iter()
        .flat_map(|format| sides.map(|side| (format, side)))
    {
        let output = Output { format, ..Output::inside(side, side) };
        let recipe = Recipe::of(vec![output]);
        let [few, all] = [file, &png].map(|file| pixels(&thumbnail(file, &recipe)).into_rgb8());
        let (width, height) = few.dimensions();
        let ideal = image::imageops::resize(&original, width, height, Lanczos3);
        let ideal = DynamicImage::from(ideal).into_rgb8();
        let reference = Ssimulacra2Reference::new(&slice(&ideal)).unwrap();
        let [few, all] = [few, all].map(|made| reference.compare(&slice(&made)).unwrap());
        assert!(few >= all - less, "{format:?} {side}: {few} and {all}");
        cases += 1;
    }
    assert_eq!(cases, 8);
}

#[test]
fn thumbnails_of_lossy_webp_decoded_to_half_look_as_good_as_those_of_all_its_pixels() {
    // A quarter of the size is the largest that is made from half of it.
    let file = pictures::photo_webp(1600, 1200, 3);
    assert_as_good_as_of_all_pixels(&file, [400, 300, 200, 100], 2.0);
}

#[test]
fn thumbnails_of_jpegs_decoded_to_less_look_as_good_as_those_of_all_their_pixels() {
    // The largest that are made from one, two, four and six eighths.
    let file = pictures::photo_jpeg(1600, 1200, 3);
    assert_as_good_as_of_all_pixels(&file, [170, 341, 683, 1025], 6.0);
}

#[test]
fn lossy_webp_of_one_colour_keeps_it_in_a_jpeg() {
    let colours = [[0; 3], [255; 3], [128; 3], [250, 10, 10], [10, 240, 20], [20, 10, 245]];
    for colour in colours {
        // Odd, so that the last column and row are halves.
        let file = webp::Encoder::from_rgb(&colour.repeat(401 * 303), 401, 303).encode(95.0);
        let output = Output { format: FormatChoice::Jpeg, ..Output::inside(90, 90) };
        let recipe = Recipe::of(vec![output]);
        let made = pixels(&thumbnail(&file, &recipe)).into_rgb8();
        let off = made.pixels().flat_map(|pixel| {
            pixel.0.into_iter().zip(colour).map(|(made, wanted)| made.abs_diff(wanted))
        });
        let off = off.max().unwrap();
        assert!(off <= 5, "{colour:?}: {off}");
    }
}

#[test]
fn colour_stays_with_light_in_jpegs_of_odd_sizes_however_they_are_turned() {
    let picture = RgbImage::from_fn(1208, 808, |x, y| {
        let is_red = (x / 30 + y / 30) % 2 == 0;
        image::Rgb(if is_red { [210, 40, 60] } else { [40, 70, 210] })
    });
    for orientation in 1..=8 {
        let mut file = Vec::new();
        let mut encoder = jpeg_encoder::Encoder::new(&mut file, 95);
        encoder.add_exif_metadata(&exif_block(orientation, &[])).unwrap();
        encoder.encode(&picture, 1208, 808, jpeg_encoder::ColorType::Rgb).unwrap();
        // The last is made from the first.
        let recipe = |max_bytes| {
            let output = |side| Output {
                format: FormatChoice::Jpeg,
                fit: Fit::Fill,
                quality: Qualities { jpeg: Quality::Set(95), ..Qualities::default() },
                max_bytes,
                ..Output::inside(side, side - 10)
            };
            Recipe::of(vec![output(303), output(151)])
        };
        // With a limit of bytes, planes are converted to RGB first, and back at the end.
        let planar = render(&file, &recipe(None), &ROOMY).unwrap();
        let mixed = render(&file, &recipe(Some(1_000_000)), &ROOMY).unwrap();
        for (planar, mixed) in planar.thumbnails.iter().zip(&mixed.thumbnails) {
            let (width, height) = (planar.width, planar.height);
            let ends = |made: &Thumbnail| {
                // Where an offset of half a sample would show most.
                let made = pixels(made);
                made.crop_imm(width - 32, height - 32, 32, 32)
            };
            let off = difference(&ends(planar), &ends(mixed));
            assert!(off < 4.0, "orientation {orientation}, {width} x {height}: {off}");
        }
    }
}
