//! Damaged pictures that a recipe wants shown: what is there shows, and the rest does not.

use image::{DynamicImage, ImageFormat, RgbImage};
use pictures::Order;

use crate::tiff::deflated;
use crate::tiff_codings::{Code, lzw, packbits, xz, zstd};
use crate::{ROOMY, difference, in_every_format, jpeg, pixels, smooth, write};
use thumbnail::{
    FormatChoice, OnDamaged, Output, Quality, Recipe, Rendering, Source, ThumbnailError, render,
};

/// The thumbnails of a file, if it is damaged too.
fn shown(file: &[u8], recipe: &Recipe) -> Result<Rendering, ThumbnailError> {
    render(file, &Recipe { on_damaged: OnDamaged::Show, ..recipe.clone() }, &ROOMY)
}

/// One thumbnail inside of a square, without loss.
fn inside(side: u32) -> Recipe {
    Recipe::of(vec![Output { format: FormatChoice::Png, ..Output::inside(side, side) }])
}

/// The pixels of a damaged picture's thumbnail.
fn left(file: &[u8], recipe: &Recipe) -> RgbImage {
    let refusal = render(file, recipe, &ROOMY).unwrap_err();
    let rendering = shown(file, recipe).unwrap();
    let damage = rendering.damaged.expect("the file is damaged");
    assert_eq!(damage.to_string(), refusal.to_string());
    pixels(&rendering.thumbnails[0]).to_rgb8()
}

/// How many percent of a thumbnail's rows are, from the top, those of the whole picture, and how many
/// are one colour from the bottom.
fn rows(shown: &RgbImage, whole: &RgbImage) -> (u32, u32) {
    assert_eq!(shown.dimensions(), whole.dimensions());
    let (width, height) = whole.dimensions();
    let is_alike = |&y: &u32| {
        let off = |x| {
            let pixels = shown.get_pixel(x, y).0.into_iter().zip(whole.get_pixel(x, y).0);
            pixels.map(|(one, other)| u32::from(one.abs_diff(other))).sum::<u32>()
        };
        (0..width).map(off).sum::<u32>() <= width * 3 * 6
    };
    let last = shown.get_pixel(0, height - 1);
    let is_blank = |&y: &u32| (0..width).all(|x| shown.get_pixel(x, y) == last);
    let percent = |rows: usize| u32::try_from(rows).unwrap() * 100 / height;
    let alike = percent((0..height).take_while(is_alike).count());
    (alike, percent((0..height).rev().take_while(is_blank).count()))
}

/// Smooth, with as much detail everywhere, so that rows take about as many bytes each.
fn even(width: u32, height: u32) -> RgbImage {
    let mut picture = smooth(width, height);
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        let mixed = x.wrapping_mul(0x9E37_79B9) ^ y.wrapping_mul(0x85EB_CA6B);
        let speck = u8::try_from((mixed ^ mixed >> 15).wrapping_mul(0x2C1B_3C6D) >> 28).unwrap();
        pixel.0 = pixel.0.map(|sample| sample + speck);
    }
    picture
}

/// The entries of a TIFF of a colour picture of 400 x 320 pixels in strips.
fn fields<'a>(compression: &'a [u64], rows: &'a [u64]) -> Vec<(u16, &'a [u64])> {
    let size: [(u16, &[u64]); 2] = [(256, &[400]), (257, &[320])];
    let colors: [(u16, &[u64]); 3] = [(258, &[8, 8, 8]), (262, &[2]), (277, &[3])];
    [&size[..], &colors, &[(259, compression), (278, rows)]].concat()
}

/// A TIFF file whose strips come after its directory, and where they begin.
fn tiff(compression: u64, rows: u64, code: impl Fn(&[u8]) -> Vec<u8>) -> (Vec<u8>, usize) {
    let picture = even(400, 320);
    let row = 400 * 3;
    let strips: Vec<_> =
        picture.as_raw().chunks(row * usize::try_from(rows).unwrap()).map(code).collect();
    let (compression, rows) = ([compression], [rows]);
    let mut file = pictures::tiff(Order::default(), &fields(&compression, &rows), &strips);
    let head = file.len();
    // The strips once more, and their offsets in the entry 273, or where it points.
    let entry = file.windows(4).rposition(|at| at == [0x11, 1, 4, 0]).unwrap() + 8;
    let number =
        |at: usize| usize::try_from(u32::from_le_bytes(*file[at..].first_chunk().unwrap()));
    let offsets = if strips.len() == 1 { entry } else { number(entry).unwrap() };
    let mut start = u32::try_from(head).unwrap();
    for (strip, at) in strips.iter().zip((offsets..).step_by(4)) {
        file[at..at + 4].copy_from_slice(&start.to_le_bytes());
        start += u32::try_from(strip.len()).unwrap();
    }
    file.extend(strips.concat());
    (file, head)
}

