//! What is decoded of damaged files: all of the picture that is there, and grey for the rest.

use crate::{Writing, difference, find, ours};
use scaled_jpeg::{Decoder, Detail, Error, Scale};

const WIDTH: usize = 96;
const HEIGHT: usize = 112;

/// Every kind of coding, in MCUs of 16 x 16 pixels.
fn kinds() -> [Writing; 4] {
    let plain = Writing::of(96, 112);
    [
        plain,
        Writing { is_progressive: true, ..plain },
        Writing { is_split: true, ..plain },
        Writing { restart_interval: 2, ..plain },
    ]
}

/// The pixels of a damaged file.
fn left(file: &[u8], scale: Scale, detail: Detail) -> Result<Vec<u8>, Error> {
    let decoder = Decoder::of_damaged(file)?;
    let mut pixels = Vec::new();
    decoder.decode(scale, detail, |row| pixels.extend_from_slice(row))?;
    let side = |pixels| scale.side(pixels) as usize;
    let count = side(decoder.width()) * side(decoder.height()) * decoder.color().channels();
    assert_eq!(pixels.len(), count);
    Ok(pixels)
}

/// Where coded data begin.
fn data(file: &[u8]) -> usize {
    let scan = find(file, 0xDA);
    scan + 2 + usize::from(file[scan + 3])
}

/// How many rows of pixels two pictures have in common, from the top.
fn rows_alike(one: &[u8], other: &[u8], row: usize) -> usize {
    one.chunks(row).zip(other.chunks(row)).take_while(|(one, other)| one == other).count()
}

#[test]
fn a_sound_file_is_decoded_as_ever() {
    for writing in kinds() {
        let file = writing.write();
        for scale in Scale::ALL {
            for detail in [Detail::Full, Detail::Coarse] {
                assert_eq!(left(&file, scale, detail), ours(&file, scale, detail), "{writing:?}");
            }
        }
    }
}

#[test]
fn a_cut_sequential_file_shows_its_rows_and_then_grey() {
    let mut cases = 0;
    for writing in kinds().into_iter().filter(|kind| !kind.is_progressive && !kind.is_split) {
        let file = writing.write();
        let start = data(&file);
        for percent in [25, 50, 75, 95] {
            let cut = &file[..start + (file.len() - start) * percent / 100];
            for scale in [Scale::Eighth, Scale::ThreeEighths, Scale::Half, Scale::Full] {
                let (shown, whole) =
                    (left(cut, scale, Detail::Full).unwrap(), ours(&file, scale, Detail::Full));
                let eighths = scale.eighths() as usize;
                let (row, rows) = (WIDTH * eighths / 8 * 3, HEIGHT * eighths / 8);
                let alike = rows_alike(&shown, &whole.unwrap(), row);
                // The data are spread evenly, within two rows of MCUs.
                let there = rows * percent / 100;
                let margin = 32 * eighths / 8;
                assert!(alike.abs_diff(there) <= margin, "{percent} {scale:?} {alike} of {rows}");
                let grey = shown.chunks(row).rev().take_while(|row| row.iter().all(|&s| s == 128));
                let grey = grey.count();
                assert!(grey + alike + margin >= rows, "{percent} {scale:?} {grey} of {rows}");
                assert!(percent == 95 || grey > 0, "{percent} {scale:?}");
                cases += 1;
            }
        }
    }
    assert_eq!(cases, 2 * 4 * 4);
}

#[test]
fn hardly_a_sample_is_made_up() {
    let file = kinds()[0].write();
    let whole = Decoder::new(&file).unwrap().decode_planes(Scale::Full).unwrap();
    let start = data(&file);
    for length in (start + (file.len() - start) / 4..file.len() - 2).step_by(5) {
        let shown = Decoder::of_damaged(&file[..length]).unwrap();
        let shown = shown.decode_planes(Scale::Full).unwrap();
        for (component, mcu) in [(0, 256), (1, 64)] {
            let pairs = shown[component].samples.iter().zip(&whole[component].samples);
            let made_up = pairs.filter(|(one, other)| one != other && **one != 128).count();
            // The MCU in which the data end, and one after it.
            assert!(made_up <= 2 * mcu, "{length}: {made_up}");
        }
    }
}

#[test]
fn planes_end_in_grey_too() {
    let file = kinds()[0].write();
    let cut = &file[..data(&file) + (file.len() - data(&file)) / 2];
    for scale in Scale::ALL {
        let whole = Decoder::new(&file).unwrap().decode_planes(scale).unwrap();
        let shown = Decoder::of_damaged(cut).unwrap().decode_planes(scale).unwrap();
        assert_eq!(shown.len(), 3);
        for (shown, whole) in shown.iter().zip(&whole) {
            assert_eq!(shown.samples.len(), whole.samples.len());
            let alike = rows_alike(&shown.samples, &whole.samples, shown.width);
            assert!(alike * 100 / shown.height >= 28, "{scale:?} {alike} of {}", shown.height);
            assert!(shown.samples.iter().rev().take(shown.width).all(|&sample| sample == 128));
        }
    }
}

#[test]
fn the_earlier_scans_of_a_progressive_file_show_all_of_it() {
    let file = kinds()[1].write();
    let whole = ours(&file, Scale::Full, Detail::Full).unwrap();
    let start = data(&file);
    let off = |percent: usize| {
        let cut = &file[..start + (file.len() - start) * percent / 100];
        difference(&left(cut, Scale::Full, Detail::Full).unwrap(), &whole).1
    };
    let off = [20, 40, 60, 80, 99].map(off);
    assert!(off.is_sorted_by(|one, next| one > next), "{off:?}");
    // With the means of all blocks.
    assert!(off[0] < 30.0 && off[4] < 2.0, "{off:?}");
}

