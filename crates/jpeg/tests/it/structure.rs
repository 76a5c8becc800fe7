//! Files that are valid but unusual: in what is between their segments, in the order of these, and
//! in how colours are labelled.

use crate::{Writing, find, ours};
use scaled_jpeg::{Color, Decoder, Detail, Scale};

const SOF0: u8 = 0xC0;
const DHT: u8 = 0xC4;
const DQT: u8 = 0xDB;
const SOS: u8 = 0xDA;
const DRI: u8 = 0xDD;

fn segment(marker: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len() + 2).unwrap().to_be_bytes();
    [&[0xFF, marker], &length[..], body].concat()
}

/// Asserts that two files contain the same picture at every scale.
#[track_caller]
fn assert_same(file: &[u8], plain: &[u8]) {
    for scale in Scale::ALL {
        let made = ours(file, scale, Detail::Full).unwrap();
        assert!(made == ours(plain, scale, Detail::Full).unwrap(), "{scale:?}");
    }
}

/// The positions of restart markers.
fn restarts(file: &[u8]) -> Vec<usize> {
    let start = find(file, SOS);
    let pairs = file.windows(2).enumerate().skip(start);
    pairs.filter(|(_, pair)| matches!(pair, [0xFF, 0xD0..=0xD7])).map(|(at, _)| at).collect()
}

#[test]
fn the_number_of_lines_may_come_behind_the_first_scan() {
    for writing in [
        Writing::of(50, 37),
        Writing { is_progressive: true, ..Writing::of(50, 37) },
        Writing { is_split: true, ..Writing::of(50, 37) },
    ] {
        let plain = writing.write();
        let mut file = plain.clone();
        let frame = find(&file, if writing.is_progressive { 0xC2 } else { SOF0 });
        file[frame + 5..frame + 7].fill(0);
        let scan = find(&file, SOS) + 2;
        let end =
            scan + file[scan..].windows(2).position(|pair| pair[0] == 0xFF && pair[1] > 0).unwrap();
        file.splice(end..end, segment(0xDC, &[0, 37]));
        assert_eq!(Decoder::new(&file).unwrap().height(), 37);
        assert_same(&file, &plain);
    }
}

#[test]
fn a_picture_whose_number_of_lines_never_comes_has_none() {
    let mut file = Writing::of(50, 37).write();
    let frame = find(&file, SOF0);
    file[frame + 5..frame + 7].fill(0);
    assert_eq!(Decoder::new(&file).unwrap().height(), 0);
}

#[test]
fn fill_bytes_and_junk_before_markers_do_not_matter() {
    let plain = Writing { restart_interval: 2, ..Writing::of(64, 48) }.write();
    let mut cases = 0;
    for marker in [SOF0, DQT, SOS, DRI, 0xC4, 0xD9] {
        for junk in [&b"\0\0\0\0\0\0"[..], b"\xFF", b"\xFF\xFF\xFF", b"junk", b"\xFF\x00\xFF\x01"] {
            let mut file = plain.clone();
            let at = if marker == 0xD9 { file.len() - 2 } else { find(&file, marker) };
            file.splice(at..at, junk.iter().copied());
            assert_same(&file, &plain);
            cases += 1;
        }
    }
    for at in restarts(&plain) {
        let mut file = plain.clone();
        file.splice(at..at, [0xFF; 3]);
        assert_same(&file, &plain);
        cases += 1;
    }
    assert_eq!(cases, 30 + 5);
}

#[test]
fn restart_markers_may_be_numbered_wrongly() {
    let plain = Writing { restart_interval: 2, ..Writing::of(100, 48) }.write();
    let mut file = plain.clone();
    for (number, at) in restarts(&plain).into_iter().enumerate() {
        file[at + 1] = 0xD0 + (number * 5 + 3) as u8 % 8;
    }
    assert_ne!(file, plain);
    assert_same(&file, &plain);
}

