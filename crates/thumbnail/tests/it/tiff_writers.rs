//! TIFF: what writers do that the specification does not foresee.

use image::RgbImage;
use pictures::{Order, tiff};

use crate::gradient;
use crate::tiff::{check, deflated, reason};
use crate::tiff_codings::{Code, HEIGHT, WIDTH, entries, lzw, strips};

#[test]
fn wrong_lengths_of_strips_do_not_matter_if_their_data_is_there() {
    let picture = gradient(WIDTH, HEIGHT);
    let codings: [(u64, Code); 3] = [(1, <[u8]>::to_vec), (5, lzw), (8, deflated)];
    for (compression, code) in codings {
        for length in [0, 1_000_000] {
            let number = [compression];
            let lengths = [length; 3];
            // Of two entries for the lengths, the first counts.
            let own: [(u16, &[u64]); 2] = [(259, &number), (279, &lengths)];
            let pieces = strips(&picture, code);
            let file = tiff(Order::default(), &entries(&own, &[8]), &pieces);
            check(&format!("{compression}, {length}"), &file, &picture.clone().into(), 0.0);
            let offsets = [8, 9, 1_000_000];
            let own: [(u16, &[u64]); 3] = [(259, &number), (273, &offsets), (279, &lengths)];
            let file = tiff(Order::default(), &entries(&own, &[8]), &pieces);
            let reason = reason(&file);
            assert!(["truncated", "undecodable"].contains(&reason), "{compression}: {reason}");
        }
    }
}

#[test]
fn of_two_entries_the_first_counts_and_of_directories_too() {
    let picture = gradient(WIDTH, HEIGHT);
    let pieces = strips(&picture, <[u8]>::to_vec);
    let mut own = entries(&[], &[8]);
    own.extend([(256, &[99][..]), (262, &[0]), (270, &[65, 0]), (270, &[66, 0])]);
    let mut file = tiff(Order::default(), &own, &pieces);
    // The next directory is this one.
    let at = file[4..8].to_vec();
    let directory = u32::from_le_bytes(at.clone().try_into().unwrap()) as usize;
    let next = directory + 2 + 12 * usize::from(file[directory]);
    file[next..next + 4].copy_from_slice(&at);
    check("twice", &file, &picture.into(), 0.0);
}

#[test]
fn tiles_may_be_under_the_tags_of_strips() {
    let picture = gradient(WIDTH, HEIGHT);
    let pieces: Vec<Vec<u8>> = (0..HEIGHT)
        .step_by(16)
        .flat_map(|top| (0..WIDTH).step_by(16).map(move |left| (left, top)))
        .map(|(left, top)| {
            let pixels = (0..256).map(|at| (left + at % 16, top + at / 16));
            pixels
                .flat_map(|(x, y)| picture.get_pixel_checked(x, y).map_or([9; 3], |pixel| pixel.0))
                .collect()
        })
        .collect();
    let mut file = tiff(Order::default(), &entries(&[(322, &[16]), (323, &[16])], &[8]), &pieces);
    for (of_tiles, of_strips) in [(324_u16, 273_u16), (325, 279)] {
        let entry = [of_tiles.to_le_bytes(), [4, 0]].concat();
        let at = file.windows(4).rposition(|bytes| bytes == entry).unwrap();
        file[at..at + 2].copy_from_slice(&of_strips.to_le_bytes());
    }
    check("tiles", &file, &picture.into(), 0.0);
}

#[test]
fn entries_that_are_missing_follow_from_others() {
    let picture = gradient(WIDTH, HEIGHT);
    let pieces = strips(&picture, <[u8]>::to_vec);
    let without = |missing: &[u16]| {
        let mut own = entries(&[], &[8]);
        own.retain(|(tag, _)| !missing.contains(tag));
        tiff(Order::default(), &own, &pieces)
    };
    // What the samples mean, and how many there are.
    for missing in [&[262][..], &[277], &[262, 277]] {
        check(&format!("without {missing:?}"), &without(missing), &picture.clone().into(), 0.0);
    }
    for missing in [256, 257] {
        assert_eq!(reason(&without(&[missing])), "undecodable", "without {missing}");
    }
}

#[test]
fn tiles_that_are_left_out_are_blank() {
    let own: [(u16, &[u64]); 2] = [(273, &[0, 0, 0]), (279, &[0, 0, 0])];
    let file = tiff(Order::default(), &entries(&own, &[8]), &[vec![1], vec![1], vec![1]]);
    check("blank", &file, &RgbImage::new(WIDTH, HEIGHT).into(), 0.0);
}