/// Files of one picture that come row by row, and how many bytes are before their pixels.
fn files_in_rows() -> Vec<(&'static str, Vec<u8>, usize)> {
    let picture = even(400, 320);
    let jpeg = jpeg(&picture, false);
    let jpeg_head = jpeg.windows(2).position(|pair| pair == [0xFF, 0xDA]).unwrap() + 14;
    let opaque = DynamicImage::from(picture.clone());
    let with_alpha = DynamicImage::from(opaque.to_rgba8());
    let deep = DynamicImage::from(opaque.to_rgb16());
    let webp = webp::Encoder::from_rgb(&picture, 400, 320).encode(90.0).to_vec();
    let mut files = vec![
        ("jpeg", jpeg, jpeg_head),
        ("png", write(&opaque, ImageFormat::Png), 41),
        ("png with alpha", write(&with_alpha, ImageFormat::Png), 41),
        ("png of 16 bits", write(&deep, ImageFormat::Png), 41),
        ("gif", write(&opaque, ImageFormat::Gif), 13 + 768 + 20),
        ("webp", webp, 40),
    ];
    let (plain, lzw, zip): (Code, Code, Code) = (<[u8]>::to_vec, lzw, deflated);
    for (name, compression, rows, code) in [
        ("tiff in strips", 1, 16, plain),
        ("tiff in one strip", 1, 320, plain),
        ("tiff in strips of lzw", 5, 16, lzw),
        ("tiff in one strip of lzw", 5, 320, lzw),
        ("tiff in one strip of deflate", 8, 320, zip),
        ("tiff in one strip of packbits", 32_773, 320, packbits),
        ("tiff in strips of xz", 34_925, 8, xz),
        ("tiff in strips of zstd", 50_000, 16, zstd),
        ("tiff in strips of jpeg", 7, 16, coded_jpeg),
    ] {
        let (file, head) = tiff(compression, rows, code);
        files.push((name, file, head));
    }
    files
}

/// Rows as a JPEG in red, green and blue.
fn coded_jpeg(rows: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut file, 95);
    encoder.set_sampling_factor(jpeg_encoder::SamplingFactor::R_4_4_4);
    let height = u16::try_from(rows.len() / 1200).unwrap();
    encoder.encode(rows, 400, height, jpeg_encoder::ColorType::Ycbcr).unwrap();
    file
}

#[test]
fn a_picture_that_is_cut_shows_the_rows_that_are_there() {
    let mut cases = 0;
    for (name, file, head) in files_in_rows() {
        // At an eighth and half of the size in planes or pixels, and at all of it.
        for (side, format) in [
            (50, FormatChoice::Png),
            (50, FormatChoice::Jpeg),
            (180, FormatChoice::Jpeg),
            (180, FormatChoice::Png),
            (400, FormatChoice::Png),
        ] {
            let mut recipe = inside(side);
            recipe.outputs[0].format = format;
            recipe.outputs[0].quality.jpeg = Quality::Set(97);
            let whole = shown(&file, &recipe).unwrap();
            assert!(whole.damaged.is_none());
            let whole = pixels(&whole.thumbnails[0]).to_rgb8();
            for percent in [25, 50, 75, 95] {
                let length = head + (file.len() - head) * percent / 100;
                let shown = left(&file[..length], &recipe);
                let (alike, blank) = rows(&shown, &whole);
                let percent = u32::try_from(percent).unwrap();
                let what = format!("{name} {side} {format:?} {percent}: {alike} {blank}");
                assert!(alike.abs_diff(percent) < 18, "{what}");
                assert!(format == FormatChoice::Jpeg || alike + blank > 75, "{what}");
                cases += 1;
            }
        }
    }
    assert_eq!(cases, files_in_rows().len() * 5 * 4);
}

