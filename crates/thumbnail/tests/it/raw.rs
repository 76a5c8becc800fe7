//! Cameras' raw files: the largest preview is shown, turned as the file says.

use image::{RgbImage, imageops};
use pictures::raw::{Directory, Value, cr2, cr3, dng, nef, orf, pef, raf, rw2, tree};
use pictures::{exif_block, with_exif};

use crate::{ROOMY, difference, gradient, jpeg, pixels, recipe, smooth};
use thumbnail::{FormatChoice, Rendering, SourceFormat, ThumbnailError, render};

fn rendered(file: &[u8]) -> Result<Rendering, ThumbnailError> {
    render(file, &recipe(500, 500, FormatChoice::Png), &ROOMY)
}

/// Checks that a raw file shows `expected`.
fn check(name: &str, file: &[u8], expected: &RgbImage) {
    let rendering = rendered(file).unwrap_or_else(|error| panic!("{name}: {error:?}"));
    assert_eq!(rendering.source_format, SourceFormat::Raw, "{name}");
    let off = difference(&pixels(&rendering.thumbnails[0]), &expected.clone().into());
    assert!(off < 2.0, "{name} is off by {off}");
}

#[test]
fn the_largest_preview_is_shown_turned_as_the_file_says() {
    let stored = smooth(120, 80);
    let large = jpeg(&stored, false);
    let small = jpeg(&gradient(40, 24), false);
    let mut cases = 0;
    for (orientation, expected) in
        [(1, stored.clone()), (6, imageops::rotate90(&stored)), (3, imageops::rotate180(&stored))]
    {
        let previews = [small.clone(), large.clone(), small.clone()];
        for (name, file) in [
            ("dng", dng(&previews, orientation, false)),
            ("dng with the highest byte first", dng(&previews, orientation, true)),
            ("cr2", cr2(&large, &small, orientation)),
            ("cr3", cr3([&small, &small, &large], orientation)),
            ("cr3 without a large one", cr3([&small, &large, &[]], orientation)),
            ("nef", nef(&large, orientation)),
            ("pef", pef(&large, orientation)),
            ("rw2", rw2(&large, orientation)),
            ("orf", orf(&large, orientation)),
        ] {
            check(&format!("{name}, orientation {orientation}"), &file, &expected);
            cases += 1;
        }
    }
    assert_eq!(cases, 3 * 9);
}

#[test]
fn a_preview_turns_itself_if_the_file_does_not_say_how() {
    let stored = smooth(120, 80);
    let preview = with_exif(&jpeg(&stored, true), &exif_block(8, &[]));
    check("raf", &raf(&preview), &imageops::rotate270(&stored));
    // Otherwise the file counts, as cameras write both.
    check("rw2", &rw2(&preview, 6), &imageops::rotate90(&stored));
}

#[test]
fn a_raw_file_without_a_preview_is_refused_as_such_or_shown_as_the_tiff_that_it_is() {
    let mut cases = 0;
    for (name, file) in [
        ("raf", raf(b"no picture")),
        ("rw2", rw2(b"no picture", 1)),
        ("pef", pef(b"no picture", 1)),
        ("orf", orf(b"no picture", 1)),
        ("cr3", cr3([b"no picture that is long enough for a header"; 3], 1)),
    ] {
        let refusal = rendered(&file).unwrap_err();
        let cause = std::error::Error::source(&refusal).map(ToString::to_string);
        assert_eq!(refusal.reason(), "unsupported", "{name}");
        assert!(cause.is_some_and(|cause| cause.contains("without a preview")), "{name}");
        cases += 1;
    }
    assert_eq!(cases, 5);
    let rendering = rendered(&dng(&[], 1, false)).unwrap();
    assert_eq!((rendering.source_width, rendering.source_height), (4, 4));
}

#[test]
fn a_compression_that_only_cameras_have_tells_a_raw_file() {
    let stored = smooth(120, 80);
    let preview = jpeg(&stored, false);
    let length = u32::try_from(preview.len()).unwrap();
    let short = |tag, value| (tag, Value::Short(vec![value]));
    let samples = Directory(vec![short(256, 8), short(257, 8), short(259, 34_713)]);
    let first = Directory(vec![
        short(259, 6),
        (330, Value::Directories(vec![samples])),
        (513, Value::Place(preview)),
        (514, Value::Long(vec![length])),
    ]);
    check("nef", &tree(*b"MM\0*", &[first]), &stored);
}

#[test]
fn a_tiff_file_is_not_taken_for_a_raw_file_because_of_a_small_picture_in_it() {
    let small = jpeg(&gradient(40, 24), false);
    let length = u32::try_from(small.len()).unwrap();
    let preview = Directory(vec![
        (259, Value::Short(vec![6])),
        (513, Value::Place(small)),
        (514, Value::Long(vec![length])),
    ]);
    let short = |tag, value| (tag, Value::Short(vec![value]));
    let page = Directory(vec![
        short(256, 60),
        short(257, 50),
        short(258, 8),
        short(259, 1),
        short(262, 1),
        (273, Value::Place(vec![99; 3000])),
        short(277, 1),
        short(278, 50),
        (279, Value::Long(vec![3000])),
        (330, Value::Directories(vec![preview.clone()])),
    ]);
    let rendering = rendered(&tree(*b"II*\0", &[page, preview])).unwrap();
    assert_eq!(rendering.source_format, SourceFormat::Tiff);
    assert_eq!((rendering.source_width, rendering.source_height), (60, 50));
}

#[test]
fn a_file_that_is_cut_off_is_truncated() {
    let large = jpeg(&smooth(120, 80), false);
    let mut cases = 0;
    for (name, file, end) in [
        // Samples follow the preview.
        ("raf", raf(&large), 99),
        ("rw2", rw2(&large, 1), 0),
        ("pef", pef(&large, 1), 12),
        ("orf", orf(&large, 1), 4),
        ("cr3", cr3([&large, &[], &[]], 1), 0),
    ] {
        for part in 1..8 {
            let length = (file.len() - end) * part / 8;
            let refusal = rendered(&file[..length]).map(|_| ()).unwrap_err();
            assert_eq!(refusal.reason(), "truncated", "{name}: {length} of {}", file.len());
            cases += 1;
        }
    }
    assert_eq!(cases, 5 * 7);
}

#[test]
fn directories_that_refer_to_each_other_are_each_read_once() {
    let stored = smooth(120, 80);
    let file = dng(&[jpeg(&stored, false)], 1, false);
    // What follows the last directory is the first again.
    let first = u32::from_le_bytes(file[4..8].try_into().unwrap()) as usize;
    let count = usize::from(u16::from_le_bytes(file[first..first + 2].try_into().unwrap()));
    let mut looped = file.clone();
    let start = file[4..8].to_vec();
    looped[first + 2 + count * 12..][..4].copy_from_slice(&start);
    check("looped", &looped, &stored);
}
