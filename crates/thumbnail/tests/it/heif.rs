//! What AVIF and HEIC containers say of their items: layers, alpha planes of tiles, tiles that are
//! shown again, and films without a still picture.

use image::{Rgb, RgbImage, RgbaImage, imageops};
use pictures::heif::{self, Item};
use pictures::{Coding, Sampling, avif, heic, hevc_item, item, layered_av1, logo};

use crate::{ROOMY, difference, gradient, recipe, shown, smooth};
use thumbnail::{FormatChoice, ThumbnailError, render};

const FULL: Coding = Coding { sampling: Sampling::Full, ..Coding::PHOTO };

fn file(items: &[Item]) -> Vec<u8> {
    heif::file(*b"avif", items)
}

fn refusal(file: &[u8]) -> ThumbnailError {
    render(file, &recipe(9, 9, FormatChoice::Source), &ROOMY).unwrap_err()
}

fn grid((columns, rows): (u8, u8), (width, height): (u16, u16), of: Vec<u16>) -> Item {
    Item {
        kind: *b"grid",
        data: heif::grid(columns, rows, width, height),
        properties: vec![heif::size(width.into(), height.into())],
        references: vec![(*b"dimg", of)],
    }
}

/// The alpha plane of `picture`, as grey.
fn opaqueness(picture: &RgbaImage) -> RgbImage {
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        Rgb([picture.get_pixel(x, y).0[3]; 3])
    })
}

/// An item that is the alpha plane of item `of`.
fn alpha_item(alpha: &RgbImage, of: u16) -> Item {
    let mut stored = item(alpha, Coding::ALPHA);
    stored.properties = vec![heif::size(alpha.width(), alpha.height()), heif::alpha()];
    stored.references = vec![(*b"auxl", vec![of])];
    stored
}

#[test]
fn the_layer_is_shown_that_the_container_selects() {
    let colors = [[200, 40, 30], [30, 170, 60], [20, 60, 220]];
    let layers = colors.map(|color| RgbImage::from_pixel(64, 64, Rgb(color)));
    let mut stored = item(&layers[0], FULL);
    stored.data = layered_av1(&layers, FULL);
    let mut cases = 0;
    for (selected, expected) in [(0_u16, 0), (1, 1), (2, 2), (0xFFFF, 2)] {
        let mut stored = stored.clone();
        stored.properties.push((*b"lsel", selected.to_be_bytes().to_vec()));
        // Where layers lie is told as well, and need not be heeded.
        stored.properties.push((*b"a1lx", vec![0, 0, 9, 0, 9, 0, 0]));
        let Rgb(made) = *shown(&file(&[stored])).to_rgb8().get_pixel(30, 30);
        let off = made.iter().zip(colors[expected]).map(|(one, other)| one.abs_diff(other)).max();
        assert!(off <= Some(2), "layer {selected}: {made:?}");
        cases += 1;
    }
    assert_eq!(cases, 4);
}

#[test]
fn tiles_may_each_have_their_own_alpha_plane() {
    let picture = imageops::resize(&logo(128), 128, 64, imageops::Triangle);
    let tile = |left| imageops::crop_imm(&picture, left, 0, 64, 64).to_image();
    let colors = |tile: &RgbaImage| {
        RgbImage::from_fn(64, 64, |x, y| {
            let [red, green, blue, _] = tile.get_pixel(x, y).0;
            Rgb([red, green, blue])
        })
    };
    let tiles = [tile(0), tile(64)];
    let mut items = vec![grid((2, 1), (128, 64), vec![2, 3])];
    items.extend(tiles.iter().map(|tile| item(&colors(tile), FULL)));
    items.extend((2..).zip(&tiles).map(|(of, tile)| alpha_item(&opaqueness(tile), of)));
    let off = |items: &[Item]| {
        let made = shown(&file(items)).to_rgba8();
        difference(&opaqueness(&made).into(), &opaqueness(&picture).into())
    };
    assert!(off(&items) < 2.0, "{}", off(&items));
    // Neither need they tell their size.
    items[4].properties.remove(0);
    assert!(off(&items) < 2.0, "{}", off(&items));
    // A plane for some tiles alone is none.
    items.pop();
    assert!(shown(&file(&items)).to_rgba8().pixels().all(|pixel| pixel.0[3] == 255));
}

#[test]
fn an_alpha_plane_that_does_not_tell_its_size_has_the_pictures() {
    let picture = logo(64);
    let mut alpha = alpha_item(&opaqueness(&picture), 1);
    alpha.properties.retain(|(kind, _)| kind != b"ispe");
    let made = shown(&file(&[item(&gradient(64, 64), FULL), alpha.clone()])).to_rgba8();
    let off = difference(&opaqueness(&made).into(), &opaqueness(&picture).into());
    assert!(off < 2.0, "{off}");
    // If it has not, it makes no sense.
    let refusal = refusal(&file(&[item(&gradient(80, 64), FULL), alpha]));
    assert_eq!(refusal.reason(), "undecodable");
}

