//! HEIC: every way to store samples, tiles, rotations, alpha and colours. What the container alone
//! decides is tested with AVIF, which has the same.

use image::{DynamicImage, Rgb, RgbImage, RgbaImage, imageops};
use pictures::heif::{self, Item};
use pictures::{
    Coding, Sampling, heic, hevc_item, logo, screen_hevc_item, tiled_heic, transparent_heic,
};

use crate::{ROOMY, difference, gradient, recipe, shown, smooth};
use thumbnail::{FormatChoice, ThumbnailError, render};

/// Whether colours are read at any resolution.
const IS_ALL_BUILT: bool = cfg!(feature = "heic-all");

/// The codings whose decoders share nothing but the container.
const CODINGS: &[Coding] = if IS_ALL_BUILT {
    &[Coding::PHOTO, Coding { sampling: Sampling::Half, depth: 10, ..Coding::PHOTO }]
} else {
    &[Coding::PHOTO]
};

fn file(items: &[Item]) -> Vec<u8> {
    heif::file(*b"heic", items)
}

fn refusal(file: &[u8]) -> ThumbnailError {
    render(file, &recipe(9, 9, FormatChoice::Source), &ROOMY).unwrap_err()
}

#[test]
fn every_depth_range_and_matrix_shows_the_same_picture() {
    let picture = smooth(72, 46);
    // With the weights of that matrix, and not those of the `image` crate.
    let grey = RgbImage::from_fn(72, 46, |x, y| {
        let [red, green, blue] = picture.get_pixel(x, y).0.map(f32::from);
        let luma = 0.299 * red + 0.587 * green + 0.114 * blue;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let luma = luma.round() as u8;
        Rgb([luma; 3])
    });
    let mut cases = 0;
    for depth in [8, 10, 12] {
        for is_full_range in [true, false] {
            for (sampling, matrix, expected) in [
                (Sampling::Grey, 6, &grey),
                (Sampling::Quarter, 1, &picture),
                (Sampling::Quarter, 6, &picture),
                (Sampling::Quarter, 9, &picture),
                (Sampling::Half, 1, &picture),
                (Sampling::Half, 6, &picture),
                (Sampling::Full, 0, &picture),
                (Sampling::Full, 9, &picture),
            ] {
                if !IS_ALL_BUILT && matches!(sampling, Sampling::Half | Sampling::Full) {
                    continue;
                }
                let coding = Coding { depth, sampling, is_full_range, matrix };
                let made = shown(&heic(&picture, coding));
                assert_eq!(made.color().has_color(), sampling != Sampling::Grey);
                let off = difference(&made, &expected.clone().into());
                assert!(off < 1.0, "{coding:?} is off by {off}");
                cases += 1;
            }
        }
    }
    assert_eq!(cases, if IS_ALL_BUILT { 48 } else { 24 });
}

#[cfg(not(feature = "heic-all"))]
#[test]
fn colours_at_a_higher_resolution_are_refused_as_not_supported() {
    let mut cases = 0;
    for sampling in [Sampling::Half, Sampling::Full] {
        let refusal = refusal(&heic(&smooth(64, 64), Coding { sampling, ..Coding::PHOTO }));
        assert_eq!(refusal.reason(), "unsupported", "{sampling:?}");
        cases += 1;
    }
    assert_eq!(cases, 2);
}

#[test]
fn opaqueness_comes_from_an_item_of_its_own() {
    let mut cases = 0;
    for coding in [Coding { depth: 10, ..Coding::PHOTO }].iter().chain(CODINGS) {
        let picture = logo(64);
        let made = shown(&transparent_heic(&picture, *coding));
        let alpha = |picture: &RgbaImage| {
            RgbImage::from_fn(64, 64, |x, y| Rgb([picture.get_pixel(x, y).0[3]; 3]))
        };
        let off = difference(&alpha(&made.to_rgba8()).into(), &alpha(&picture).into());
        assert!(off < 0.1, "{coding:?}: off by {off}");
        cases += 1;
    }
    assert_eq!(cases, 1 + CODINGS.len());
}

