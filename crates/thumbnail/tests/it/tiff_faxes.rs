//! TIFF: faxes, in runs of one and of two dimensions.

use fax::{BitWriter as _, Bits, Color, VecWriter};
use image::{DynamicImage, GrayImage, Luma};
use pictures::{Order, tiff};

use crate::tiff::check;
use crate::tiff_codings::{HEIGHT, WIDTH, entries};

/// Rows of runs: each is like that above it, or is not.
fn is_black(x: u32, y: u32) -> bool {
    (x / 5 + y / 3).is_multiple_of(2)
}

fn checks() -> DynamicImage {
    GrayImage::from_fn(WIDTH, HEIGHT, |x, y| Luma([if is_black(x, y) { 0 } else { 255 }])).into()
}

fn fax(compression: &[u64], options: &[u64], rows: &[u64], pieces: &[Vec<u8>]) -> Vec<u8> {
    let own: [(u16, &[u64]); 5] =
        [(258, &[1]), (259, compression), (262, &[0]), (277, &[1]), (292, options)];
    tiff(Order::default(), &entries(&own, rows), pieces)
}

/// Codes of one-dimensional runs (ITU-T T.4, tables 2 and 3).
fn runs(writer: &mut VecWriter, pixels: impl Iterator<Item = bool>) {
    let mut pixels = pixels.peekable();
    let mut is_black = false;
    while pixels.peek().is_some() {
        let mut length = 0;
        while pixels.next_if_eq(&is_black).is_some() {
            length += 1;
        }
        let table = if is_black { &fax::maps::black::ENTRIES } else { &fax::maps::white::ENTRIES };
        let (_, code) = table.iter().find(|(run, _)| *run == length).expect("runs are short");
        writer.write(*code).unwrap();
        is_black = !is_black;
    }
}

#[test]
fn faxes_of_groups_3_and_4_show_black_on_white() {
    let mut cases = 0;
    for group in [3_u64, 4] {
        for is_reversed in [false, true] {
            for rows in [HEIGHT, 8, 1] {
                let pieces: Vec<Vec<u8>> = (0..HEIGHT)
                    .step_by(rows as usize)
                    .map(|top| {
                        let lines = top..HEIGHT.min(top + rows);
                        let mut coded = if group == 3 {
                            let mut writer = VecWriter::new();
                            for y in lines {
                                writer.write(Bits { data: 1, len: 12 }).unwrap();
                                runs(&mut writer, (0..WIDTH).map(|x| is_black(x, y)));
                            }
                            writer.finish()
                        } else {
                            let mut encoder = fax::encoder::Encoder::new(VecWriter::new());
                            for y in lines {
                                let color =
                                    |x| if is_black(x, y) { Color::Black } else { Color::White };
                                encoder.encode_line((0..WIDTH).map(color), 37).unwrap();
                            }
                            encoder.finish().unwrap().finish()
                        };
                        if is_reversed {
                            for byte in &mut coded {
                                *byte = byte.reverse_bits();
                            }
                        }
                        coded
                    })
                    .collect();
                for (meaning, black) in [(0_u64, 0), (1, 255)] {
                    let file = tiff(
                        Order::default(),
                        &[
                            (256, &[u64::from(WIDTH)]),
                            (257, &[u64::from(HEIGHT)]),
                            (258, &[1]),
                            (259, &[group]),
                            (262, &[meaning]),
                            (266, &[if is_reversed { 2 } else { 1 }]),
                            (277, &[1]),
                            (278, &[u64::from(rows)]),
                        ],
                        &pieces,
                    );
                    let expected = GrayImage::from_fn(WIDTH, HEIGHT, |x, y| {
                        image::Luma([if is_black(x, y) { black } else { 255 - black }])
                    });
                    check(&format!("group {group}, {rows} rows"), &file, &expected.into(), 0.0);
                    cases += 1;
                }
            }
        }
    }
    assert_eq!(cases, 24);
}

#[test]
fn runs_without_marks_begin_at_whole_bytes_or_pairs_of_them() {
    for (compression, unit) in [(2, 1), (32_771, 2)] {
        for rows in [HEIGHT, 8, 1] {
            let pieces: Vec<Vec<u8>> = (0..HEIGHT)
                .step_by(rows as usize)
                .map(|top| {
                    let coded = (top..HEIGHT.min(top + rows)).flat_map(|y| {
                        let mut writer = VecWriter::new();
                        runs(&mut writer, (0..WIDTH).map(|x| is_black(x, y)));
                        let mut row = writer.finish();
                        row.resize(row.len().next_multiple_of(unit), 0);
                        row
                    });
                    coded.collect()
                })
                .collect();
            let file = fax(&[compression], &[0], &[u64::from(rows)], &pieces);
            check(&format!("{compression}, {rows} rows"), &file, &checks(), 0.0);
        }
    }
}

#[test]
fn faxes_of_group_3_may_be_coded_in_two_dimensions() {
    for rows in [HEIGHT, 7] {
        let pieces: Vec<Vec<u8>> = (0..HEIGHT)
            .step_by(rows as usize)
            .map(|top| {
                let mut writer = VecWriter::new();
                for y in top..HEIGHT.min(top + rows) {
                    writer.write(Bits { data: 1, len: 12 }).unwrap();
                    let is_same =
                        y > top && (0..WIDTH).all(|x| is_black(x, y) == is_black(x, y - 1));
                    writer.write(Bits { data: u16::from(!is_same), len: 1 }).unwrap();
                    if is_same {
                        // Every change is right below the one above; the last is at the end.
                        let black = |x: u32| x > 0 && is_black(x - 1, y);
                        let changes = (0..WIDTH).filter(|&x| is_black(x, y) != black(x)).count();
                        for _ in 0..=changes {
                            writer.write(Bits { data: 1, len: 1 }).unwrap();
                        }
                    } else {
                        runs(&mut writer, (0..WIDTH).map(|x| is_black(x, y)));
                    }
                }
                writer.finish()
            })
            .collect();
        let file = fax(&[3], &[1], &[u64::from(rows)], &pieces);
        check(&format!("{rows} rows"), &file, &checks(), 0.0);
    }
}