#[test]
fn luma_shows_though_chroma_is_missing() {
    let file = kinds()[2].write();
    let scans: Vec<usize> =
        (0..file.len() - 1).filter(|&at| file[at..at + 2] == [0xFF, 0xDA]).collect();
    assert_eq!(scans.len(), 3);
    for cut in [scans[1], scans[1] + 2, scans[2] + 5] {
        let shown = left(&file[..cut], Scale::Full, Detail::Full).unwrap();
        let planes = Decoder::of_damaged(&file[..cut]).unwrap().decode_planes(Scale::Full).unwrap();
        let whole = Decoder::new(&file).unwrap().decode_planes(Scale::Full).unwrap();
        assert_eq!(planes[0].samples, whole[0].samples);
        assert!(planes[2].samples.iter().all(|&sample| sample == 128));
        assert!(shown.iter().any(|&sample| sample > 150));
    }
}

#[test]
fn what_follows_a_restart_marker_shows_again() {
    let file = Writing { restart_interval: 2, ..Writing::of(96, 112) }.write();
    let markers: Vec<usize> = (data(&file)..file.len() - 1)
        .filter(|&at| file[at] == 0xFF && (0xD0..=0xD7).contains(&file[at + 1]))
        .collect();
    assert_eq!(markers.len(), 20);
    let broken = |at: usize| {
        let mut file = file.clone();
        // No code consists only of ones.
        file[at + 2..at + 10].copy_from_slice(&[0xFF, 0, 0xFF, 0, 0xFF, 0, 0xFF, 0]);
        file
    };
    let lost = |number: usize| {
        let marker = markers[number];
        [&file[..marker], &file[markers[number + 1]..]].concat()
    };
    let late = |number: usize| {
        let mut file = broken(markers[number]);
        file.splice(markers[number + 1]..markers[number + 1], [0xFF, 0xC0 - 1]);
        file
    };
    for scale in [Scale::Eighth, Scale::Half, Scale::Full] {
        let whole = Decoder::new(&file).unwrap().decode_planes(scale).unwrap();
        for (number, &marker) in markers.iter().enumerate().take(18).skip(2) {
            for (what, file) in [
                ("broken", broken(marker)),
                ("lost", lost(number)),
                ("with a marker of no meaning", late(number)),
            ] {
                let outcome = Decoder::new(&file).unwrap().decode_planes(scale);
                assert!(outcome.is_err(), "{what} {number}");
                let shown = Decoder::of_damaged(&file).unwrap().decode_planes(scale).unwrap();
                let side = scale.eighths() as usize * 2;
                let (mut off, width) = (0, shown[0].width);
                for mcu in 0..42 {
                    let (x, y) = (mcu % 6 * side, mcu / 6 * side);
                    let of = |samples: &[u8]| -> Vec<u8> {
                        let rows = samples.chunks(width).skip(y).take(side);
                        rows.flat_map(|row| row[x..x + side].to_vec()).collect()
                    };
                    let (one, other) = (of(&shown[0].samples), of(&whole[0].samples));
                    if one != other {
                        off += 1;
                        assert_eq!(mcu / 2, number + 1, "{what} {number} {scale:?}");
                        assert!(one.contains(&128), "{what}");
                    }
                }
                assert!((1..=2).contains(&off), "{what} {number} {scale:?}: {off}");
            }
        }
    }
}

#[test]
fn less_than_a_row_of_mcus_is_refused() {
    for writing in kinds() {
        let file = writing.write();
        let start = data(&file);
        for length in 2..start + 10 {
            for scale in [Scale::Eighth, Scale::Full] {
                let outcome = left(&file[..length], scale, Detail::Full);
                assert!(outcome.is_err(), "{writing:?} {length}");
            }
        }
    }
    let headless = Writing::of(96, 112).write();
    assert!(Decoder::of_damaged(&headless[2..]).is_err());
}

#[test]
fn every_cut_and_many_a_mutation_has_the_right_size_or_is_refused() {
    let mut random = fastrand::Rng::with_seed(5);
    let (mut shown, mut cases) = (0, 0);
    for writing in kinds() {
        let file = writing.write();
        let cuts = (0..file.len()).step_by(7).map(|length| file[..length].to_vec());
        let mutations = (0..400).map(|_| {
            let mut file = file.clone();
            for _ in 0..random.usize(1..5) {
                let at = random.usize(2..file.len());
                file[at] = random.u8(..);
            }
            file
        });
        for file in cuts.chain(mutations) {
            // A header of another size would take time.
            let Ok(decoder) = Decoder::of_damaged(&file) else { continue };
            if decoder.width() * decoder.height() > 1 << 16 || decoder.scans() > 20 {
                continue;
            }
            for scale in [Scale::Eighth, Scale::FiveEighths] {
                let outcome = left(&file, scale, Detail::Coarse);
                // A damaged file's restart markers are taken at their word.
                if let Ok(whole) = ours(&file, scale, Detail::Coarse)
                    && writing.restart_interval == 0
                {
                    assert!(outcome.as_ref() == Ok(&whole), "{writing:?}");
                }
                shown += usize::from(outcome.is_ok());
                cases += 1;
            }
        }
    }
    assert!(shown > cases / 2, "{shown} of {cases}");
    assert!(shown < cases, "{shown} of {cases}");
}
