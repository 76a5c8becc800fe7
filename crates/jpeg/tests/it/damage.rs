//! Files that are cut short, corrupt or unsupported.

use crate::{Writing, find, ours};
use scaled_jpeg::{Detail, Error, Scale};

const KINDS: [Writing; 4] = {
    let plain = Writing {
        width: 40,
        height: 24,
        channels: 3,
        sampling: jpeg_encoder::SamplingFactor::F_2_2,
        quality: 80,
        is_progressive: false,
        is_split: false,
        restart_interval: 0,
    };
    [
        plain,
        Writing { is_progressive: true, ..plain },
        Writing { is_split: true, ..plain },
        Writing { restart_interval: 1, ..plain },
    ]
};

#[test]
fn a_file_that_is_cut_anywhere_is_called_truncated_at_every_scale() {
    let mut cases = 0;
    for writing in KINDS {
        let file = writing.write();
        // Of a whole file, the end marker may be missing.
        for length in 2..file.len() - 2 {
            for scale in Scale::ALL {
                let outcome = ours(&file[..length], scale, Detail::Full);
                assert_eq!(outcome, Err(Error::Truncated), "{writing:?} {length} {scale:?}");
                cases += 1;
            }
        }
    }
    assert!(cases > 11_000, "{cases}");
}

#[test]
fn a_file_without_its_end_marker_is_whole_if_its_data_are() {
    let mut cases = 0;
    for writing in KINDS {
        let file = writing.write();
        let data = &file[..file.len() - 2];
        let zeros = [0; 300];
        for end in [&b""[..], b"\xFF", b"\0\0", &zeros] {
            for scale in Scale::ALL {
                let outcome = ours(&[data, end].concat(), scale, Detail::Full);
                assert_eq!(outcome, ours(&file, scale, Detail::Full), "{writing:?} {scale:?}");
                cases += 1;
            }
        }
        // In place of data, zeros are codes like any other.
        for lost in [40, 100, 200] {
            for scale in Scale::ALL {
                let outcome =
                    ours(&[&data[..data.len() - lost], &zeros].concat(), scale, Detail::Full);
                assert!(outcome.is_err(), "{writing:?} {lost} {scale:?}");
                cases += 1;
            }
        }
    }
    assert_eq!(cases, 4 * 7 * 7);
}

#[test]
fn coded_data_may_be_zeros_up_to_the_end_of_a_file() {
    let file = Writing { channels: 1, ..Writing::of(64, 64) }.write();
    let (tables, scan) = (find(&file, 0xC4), find(&file, 0xDA));
    // For DC and for AC, the only code is one zero: no difference, and the end of the block.
    let table = |head| [&[0xFF, 0xC4, 0, 20, head, 1][..], &[0; 16]].concat();
    let head = [&file[..tables], &table(0x00), &table(0x10), &file[scan..scan + 10]].concat();
    // 64 blocks of two bits.
    let whole = [&head[..], &[0; 16], b"\xFF\xD9"].concat();
    for scale in Scale::ALL {
        let outcome = ours(&whole[..whole.len() - 2], scale, Detail::Full);
        assert_eq!(outcome, ours(&whole, scale, Detail::Full));
        let outcome = ours(&whole[..whole.len() - 3], scale, Detail::Full);
        assert_eq!(outcome, Err(Error::Truncated));
    }
}

#[test]
fn coded_data_that_end_too_soon_are_refused_though_the_file_goes_on() {
    let mut cases = 0;
    for writing in KINDS {
        let file = writing.write();
        let start = find(&file, 0xDA) + 20;
        let is_pair = |at: &usize| file[at - 1] != 0xFF && file[*at] != 0xFF;
        // The last bytes are left out: some may be only padding.
        for length in (start..file.len() - 6).filter(is_pair) {
            let file = [&file[..length], b"\xFF\xD9"].concat();
            let outcome = ours(&file, Scale::Full, Detail::Full);
            // In a progressive picture, whole scans may be missing.
            let is_whole = writing.is_progressive && outcome.is_ok();
            assert!(is_whole || outcome.is_err(), "{writing:?} {length}");
            cases += 1;
        }
    }
    assert!(cases > 600, "{cases}");
}