#[test]
fn a_picture_of_which_too_little_is_there_is_refused_as_ever() {
    for (name, file, head) in files_in_rows() {
        for length in [head / 2, head - 1, head + 12] {
            let recipe = inside(50);
            let refusal = render(&file[..length], &recipe, &ROOMY).unwrap_err();
            let outcome = shown(&file[..length], &recipe).unwrap_err();
            assert_eq!(outcome.to_string(), refusal.to_string(), "{name} {length}");
        }
    }
}

#[test]
fn whatever_is_rendered_or_over_a_limit_stays_as_it_is() {
    let recipe = inside(40);
    let (mut cases, mut damaged) = (0, 0);
    for (format, file) in in_every_format(&smooth(34, 22)) {
        for length in 0..=file.len() {
            let file = &file[..length];
            match (render(file, &recipe, &ROOMY), shown(file, &recipe)) {
                (Ok(rendered), Ok(shown)) => {
                    assert!(shown.damaged.is_none(), "{format:?} {length}");
                    assert_eq!(shown.thumbnails, rendered.thumbnails, "{format:?} {length}");
                }
                (Err(_), Ok(shown)) => {
                    let formats = ["jpeg", "png", "gif", "tiff", "webp"];
                    assert!(formats.contains(&format.name()), "{format:?} {length}");
                    assert!(shown.damaged.is_some(), "{format:?} {length}");
                    damaged += 1;
                }
                (Err(refusal), Err(outcome)) => {
                    assert_eq!(outcome.to_string(), refusal.to_string(), "{format:?} {length}");
                }
                (Ok(_), Err(outcome)) => panic!("{format:?} {length}: {outcome}"),
            }
            cases += 1;
        }
        let limits = thumbnail::Limits { max_pixels: 34 * 22 - 1 };
        let recipe = Recipe { on_damaged: OnDamaged::Show, ..recipe.clone() };
        assert!(render(&file, &recipe, &limits).is_err(), "{format:?}");
        assert!(render(&file[..file.len() / 2], &recipe, &limits).is_err(), "{format:?}");
    }
    assert!(damaged > 500 && damaged < cases, "{damaged} of {cases}");
}

#[test]
fn a_lossless_webp_and_one_with_alpha_are_refused_unless_they_are_whole() {
    let picture = DynamicImage::from(even(100, 80)).to_rgba8();
    let lossless = webp::Encoder::from_rgba(&picture, 100, 80).encode_lossless().to_vec();
    let glass = image::RgbaImage::from_fn(100, 80, |x, y| {
        let [red, green, blue, _] = picture.get_pixel(x, y).0;
        image::Rgba([red, green, blue, 55 + u8::try_from(x).unwrap()])
    });
    let lossy = webp::Encoder::from_rgba(&glass, 100, 80).encode(90.0).to_vec();
    for file in [lossless, lossy] {
        let recipe = inside(50);
        assert!(shown(&file, &recipe).unwrap().damaged.is_none());
        for percent in [50, 95] {
            assert!(shown(&file[..file.len() * percent / 100], &recipe).is_err());
        }
    }
}

#[test]
fn a_damaged_picture_is_never_copied() {
    // Smaller than any thumbnail of its size in better quality.
    let mut file = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut file, 40);
    encoder.encode(&even(96, 96), 96, 96, jpeg_encoder::ColorType::Rgb).unwrap();
    let mut output = Output::inside(500, 500);
    output.quality.jpeg = Quality::Set(100);
    let recipe = Recipe::of(vec![output]);
    let copied = shown(&file, &recipe).unwrap().thumbnails.remove(0).bytes;
    assert!(copied.len() <= file.len());
    let mut broken = file.clone();
    // No code consists only of ones.
    let middle = file.len() * 4 / 5;
    for pair in broken[middle..middle + 16].as_chunks_mut::<2>().0 {
        *pair = [0xFF, 0];
    }
    let made = shown(&broken, &recipe).unwrap();
    assert!(made.damaged.is_some());
    assert!(shown(&made.thumbnails[0].bytes, &recipe).unwrap().damaged.is_none());
}