#[test]
fn a_tile_may_be_shown_more_than_once() {
    let tile = smooth(64, 80);
    let whole = RgbImage::from_fn(190, 160, |x, y| *tile.get_pixel(x % 64, y % 80));
    let once = file(&[grid((3, 2), (190, 160), vec![2; 6]), item(&tile, FULL)]);
    let off = difference(&shown(&once), &whole.into());
    assert!(off < 2.0, "{off}");
    // As long as that does not take very much more data than such a picture has.
    let mut long = item(&tile, FULL);
    long.data = [&[0x7A, 0x80, 0x80, 0x08][..], &vec![0; 0x2_0000], &long.data].concat();
    let refusal = refusal(&file(&[grid((3, 2), (190, 160), vec![2; 6]), long]));
    assert_eq!(refusal.reason(), "too_many_parts");
}

#[test]
fn tiles_may_each_be_in_pieces() {
    let picture = smooth(128, 64);
    let tile =
        |left| item(&imageops::crop_imm(&picture, left, 0, 64, 64).to_image(), Coding::PHOTO);
    let items = [grid((2, 1), (128, 64), vec![2, 3]), tile(0), tile(64)];
    assert_eq!(shown(&heif::file_in_pieces(*b"avif", &items, 3)), shown(&file(&items)));
}

#[test]
fn matrices_follow_from_primaries() {
    let picture = smooth(64, 64);
    let mut cases = 0;
    for (matrix, primaries, derived) in [(1, 1, 12), (9, 9, 12), (1, 2, 12), (10, 9, 13)] {
        let stored = item(&picture, Coding { matrix, ..FULL });
        let [told, derived] = [matrix, derived].map(|matrix| {
            let mut stored = stored.clone();
            stored.properties = vec![heif::size(64, 64), heif::colors(primaries, 13, matrix, true)];
            shown(&file(&[stored]))
        });
        let off = difference(&told, &derived);
        assert!(off < 0.2, "primaries {primaries}: {off}");
        cases += 1;
    }
    assert_eq!(cases, 4);
}

#[test]
fn of_a_film_the_first_frame_is_shown() {
    let picture = smooth(72, 46);
    let track = |item: Item| Item {
        properties: item.properties.into_iter().filter(|(kind, _)| kind != b"colr").collect(),
        ..item
    };
    let film = heif::film(*b"avis", &[item(&picture, FULL)]);
    assert_eq!(shown(&film), shown(&avif(&picture, FULL)));
    let film = heif::film(*b"hevc", &[track(hevc_item(&picture, Coding::PHOTO))]);
    assert_eq!(shown(&film), shown(&heic(&picture, Coding::PHOTO)));

    // The alpha plane has a track of its own.
    let picture = logo(64);
    let mut alpha = alpha_item(&opaqueness(&picture), 2);
    for (kind, _) in &mut alpha.properties {
        if kind == b"auxC" {
            *kind = *b"auxi";
        }
    }
    let film = heif::film(*b"avis", &[alpha, item(&gradient(64, 64), FULL)]);
    let made = shown(&film).to_rgba8();
    let off = difference(&opaqueness(&made).into(), &opaqueness(&picture).into());
    assert!(off < 2.0, "{off}");
}

#[test]
fn a_still_picture_counts_for_more_than_a_film_and_a_film_for_more_than_no_picture() {
    let (still, frame) = (smooth(64, 64), gradient(64, 64));
    let film = heif::film(*b"avis", &[item(&frame, FULL)]);
    let expected = shown(&film);
    // The file of the film, with a `meta` box without a primary item between its boxes.
    let meta = heif::boxed(*b"meta", &[&[0; 4], &heif::boxed(*b"free", &[])]);
    let at = 24;
    assert_eq!(&film[at + 4..at + 8], b"moov");
    let mut with_meta = film.clone();
    with_meta.splice(at..at, meta.iter().copied());
    let offset = with_meta.windows(4).position(|at| at == b"stco").unwrap() + 12;
    let place = u32::from_be_bytes(with_meta[offset..offset + 4].try_into().unwrap());
    let place = place + u32::try_from(meta.len()).unwrap();
    with_meta[offset..offset + 4].copy_from_slice(&place.to_be_bytes());
    assert_eq!(shown(&with_meta), expected);

    let both = [avif(&still, FULL), film[at..].to_vec()].concat();
    assert_eq!(shown(&both), shown(&avif(&still, FULL)));
}

#[test]
fn a_film_that_is_cut_off_is_truncated_and_one_of_nothing_is_refused() {
    let film = heif::film(*b"avis", &[item(&smooth(64, 64), FULL)]);
    let start = film.windows(4).position(|at| at == b"mdat").unwrap();
    for length in (12..film.len()).step_by(13) {
        let refusal = refusal(&film[..length]);
        assert_eq!(refusal.reason(), "truncated", "cut to {length} of {start}: {refusal:?}");
    }
    let alpha = Item { references: vec![(*b"auxl", vec![9])], ..item(&smooth(64, 64), FULL) };
    assert_eq!(refusal(&heif::film(*b"avis", &[alpha])).reason(), "unsupported");
    let mut nothing = item(&smooth(64, 64), FULL);
    nothing.data.clear();
    assert_eq!(refusal(&heif::film(*b"avis", &[nothing])).reason(), "unsupported");
}