#[test]
fn restart_markers_may_be_lost() {
    let plain = Writing { restart_interval: 2, ..Writing::of(100, 48) }.write();
    let mut cases = 0;
    for at in restarts(&plain) {
        let mut file = plain.clone();
        file.drain(at..at + 2);
        assert_same(&file, &plain);
        cases += 1;
    }
    assert_eq!(cases, 10);
}

#[test]
fn bytes_of_no_use_before_a_restart_marker_are_passed_over() {
    let plain = Writing { restart_interval: 2, ..Writing::of(100, 48) }.write();
    for at in restarts(&plain) {
        let mut file = plain.clone();
        file.splice(at..at, *b"of no use");
        assert_same(&file, &plain);
    }
}

/// The file with quantization tables of 16 bits, their steps multiplied by `factor`.
fn with_wide_tables(plain: &[u8], factor: u16) -> Vec<u8> {
    let mut file = plain.to_vec();
    let mut tables = 0;
    while let Some(at) =
        file.windows(5).position(|bytes| bytes[..4] == [0xFF, DQT, 0, 67] && bytes[4] < 4)
    {
        let steps = &file[at + 5..at + 69];
        let steps = steps.iter().flat_map(|&step| (u16::from(step) * factor).to_be_bytes());
        let body: Vec<u8> = [0x10 | file[at + 4]].into_iter().chain(steps).collect();
        file.splice(at..at + 69, segment(DQT, &body));
        tables += 1;
    }
    assert!(tables > 0);
    file
}

#[test]
fn quantization_tables_may_be_16_bits_wide() {
    let plain = Writing::of(40, 40).write();
    let mut file = with_wide_tables(&plain, 1);
    let frame = find(&file, SOF0);
    file[frame + 1] = 0xC1;
    assert_same(&file, &plain);
}

#[test]
fn of_12_bits_the_lowest_4_are_dropped() {
    let mut cases = 0;
    for writing in crate::writings().into_iter().step_by(3) {
        let plain = writing.write();
        // Coefficients mean sixteen times as much, and so do samples.
        let mut file = with_wide_tables(&plain, 16);
        let frame = find(&file, if writing.is_progressive { 0xC2 } else { SOF0 });
        file[frame + 1] = if writing.is_progressive { 0xC2 } else { 0xC1 };
        file[frame + 4] = 12;
        assert_same(&file, &plain);
        cases += 1;
    }
    assert_eq!(cases, 116);
}

#[test]
fn tables_may_share_a_segment() {
    let plain = Writing::of(40, 40).write();
    let first = find(&plain, DQT);
    assert_eq!(&plain[first + 69..first + 73], [0xFF, DQT, 0, 67]);
    let mut file = plain.clone();
    file.splice(first + 69..first + 73, []);
    file[first + 2..first + 4].copy_from_slice(&(2 + 65 * 2_u16).to_be_bytes());
    assert_same(&file, &plain);
}

#[test]
fn segments_that_mean_nothing_are_passed_over() {
    let plain = Writing::of(40, 40).write();
    let mut file = plain.clone();
    for (marker, body) in [(0xFE, &b"a comment \xFF\xD9"[..]), (0xE5, b""), (0xF0, b"\xFF\xD8")] {
        file.splice(2..2, segment(marker, body));
    }
    assert_same(&file, &plain);
}