#[test]
fn a_recipe_that_rejects_damage_is_written_as_before_there_was_a_choice() {
    let recipe = inside(9);
    let json = serde_json::to_value(&recipe).unwrap();
    let names: Vec<_> = json.as_object().unwrap().keys().collect();
    assert_eq!(names, ["outputs", "placeholders"]);
    let debug = format!("{recipe:?}");
    assert!(debug.starts_with("Recipe { outputs: [Output { width: 9,"), "{debug}");
    assert!(debug.ends_with("}], placeholders: false }"), "{debug}");
    let recipe = Recipe { on_damaged: OnDamaged::Show, ..recipe };
    assert_eq!(serde_json::to_value(&recipe).unwrap()["on_damaged"], "show");
    assert!(format!("{recipe:?}").ends_with("placeholders: false, on_damaged: Show }"));
}

#[test]
fn a_damaged_picture_takes_as_much_memory_as_a_whole_one() {
    for (name, file, head) in files_in_rows() {
        let recipe = Recipe { on_damaged: OnDamaged::Show, ..inside(50) };
        let needs = |file: &[u8]| Source::open(file, &recipe, &ROOMY).unwrap().memory();
        let (whole, cut) = (needs(&file), needs(&file[..head + (file.len() - head) / 2]));
        assert!(cut <= whole && cut > whole / 2, "{name}: {cut} of {whole}");
    }
}

#[test]
fn missing_pixels_are_grey_or_transparent() {
    let mut cases = 0;
    for (name, file, head) in files_in_rows() {
        let cut = &file[..head + (file.len() - head) / 2];
        for side in [50, 400] {
            let rendering = shown(cut, &inside(side)).unwrap();
            let made = pixels(&rendering.thumbnails[0]).to_rgba8();
            let last = *made.get_pixel(made.width() / 2, made.height() - 1);
            if name == "png with alpha" {
                assert_eq!(last.0[3], 0, "{name}");
            } else {
                let off = last.0.map(|sample| sample.abs_diff(128));
                assert!(
                    off[..3].iter().all(|&off| off <= 2) && last.0[3] == 255,
                    "{name} {last:?}"
                );
            }
            cases += 1;
        }
    }
    assert_eq!(cases, files_in_rows().len() * 2);
}

#[test]
fn a_progressive_jpeg_that_is_cut_shows_coarsely_what_its_first_scans_tell() {
    let picture = even(400, 320);
    let file = jpeg(&picture, true);
    let start = file.windows(2).position(|pair| pair == [0xFF, 0xDA]).unwrap();
    for side in [50, 180, 400] {
        let whole = pixels(&shown(&file, &inside(side)).unwrap().thumbnails[0]);
        let off = [30, 60, 90].map(|percent| {
            let cut = &file[..start + (file.len() - start) * percent / 100];
            difference(&left(cut, &inside(side)).into(), &whole.to_rgb8().into())
        });
        assert!(off[0] < 12.0 && off.is_sorted_by(|one, next| one >= next), "{side} {off:?}");
    }
}

#[test]
fn bytes_that_were_overwritten_leave_what_comes_before_them() {
    let (mut cases, mut damaged) = (0, 0);
    for (name, file, head) in files_in_rows() {
        let recipe = inside(200);
        let whole = pixels(&shown(&file, &recipe).unwrap().thumbnails[0]).to_rgb8();
        for at in [5, 6, 7] {
            let mut file = file.clone();
            let at = head + (file.len() - head) * at / 10;
            file[at..at + 24].fill(0xFF);
            let rendering = shown(&file, &recipe).unwrap();
            damaged += u32::from(rendering.damaged.is_some());
            let made = pixels(&rendering.thumbnails[0]).to_rgb8();
            let (alike, _) = rows(&made, &whole);
            assert!(alike >= 35, "{name} {at}: {alike}");
            cases += 1;
        }
    }
    // In samples that are not compressed, nothing is wrong, and some codes make sense by accident.
    assert!(damaged * 2 > cases, "{damaged} of {cases}");
}

