//! Damaged pictures that a recipe wants shown: what is there shows, and the rest does not.

use image::{DynamicImage, ImageFormat, RgbImage};

use crate::{ROOMY, in_every_format, jpeg, pixels, smooth, write};
use thumbnail::{
    FormatChoice, OnDamaged, Output, Recipe, Rendering, Source, ThumbnailError, render,
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
            pixels.map(|(one, other)| u32::from(one.abs_diff(other))).max().unwrap()
        };
        (0..width).all(|x| off(x) <= 12)
    };
    let last = shown.get_pixel(0, height - 1);
    let is_blank = |&y: &u32| (0..width).all(|x| shown.get_pixel(x, y) == last);
    let percent = |rows: usize| u32::try_from(rows).unwrap() * 100 / height;
    let alike = percent((0..height).take_while(is_alike).count());
    (alike, percent((0..height).rev().take_while(is_blank).count()))
}

/// Files of one picture that come row by row, and how many bytes are before their pixels.
fn files_in_rows() -> Vec<(&'static str, Vec<u8>, usize)> {
    let picture = smooth(400, 320);
    let jpeg = jpeg(&picture, false);
    let jpeg_head = jpeg.windows(2).position(|pair| pair == [0xFF, 0xDA]).unwrap();
    vec![("jpeg", jpeg, jpeg_head)]
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
        for length in [head / 2, head, head + 12] {
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
fn a_damaged_picture_is_never_copied() {
    // Smaller than any thumbnail of it, but not whole.
    let file = write(&DynamicImage::from(RgbImage::new(300, 300)), ImageFormat::Png);
    let cut = &file[..file.len() - 30];
    let rendering = shown(cut, &Recipe::of(vec![Output::inside(500, 500)])).unwrap();
    assert!(rendering.damaged.is_some());
    assert_eq!(pixels(&rendering.thumbnails[0]).width(), 300);
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