#[test]
fn odd_sides_are_those_that_the_container_tells() {
    let mut cases = 0;
    let grey = Coding { sampling: Sampling::Grey, ..Coding::PHOTO };
    for (width, height) in [(33, 21), (32, 21), (33, 20), (1, 1)] {
        let picture = smooth(width, height);
        for &coding in CODINGS.iter().chain([&grey]) {
            let sampling = coding.sampling;
            let made = shown(&heic(&picture, coding));
            assert_eq!((made.width(), made.height()), (width, height), "{sampling:?}");
            let expected = DynamicImage::from(picture.clone());
            let off = difference(&made, &expected);
            assert!(sampling == Sampling::Grey || off < 2.0, "{width} x {height} is off by {off}");
            cases += 1;
        }
    }
    assert_eq!(cases, 4 * (1 + CODINGS.len()));
}

#[test]
fn tiles_are_put_together_and_what_sticks_out_is_cut_off() {
    let picture = smooth(150, 130);
    for &coding in CODINGS {
        let made = shown(&tiled_heic(&picture, 64, coding));
        assert_eq!((made.width(), made.height()), (150, 130));
        let off = difference(&made, &picture.clone().into());
        assert!(off < 1.0, "{coding:?}: {off}");
    }
}

#[test]
fn pictures_are_turned_and_mirrored_as_the_container_tells_and_not_as_exif_does() {
    let picture = smooth(72, 40);
    let mut cases = 0;
    for angle in 0..4 {
        for mirror in [None, Some(0), Some(1)] {
            let mut stored = hevc_item(&picture, Coding::PHOTO);
            stored.properties.push((*b"irot", vec![angle]));
            let mut expected = match angle {
                0 => picture.clone(),
                1 => imageops::rotate270(&picture),
                2 => imageops::rotate180(&picture),
                _ => imageops::rotate90(&picture),
            };
            if let Some(axis) = mirror {
                stored.properties.push((*b"imir", vec![axis]));
                expected = match axis {
                    0 => imageops::flip_vertical(&expected),
                    _ => imageops::flip_horizontal(&expected),
                };
            }
            // Telephones write both, so software that applied both turned pictures twice.
            let exif = Item {
                kind: *b"Exif",
                data: b"\0\0\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
                    .to_vec(),
                properties: Vec::new(),
                references: vec![(*b"cdsc", vec![1])],
            };
            let off = difference(&shown(&file(&[stored, exif])), &expected.into());
            assert!(off < 1.0, "{angle} {mirror:?}: off by {off}");
            cases += 1;
        }
    }
    assert_eq!(cases, 12);
}

#[test]
fn colours_that_the_container_does_not_tell_are_those_of_the_data() {
    let picture = smooth(64, 64);
    let mut cases = 0;
    for is_full_range in [true, false] {
        for matrix in [1, 6, 9] {
            let mut stored = hevc_item(&picture, Coding { is_full_range, matrix, ..Coding::PHOTO });
            stored.properties.retain(|(kind, _)| kind != b"colr");
            let off = difference(&shown(&file(&[stored])), &picture.clone().into());
            assert!(off < 1.0, "{is_full_range} {matrix}: off by {off}");
            cases += 1;
        }
    }
    assert_eq!(cases, 6);
}

#[test]
fn a_profile_of_wide_colours_is_applied() {
    let picture = RgbImage::from_pixel(64, 64, Rgb([200, 100, 50]));
    let mut stored = hevc_item(&picture, Coding::PHOTO);
    let profile = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    stored.properties.push((*b"colr", [b"prof", profile.as_slice()].concat()));
    let Rgb(made) = *shown(&file(&[stored])).to_rgb8().get_pixel(30, 30);
    let off = made.iter().zip([215, 94, 34]).map(|(one, other)| one.abs_diff(other)).max();
    assert!(off <= Some(3), "{made:?}");
}

#[test]
fn no_part_of_a_file_from_its_start_is_taken_for_the_whole() {
    let mut cases = 0;
    for whole in
        [heic(&gradient(40, 30), Coding::PHOTO), tiled_heic(&gradient(90, 70), 64, Coding::PHOTO)]
    {
        for length in (12..whole.len()).filter(|length| length % 11 == 0 || *length < 1500) {
            let refusal = refusal(&whole[..length]);
            assert_eq!(refusal.reason(), "truncated", "cut to {length}: {refusal:?}");
            cases += 1;
        }
    }
    assert!(cases > 3000, "{cases}");
}