#[test]
fn a_strip_that_is_broken_is_missing_alone() {
    let (file, head) = tiff(8, 32, deflated);
    let whole = pixels(&shown(&file, &inside(400)).unwrap().thumbnails[0]).to_rgb8();
    let mut broken = file.clone();
    // The header of the stream of the fourth of ten strips.
    let picture = even(400, 320);
    let strips = picture.as_raw().chunks(32 * 1200).map(|strip| deflated(strip).len());
    let at = head + strips.take(3).sum::<usize>();
    assert_eq!(broken[at], 0x78);
    broken[at] = 0;
    let made = left(&broken, &inside(400));
    for (y, row) in (0..).zip(made.rows()) {
        let is_missing = (96..128).contains(&y);
        let is_grey = row.clone().all(|pixel| pixel.0 == [128; 3]);
        assert_eq!(is_grey, is_missing, "{y}");
        assert!(is_missing || row.eq(whole.rows().nth(y).unwrap()), "{y}");
    }
}

/// The rows of an interlaced picture of eight bits, pass by pass (PNG, third edition, 8.1).
fn adam7(picture: &RgbImage) -> Vec<u8> {
    let passes =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2)];
    let mut rows = Vec::new();
    for (left, top, across, down) in passes.into_iter().chain([(0, 1, 1, 2)]) {
        for y in (top..picture.height()).step_by(down) {
            rows.push(0);
            for x in (left..picture.width()).step_by(across) {
                rows.extend(picture.get_pixel(x, y).0);
            }
        }
    }
    rows
}

#[test]
fn an_interlaced_png_shows_coarsely_what_its_first_passes_tell() {
    let picture = even(64, 64);
    let header = [&64_u32.to_be_bytes()[..], &64_u32.to_be_bytes(), &[8, 2, 0, 0, 1]].concat();
    let data = crate::pngs::chunk(*b"IDAT", &deflated(&adam7(&picture)));
    let header = crate::pngs::chunk(*b"IHDR", &header);
    let file = [b"\x89PNG\r\n\x1A\n", &header[..], &data].concat();
    let whole = DynamicImage::from(picture);
    assert!(difference(&pixels(&shown(&file, &inside(64)).unwrap().thumbnails[0]), &whole) < 0.1);
    let head = file.len() - data.len() + 8;
    let off = [10, 20, 40, 60, 90].map(|percent| {
        let cut = &file[..head + data.len() * percent / 100];
        difference(&left(cut, &inside(64)).into(), &whole)
    });
    assert!(off.is_sorted_by(|one, next| one > next), "{off:?}");
    assert!(off[0] < 25.0 && off[4] < 2.0, "{off:?}");
}

#[test]
fn a_png_whose_checksums_are_wrong_shows_unless_its_header_is_concerned() {
    let file = write(&DynamicImage::from(even(400, 320)), ImageFormat::Png);
    let chunks: Vec<usize> =
        file.windows(4).enumerate().filter(|(_, name)| name == b"IDAT").map(|(at, _)| at).collect();
    for side in [50, 400] {
        let whole = pixels(&shown(&file, &inside(side)).unwrap().thumbnails[0]).to_rgb8();
        let mut broken = file.clone();
        let at = chunks[0];
        let length = u32::from_be_bytes(*file[at - 4..].first_chunk().unwrap());
        broken[at + 4 + usize::try_from(length).unwrap()] ^= 1;
        assert!(left(&broken, &inside(side)) == whole);
        let mut broken = file.clone();
        broken[29] ^= 1;
        assert!(shown(&broken, &inside(side)).is_err());
    }
}

#[test]
fn the_rows_of_an_interlaced_gif_fill_the_gaps_between_them() {
    let shade = |y: usize| u8::try_from(y).unwrap();
    let order = [(0, 8), (4, 8), (2, 4), (1, 2)];
    let order = order.into_iter().flat_map(|(first, step)| (first..64).step_by(step));
    let palette: Vec<u8> = (0..64).flat_map(|shade: u8| [shade * 4; 3]).collect();
    let mut file = Vec::new();
    let mut encoder = gif::Encoder::new(&mut file, 64, 64, &palette).unwrap();
    let noise = |x: usize, y: usize| (x * 7 + y * 3) % 5 / 4;
    let pixels_of = |y: usize| (0..64).map(move |x| shade(y.saturating_sub(noise(x, y))));
    let rows: Vec<u8> = order.flat_map(pixels_of).collect();
    let mut frame = gif::Frame::from_indexed_pixels(64, 64, rows, None);
    frame.interlaced = true;
    encoder.write_frame(&frame).unwrap();
    drop(encoder);
    let whole = shown(&file, &inside(64)).unwrap();
    assert!(whole.damaged.is_none());
    let whole = pixels(&whole.thumbnails[0]);
    let head = 13 + 64 * 3;
    let off = [30, 60, 90].map(|percent| {
        let cut = &file[..head + (file.len() - head) * percent / 100];
        difference(&left(cut, &inside(64)).into(), &whole.to_rgb8().into())
    });
    assert!(off[0] < 16.0 && off[0] > off[1] && off[1] > off[2], "{off:?}");
}