#[test]
fn codes_that_no_table_has_are_refused() {
    for writing in KINDS {
        let mut file = writing.write();
        let start = find(&file, 0xDA) + 40;
        // No code consists only of ones (T.81, annex C).
        for pair in file[start..start + 60].as_chunks_mut::<2>().0 {
            *pair = [0xFF, 0x00];
        }
        for scale in Scale::ALL {
            let outcome = ours(&file, scale, Detail::Full);
            assert!(matches!(outcome, Err(Error::Corrupt(_))), "{writing:?} {outcome:?}");
        }
    }
}

#[test]
fn an_interval_that_is_lost_with_its_marker_is_missed() {
    let file = Writing { restart_interval: 1, ..KINDS[0] }.write();
    let markers: Vec<usize> = (find(&file, 0xDA)..file.len() - 1)
        .filter(|&at| file[at] == 0xFF && (0xD0..=0xD7).contains(&file[at + 1]))
        .collect();
    for pair in markers.windows(2) {
        let file = [&file[..pair[0]], &file[pair[1]..]].concat();
        let outcome = ours(&file, Scale::Full, Detail::Full);
        assert!(matches!(outcome, Err(Error::Corrupt(_))), "{outcome:?}");
    }
    assert_eq!(markers.len(), 5);
}

#[test]
fn what_is_not_decoded_here_is_called_unsupported() {
    let file = KINDS[0].write();
    let frame = find(&file, 0xC0);
    let mut cases = 0;
    for marker in [0xC3, 0xC5, 0xC6, 0xC7, 0xCB, 0xCD, 0xCE, 0xCF] {
        let mut file = file.clone();
        file[frame + 1] = marker;
        let outcome = ours(&file, Scale::Full, Detail::Full);
        assert!(matches!(outcome, Err(Error::Unsupported(_))), "{marker:X} {outcome:?}");
        cases += 1;
    }
    assert_eq!(cases, 8);
}

#[test]
fn headers_that_contradict_themselves_are_refused() {
    let file = KINDS[0].write();
    let (frame, scan, tables) = (find(&file, 0xC0), find(&file, 0xDA), find(&file, 0xC4));
    let changed = |at: usize, byte: u8| {
        let mut file = file.clone();
        file[at] = byte;
        file
    };
    let header = file[frame..frame + 19].to_vec();
    for (why, file) in [
        ("no start", b"\x89PNG".to_vec()),
        ("two frame headers", [&file[..frame], &header, &file[frame..]].concat()),
        ("a scan before the frame", [&file[..2], &file[scan..]].concat()),
        ("9 bits a sample", changed(frame + 4, 9)),
        ("a sampling factor of 0", changed(frame + 11, 0x02)),
        ("a sampling factor of 5", changed(frame + 11, 0x25)),
        ("a quantization table that is not there", changed(frame + 12, 3)),
        ("a component that is not there", changed(scan + 5, 99)),
        ("a component twice", changed(scan + 7, file[scan + 5])),
        ("a code table that is not there", changed(scan + 6, 0x33)),
        ("a code table of no kind", changed(tables + 4, 0x22)),
        ("more codes than there are", changed(tables + 5, 3)),
    ] {
        let outcome = ours(&file, Scale::Full, Detail::Full);
        assert!(matches!(outcome, Err(Error::Corrupt(_))), "{why}: {outcome:?}");
    }
}

#[test]
fn steps_that_are_absurdly_large_overflow_without_harm() {
    let mut file = KINDS[0].write();
    let tables = find(&file, 0xDB);
    let steps = [&[0xFF, 0xDB, 0, 131, 0x10][..], &[0xFF; 128]].concat();
    file.splice(tables..tables + 69, steps);
    for scale in Scale::ALL {
        assert!(ours(&file, scale, Detail::Full).is_ok());
    }
}