#[test]
fn labels_tell_what_components_are() {
    let plain =
        Writing { sampling: jpeg_encoder::SamplingFactor::F_1_1, ..Writing::of(9, 9) }.write();
    // JFIF's segment takes precedence over the others, so it is removed.
    let jfif = find(&plain, 0xE0);
    let length = usize::from(plain[jfif + 3]) + 2;
    let bare = [&plain[..jfif], &plain[jfif + length..]].concat();
    let adobe = |transform| segment(0xEE, &[b"Adobe\0\x64\0\0\0\0", &[transform][..]].concat());
    let labelled = |file: &[u8], label: &[u8]| [&file[..2], label, &file[2..]].concat();
    let color = |file: &[u8]| Decoder::new(file).unwrap().color();
    assert_eq!(color(&plain), Color::YCbCr);
    assert_eq!(color(&bare), Color::YCbCr);
    assert_eq!(color(&labelled(&bare, &adobe(0))), Color::Rgb);
    assert_eq!(color(&labelled(&bare, &adobe(1))), Color::YCbCr);
    assert_eq!(color(&labelled(&plain, &adobe(0))), Color::YCbCr);

    let mut named = bare.clone();
    let (frame, scan) = (find(&bare, SOF0), find(&bare, SOS));
    for (number, name) in b"RGB".iter().enumerate() {
        named[frame + 10 + number * 3] = *name;
        named[scan + 5 + number * 2] = *name;
    }
    assert_eq!(color(&named), Color::Rgb);
    assert!(ours(&named, Scale::Full, Detail::Full).is_ok());

    let grey = Writing { channels: 1, ..Writing::of(9, 9) }.write();
    assert_eq!(color(&labelled(&grey, &adobe(0))), Color::Grey);
    let four = Writing { channels: 4, ..Writing::of(9, 9) }.write();
    let label = find(&four, 0xEE);
    // No such transform is defined for 1 and 3; libjpeg takes them for 2.
    for (transform, expected) in
        [(0, Color::Cmyk), (1, Color::Ycck), (2, Color::Ycck), (3, Color::Ycck)]
    {
        let mut four = four.clone();
        four[label + 15] = transform;
        let decoder = Decoder::new(&four).unwrap();
        assert_eq!(decoder.color(), expected, "{transform}");
    }
    let mut bare = four.clone();
    bare.drain(label..label + 16);
    let decoder = Decoder::new(&bare).unwrap();
    assert_eq!(decoder.color(), Color::Cmyk);
}

#[test]
fn a_file_without_code_tables_has_the_standard_ones() {
    for writing in [
        Writing::of(40, 24),
        Writing { restart_interval: 2, ..Writing::of(40, 24) },
        Writing { channels: 1, ..Writing::of(40, 24) },
    ] {
        let plain = writing.write();
        let mut file = plain.clone();
        while let Some(at) = file.windows(2).position(|pair| pair == [0xFF, DHT]) {
            let length = usize::from(u16::from_be_bytes([file[at + 2], file[at + 3]]));
            file.drain(at..at + 2 + length);
        }
        assert!(plain.len() - file.len() > 180);
        assert_same(&file, &plain);
    }
}

#[test]
fn components_may_go_by_one_name() {
    let plain = Writing::of(40, 24).write();
    let mut file = plain.clone();
    let (frame, scan) = (find(&file, SOF0), find(&file, SOS));
    for number in 0..3 {
        file[frame + 10 + number * 3] = 7;
        file[scan + 5 + number * 2] = 7;
    }
    assert_same(&file, &plain);
}

#[test]
fn exif_and_the_parts_of_a_profile_are_found() {
    let plain = Writing::of(9, 9).write();
    let part = |number, count, text: &[u8]| {
        segment(0xE2, &[b"ICC_PROFILE\0", &[number, count][..], text].concat())
    };
    let labels = [
        part(2, 3, b"colour "),
        segment(0xE1, b"Exif\0\0II*\0"),
        segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x/>"),
        part(1, 3, b"the "),
        part(3, 3, b"profile"),
    ];
    let with = |labels: &[Vec<u8>]| [&plain[..2], &labels.concat(), &plain[2..]].concat();
    let file = with(&labels);
    let decoder = Decoder::new(&file).unwrap();
    assert_eq!(decoder.exif(), Some(&b"II*\0"[..]));
    assert_eq!(decoder.profile().as_deref(), Some(&b"the colour profile"[..]));
    let file = with(&labels[..4]);
    assert_eq!(Decoder::new(&file).unwrap().profile(), None);
}