#[test]
fn the_whole_frames_of_an_animation_are_kept() {
    use crate::animation::{apng, frames, gif};
    use thumbnail::EncodedFormat;
    let moving = |format| Output { animated: true, format, ..Output::inside(48, 48) };
    let webp = |file: &[u8]| {
        let recipe = Recipe::of(vec![moving(FormatChoice::WebPLossless)]);
        shown(file, &recipe).unwrap().thumbnails.remove(0).bytes
    };
    for (file, format) in [
        (gif(false, None), EncodedFormat::Gif),
        (apng(true), EncodedFormat::Png),
        (webp(&apng(true)), EncodedFormat::WebP),
    ] {
        let recipe = Recipe::of(vec![moving(FormatChoice::Source), Output::inside(20, 20)]);
        let whole = shown(&file, &recipe).unwrap();
        let all = frames(&whole.thumbnails[0].bytes, format);
        assert_eq!(all.len(), 4, "{format:?}");
        let mut counts = Vec::new();
        for length in file.len() / 3..=file.len() {
            let Ok(made) = shown(&file[..length], &recipe) else {
                assert!(length < file.len() / 2, "{format:?} {length}");
                continue;
            };
            if made.thumbnails[0].format != format {
                // One frame is not an animation.
                assert!(counts.is_empty(), "{format:?} {length}");
                continue;
            }
            let left = frames(&made.thumbnails[0].bytes, format);
            if left.is_empty() {
                // A PNG that is no animation.
                continue;
            }
            assert!(left.len() >= counts.last().copied().unwrap_or(0), "{format:?} {length}");
            assert_eq!(left, all[..left.len()], "{format:?} {length}");
            counts.push(left.len());
        }
        counts.dedup();
        assert_eq!(counts, [2, 3, 4], "{format:?}");
    }
}

#[test]
fn mutations_of_small_pictures_are_refused_or_shown() {
    let recipe = inside(24);
    let (mut cases, mut damaged) = (0, 0);
    let limits = thumbnail::Limits { max_pixels: 1 << 18 };
    let lenient = Recipe { on_damaged: OnDamaged::Show, ..recipe.clone() };
    for (name, file) in pictures::hostile::seeds() {
        for file in pictures::hostile::mutations(3, &file, 30) {
            match (render(&file, &recipe, &limits), render(&file, &lenient, &limits)) {
                (Ok(rendered), Ok(shown)) => assert_eq!(shown.thumbnails, rendered.thumbnails),
                (Err(_), Ok(shown)) => {
                    assert!(shown.damaged.is_some(), "{name}");
                    damaged += 1;
                }
                (refused, Err(outcome)) => {
                    let refusal = refused.err().map(|refusal| refusal.to_string());
                    assert_eq!(refusal, Some(outcome.to_string()), "{name}");
                }
            }
            cases += 1;
        }
    }
    assert!(damaged > 30 && cases > 2000, "{damaged} of {cases}");
}

#[test]
fn small_pngs_show_the_rows_before_what_is_corrupt() {
    let picture = even(60, 60);
    let file = write(&DynamicImage::from(picture.clone()), ImageFormat::Png);
    let whole = pixels(&shown(&file, &inside(60)).unwrap().thumbnails[0]).to_rgb8();
    for percent in [40, 60, 80] {
        let at = 41 + (file.len() - 41) * percent / 100;
        let mut broken = file.clone();
        broken[at..at + 40].fill(0xFF);
        for file in [&broken, &file[..at].to_vec()] {
            let (alike, _) = rows(&left(file, &inside(60)), &whole);
            let percent = u32::try_from(percent).unwrap();
            assert!(alike.abs_diff(percent) < 20, "{alike} of {percent}");
        }
    }
}
