//! Frames that are cut short, make no sense, or are of kinds that are not decoded here.

use crate::{Writing, frame, ours};
use scaled_vp8::{Decoder, Error, Scale};

const KINDS: [Writing; 4] = {
    let plain = Writing::of(40, 39);
    [
        plain,
        Writing { partitions: 3, segments: 1, method: 2, ..plain },
        Writing { is_simple: true, quality: 20, ..plain },
        Writing { quality: 100, method: 0, ..plain },
    ]
};

#[test]
fn a_frame_that_is_cut_anywhere_is_called_truncated() {
    let mut cases = 0;
    for writing in KINDS {
        let source = writing.frame();
        for length in 0..source.len() {
            for scale in [Scale::Full, Scale::Half] {
                if let Err(error) = ours(&source[..length], scale) {
                    assert_eq!(error, Error::Truncated, "{writing:?} {length}");
                } else {
                    // Encoders end with bytes of no account, and one more may be missing: files that
                    // end early are known by their container.
                    let all = source.len();
                    assert!(length + 6 >= all, "{writing:?} {length} of {all}");
                }
                cases += 1;
            }
        }
    }
    assert!(cases > 3_000, "{cases}");
}

#[test]
fn a_frame_whose_bytes_were_changed_is_decoded_to_something_or_refused() {
    let mut random = fastrand::Rng::with_seed(7);
    let (mut decoded, mut refused) = (0, 0);
    for writing in KINDS {
        let source = writing.frame();
        for _ in 0..500 {
            let mut source = source.clone();
            for _ in 0..random.usize(1..20) {
                // Sides are left alone, lest there be nothing but large pictures.
                let at = random.usize(..source.len() - 4);
                source[if at < 6 { at } else { at + 4 }] = random.u8(..);
            }
            match ours(&source, Scale::Full) {
                Ok(_) => decoded += 1,
                Err(_) => refused += 1,
            }
        }
    }
    assert!(decoded > 100 && refused > 100, "{decoded} {refused}");
}

#[test]
fn nothing_but_noise_overflows_without_harm() {
    let mut random = fastrand::Rng::with_seed(8);
    let source = KINDS[0].frame();
    let mut decoded = 0;
    for _ in 0..300 {
        // A head, and enough behind it for every question. The first bytes hold the steps.
        let noise = (0..20_000).map(|_| random.u8(..));
        let source: Vec<u8> = source[..10].iter().copied().chain(noise).collect();
        decoded += u32::from(ours(&source, Scale::Full).is_ok());
    }
    assert!(decoded > 10, "{decoded}");
}

#[test]
fn answers_that_are_all_yes_or_all_no_come_to_an_end() {
    let source = KINDS[0].frame();
    for byte in [0, 0xFF] {
        let source = [&source[..10], &vec![byte; 30_000]].concat();
        // A frame of zeros is black, grey or green; all ones ask for an unknown colour space.
        assert_eq!(ours(&source, Scale::Full).is_ok(), byte == 0, "{byte}");
    }
}

#[test]
fn what_is_not_decoded_here_is_called_unsupported() {
    let source = KINDS[0].frame();
    let changed = |at: usize, bits: u8| {
        let mut source = source.clone();
        source[at] ^= bits;
        ours(&source, Scale::Full)
    };
    for (why, outcome) in [
        ("predicted from other frames", changed(0, 1)),
        ("an unknown version", changed(0, 0b1110)),
        ("an unknown colour space", changed(10, 0x80)),
    ] {
        assert!(matches!(outcome, Err(Error::Unsupported(_))), "{why}: {outcome:?}");
    }
}

#[test]
fn headers_that_make_no_sense_are_refused() {
    let source = KINDS[0].frame();
    let changed = |range: std::ops::Range<usize>, byte: u8| {
        let mut source = source.clone();
        source[range].fill(byte);
        Decoder::new(&source).map(|_| ()).unwrap_err()
    };
    assert!(matches!(changed(3..4, 0), Error::Corrupt(_)), "no start code");
    assert!(matches!(changed(6..8, 0), Error::Corrupt(_)), "no columns");
    assert!(matches!(changed(8..10, 0), Error::Corrupt(_)), "no rows");
    assert_eq!(changed(1..3, 0xFF), Error::Truncated, "a first partition beyond the end");
}

#[test]
fn how_a_player_should_enlarge_it_does_not_matter() {
    let source = KINDS[0].frame();
    let mut enlarged = source.clone();
    enlarged[7] |= 0xC0;
    enlarged[9] |= 0x40;
    assert_eq!(ours(&enlarged, Scale::Full), ours(&source, Scale::Full));
}

#[test]
fn what_follows_a_frame_in_its_file_does_not_matter() {
    let file = KINDS[0].write();
    let followed = [frame(&file), b"junk"].concat();
    assert_eq!(ours(&followed, Scale::Full), ours(frame(&file), Scale::Full));
}