#[test]
fn data_that_ends_too_early_is_refused() {
    let mut cases = 0;
    for &coding in CODINGS {
        let mut stored = hevc_item(&gradient(64, 64), coding);
        while stored.data.len() > 200 {
            stored.data.truncate(stored.data.len() - 97);
            let length = u32::try_from(stored.data.len() - 4).unwrap();
            stored.data[..4].copy_from_slice(&length.to_be_bytes());
            assert_eq!(refusal(&file(&[stored.clone()])).reason(), "undecodable", "{coding:?}");
            cases += 1;
        }
    }
    assert!(cases > 50, "{cases}");
}

#[test]
fn what_cannot_be_decoded_is_refused_for_what_it_is() {
    let told = |file: &[u8]| {
        let refusal = refusal(file);
        let cause = std::error::Error::source(&refusal).map(ToString::to_string);
        (refusal.reason(), cause.unwrap_or_default())
    };
    let mut stored = hevc_item(&gradient(64, 64), Coding::PHOTO);
    stored.kind = *b"jpeg";
    let (reason, cause) = told(&file(&[stored]));
    assert_eq!((reason, cause.as_str()), ("unsupported", "its picture is of the kind \"jpeg\""));

    // Tools that the decoder of finer colours would take very long with.
    for &coding in CODINGS.iter().skip(1) {
        let stored = screen_hevc_item(&gradient(64, 64), coding);
        let (reason, cause) = told(&file(&[stored]));
        assert_eq!(reason, "unsupported", "{cause}");
        assert!(cause.contains("screen"), "{cause}");
    }

    // A picture that refers to another one, as in a video.
    for &coding in CODINGS {
        let mut stored = hevc_item(&gradient(64, 64), coding);
        stored.data[4] = 1 << 1;
        let (reason, cause) = told(&file(&[stored]));
        assert_eq!(reason, "unsupported");
        assert!(cause.contains("inter prediction"), "{cause}");
    }

    let video = [heif::boxed(*b"ftyp", &[b"hevc\0\0\0\0"]), heif::boxed(*b"moov", &[&[0; 64]])];
    let (reason, cause) = told(&video.concat());
    assert_eq!((reason, cause.as_str()), ("unsupported", "it is a video, without a still picture"));
}

#[test]
fn sizes_that_do_not_agree_are_refused() {
    let mut cases = 0;
    for &coding in CODINGS {
        for (width, height) in [(64, 48), (48, 64), (65, 64), (128, 128), (1, 1)] {
            let mut stored = hevc_item(&smooth(64, 64), coding);
            stored.properties.retain(|(kind, _)| kind != b"ispe");
            stored.properties.push(heif::size(width, height));
            assert_eq!(refusal(&file(&[stored])).reason(), "undecodable", "{width} x {height}");
            cases += 1;
        }
    }
    assert_eq!(cases, 5 * CODINGS.len());
}

#[test]
fn of_several_pictures_in_one_the_first_is_shown() {
    let (picture, other) = (smooth(64, 64), gradient(64, 64));
    for &coding in CODINGS.iter().skip(1) {
        let mut stored = hevc_item(&picture, coding);
        for _ in 0..100 {
            stored.data.extend(hevc_item(&other, coding).data);
        }
        assert_eq!(shown(&file(&[stored])), shown(&heic(&picture, coding)), "{coding:?}");
    }
}

#[test]
fn slices_are_limited_by_how_much_they_may_cover() {
    let mut cases = 0;
    for &coding in CODINGS {
        for (side, most) in [(64, 2000), (1024, 1024), (2048, 256)] {
            let refusal = |count| {
                let mut stored = hevc_item(&RgbImage::new(side, side), coding);
                stored.data = b"\0\0\0\x03\x28\x01\x80".repeat(count);
                refusal(&file(&[stored])).reason()
            };
            assert_eq!(refusal(most + 1), "too_many_parts", "{side}");
            assert_eq!(refusal(most), "undecodable", "{side}");
            cases += 1;
        }
    }
    assert_eq!(cases, 3 * CODINGS.len());
}
