//! Arithmetic coding, of pictures that an encoder of our own writes: against libjpeg-turbo, and
//! against each other.

mod coder;
mod writer;

use crate::agreement::theirs;
use crate::ours;
use scaled_jpeg::{Decoder, Detail, Error, Scale};
use writer::{Conditioning, Picture};

/// Grey, and colours at several resolutions, on sides that do not end with a block.
fn pictures() -> Vec<Picture> {
    let mut pictures = Vec::new();
    for (width, height) in [(1, 1), (20, 13), (65, 50)] {
        for sampling in
            [&[(1, 1)][..], &[(1, 1); 3], &[(2, 1), (1, 1), (1, 1)], &[(2, 2), (1, 1), (1, 1)]]
        {
            pictures.push(Picture::of(width, height, sampling));
        }
    }
    pictures
}

fn at(file: &[u8], scale: Scale) -> Vec<u8> {
    ours(file, scale, Detail::Full).unwrap()
}

#[test]
fn sequential_and_progressive_pictures_come_out_as_from_libjpeg_turbo_and_at_each_scale_alike() {
    let mut cases = 0;
    for picture in pictures() {
        let channels = picture.components.len();
        let (sequential, progressive) = (picture.sequential(0), picture.progressive(0));
        let expected = theirs(&sequential, Scale::Full, channels);
        assert!(at(&sequential, Scale::Full) == expected, "{picture:?}");
        assert!(theirs(&progressive, Scale::Full, channels) == expected, "{picture:?}");
        for scale in Scale::ALL {
            let (one, other) = (at(&sequential, scale), at(&progressive, scale));
            assert!(one == other, "{scale:?} {picture:?}");
            cases += 1;
        }
    }
    assert_eq!(cases, 12 * 7);
}

#[test]
fn components_may_come_in_scans_of_their_own() {
    for picture in pictures() {
        assert!(at(&picture.in_parts(), Scale::Full) == at(&picture.sequential(0), Scale::Full));
    }
}

#[test]
fn restarts_do_not_change_the_picture() {
    for picture in pictures() {
        for interval in [1, 3] {
            for (restarted, plain) in [
                (picture.sequential(interval), picture.sequential(0)),
                (picture.progressive(interval), picture.progressive(0)),
            ] {
                assert!(at(&restarted, Scale::Full) == at(&plain, Scale::Full), "{interval}");
            }
        }
    }
}

#[test]
fn conditioning_is_heeded() {
    let mut cases = 0;
    for picture in pictures() {
        let expected = at(&picture.sequential(0), Scale::Full);
        for conditioning in [
            Conditioning { dc: (0, 0), ac: 1 },
            Conditioning { dc: (1, 4), ac: 63 },
            Conditioning { dc: (15, 15), ac: 20 },
        ] {
            let picture = Picture { conditioning, ..picture.clone() };
            assert!(at(&picture.sequential(0), Scale::Full) == expected, "{conditioning:?}");
            assert!(at(&picture.progressive(2), Scale::Full) == expected, "{conditioning:?}");
            cases += 1;
        }
    }
    assert_eq!(cases, 36);
}

#[test]
fn senseless_conditioning_is_refused() {
    let conditioning = Conditioning { dc: (3, 4), ac: 9 };
    let picture = Picture { conditioning, ..Picture::of(9, 9, &[(1, 1)]) };
    let file = picture.sequential(0);
    let segment = crate::find(&file, 0xCC);
    assert_eq!(file[segment + 4..segment + 8], [0, 0x43, 0x10, 9]);
    let mut cases = 0;
    // Bounds the wrong way round, a table or a kind that does not exist, and places out of a block.
    for (place, value) in [(5, 0x12), (4, 0x07), (4, 0x20), (7, 0), (7, 64)] {
        let mut file = file.clone();
        file[segment + place] = value;
        let refusal = ours(&file, Scale::Full, Detail::Full);
        assert!(matches!(refusal, Err(Error::Corrupt(_))), "{place} {value}");
        cases += 1;
    }
    assert_eq!(cases, 5);
}

#[test]
fn a_file_that_lacks_only_its_end_is_whole_and_one_that_lacks_more_is_truncated() {
    let picture = Picture::of(65, 50, &[(2, 2), (1, 1), (1, 1)]);
    for file in [picture.sequential(0), picture.progressive(0), picture.sequential(2)] {
        let bare = &file[..file.len() - 2];
        assert!(at(bare, Scale::Full) == at(&file, Scale::Full));
        for length in (2..file.len() - 20).step_by(37) {
            let refusal = ours(&file[..length], Scale::Full, Detail::Full);
            assert_eq!(refusal, Err(Error::Truncated), "{length} of {}", file.len());
        }
    }
}

#[test]
fn data_that_end_long_before_the_picture_are_corrupt() {
    let file = Picture::of(400, 400, &[(1, 1)]).sequential(0);
    let cut = [&file[..1000], b"\xFF\xD9"].concat();
    assert!(matches!(ours(&cut, Scale::Full, Detail::Full), Err(Error::Corrupt(_))));
}

#[test]
fn memory_is_foretold_for_the_coefficients() {
    let file = Picture::of(400, 400, &[(1, 1)]).sequential(0);
    let decoder = Decoder::new(&file).unwrap();
    assert!(decoder.memory(Scale::Full, Detail::Full) > 400 * 400 * 2);
    assert!(decoder.memory(Scale::Eighth, Detail::Full) < 400 * 400 * 2);
}

#[test]
fn any_change_of_the_data_gives_a_picture_or_an_error() {
    let picture = Picture::of(65, 50, &[(2, 2), (1, 1), (1, 1)]);
    let mut random = fastrand::Rng::with_seed(9);
    for file in [picture.sequential(2), picture.progressive(3)] {
        for _ in 0..2000 {
            let mut file = file.clone();
            for _ in 0..random.usize(1..6) {
                let place = random.usize(2..file.len());
                file[place] = random.u8(..);
            }
            drop(ours(&file, Scale::Half, Detail::Full));
        }
    }
}
