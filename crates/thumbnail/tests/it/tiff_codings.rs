//! TIFF: the ways in which strips and tiles are compressed, and what writers do that the
//! specification does not foresee. What samples mean is tested in `tiff`.

use fax::{BitWriter as _, Bits, VecWriter};
use image::{DynamicImage, GrayImage, Luma, RgbImage};
use pictures::{Order, tiff};

use crate::tiff::{check, deflated, reason, runs};
use crate::{gradient, shown, smooth};

const WIDTH: u32 = 37;
const HEIGHT: u32 = 21;

/// What compresses a strip.
type Code = fn(&[u8]) -> Vec<u8>;

/// The entries of a picture of whole strips of `rows` rows, with others in their place.
fn entries<'a>(own: &[(u16, &'a [u64])], rows: &'a [u64]) -> Vec<(u16, &'a [u64])> {
    let mut all: Vec<(u16, &[u64])> =
        vec![(256, &[37]), (257, &[21]), (258, &[8, 8, 8]), (262, &[2]), (277, &[3]), (278, rows)];
    all.retain(|(tag, _)| own.iter().all(|(other, _)| other != tag));
    all.extend(own);
    all
}

/// A picture's samples in strips of eight rows, each changed by `code`.
fn strips(picture: &RgbImage, code: impl Fn(&[u8]) -> Vec<u8>) -> Vec<Vec<u8>> {
    let row = picture.width() as usize * 3;
    picture.as_raw().chunks(row * 8).map(code).collect()
}

/// A frame of Zstandard with one block that is not compressed (RFC 8878, 3.1.1).
fn zstd(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap();
    let header = [0x28, 0xB5, 0x2F, 0xFD, 0xA0];
    let block = (length << 3 | 1).to_le_bytes();
    [&header[..], &length.to_le_bytes(), &block[..3], bytes].concat()
}

/// PNG's CRC-32, which xz has as well.
fn with_crc(bytes: &[u8]) -> Vec<u8> {
    let crc = !bytes.iter().fold(!0, |crc: u32, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 * (crc & 1)))
    });
    [bytes, &crc.to_le_bytes()].concat()
}

/// The start of an xz stream, and a block with a dictionary of 4 KB shifted by half of `exponent`,
/// which is not compressed ("The .xz File Format", sections 2 and 3).
fn xz_of(exponent: u8, bytes: &[u8]) -> Vec<u8> {
    let stream = [b"\xFD7zXZ\0".to_vec(), with_crc(&[0, 0])].concat();
    let block = with_crc(&[2, 0, 0x21, 1, exponent, 0, 0, 0]);
    let length = u16::try_from(bytes.len() - 1).unwrap().to_be_bytes();
    [&stream, &block, &[1][..], &length, bytes, &[0]].concat()
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    xz_of(8, bytes)
}

fn packbits(bytes: &[u8]) -> Vec<u8> {
    let literal = |part: &[u8]| [&[u8::try_from(part.len() - 1).unwrap()], part].concat();
    bytes.chunks(100).flat_map(literal).collect()
}

fn lzw(bytes: &[u8]) -> Vec<u8> {
    use weezl::{BitOrder, encode::Encoder};
    Encoder::with_tiff_size_switch(BitOrder::Msb, 8).encode(bytes).unwrap()
}

/// LZW before its specification.
fn old_lzw(bytes: &[u8]) -> Vec<u8> {
    use weezl::{BitOrder, encode::Encoder};
    Encoder::new(BitOrder::Lsb, 8).encode(bytes).unwrap()
}

fn reversed(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().map(|byte| byte.reverse_bits()).collect()
}

#[test]
fn every_compression_shows_the_same_picture_in_either_order_of_bits() {
    let picture = gradient(WIDTH, HEIGHT);
    let codings: [(u64, Code); 9] = [
        (1, <[u8]>::to_vec),
        (5, lzw),
        (5, old_lzw),
        (8, deflated),
        (32_946, deflated),
        (32_773, packbits),
        (34_925, xz),
        (50_000, zstd),
        (50_000, |bytes| [zstd(bytes), vec![9; 5]].concat()),
    ];
    for (compression, code) in codings {
        for is_reversed in [false, true] {
            let number = [compression];
            let order = [if is_reversed { 2 } else { 1 }];
            let own: [(u16, &[u64]); 2] = [(259, &number), (266, &order)];
            let pieces =
                strips(
                    &picture,
                    |strip| if is_reversed { reversed(&code(strip)) } else { code(strip) },
                );
            let file = tiff(Order::default(), &entries(&own, &[8]), &pieces);
            let name = format!("compression {compression}, reversed: {is_reversed}");
            check(&name, &file, &picture.clone().into(), 0.0);
        }
    }
}

#[test]
fn strips_may_be_webp_files() {
    let picture = gradient(WIDTH, HEIGHT);
    let pieces = strips(&picture, |strip| {
        let rows = u32::try_from(strip.len()).unwrap() / WIDTH / 3;
        let strip = RgbImage::from_raw(WIDTH, rows, strip.to_vec()).unwrap();
        crate::write(&strip.into(), image::ImageFormat::WebP)
    });
    let own: [(u16, &[u64]); 1] = [(259, &[50_001])];
    check("webp", &tiff(Order::default(), &entries(&own, &[8]), &pieces), &picture.into(), 0.0);
    let wide = gradient(WIDTH + 1, 8);
    let pieces = vec![crate::write(&wide.into(), image::ImageFormat::WebP); 3];
    assert_eq!(reason(&tiff(Order::default(), &entries(&own, &[8]), &pieces)), "undecodable");
}

#[test]
fn what_ends_before_its_rows_do_is_truncated() {
    let picture = gradient(WIDTH, HEIGHT);
    let codings: [(u64, Code); 5] =
        [(5, lzw), (5, old_lzw), (8, deflated), (32_773, packbits), (50_000, zstd)];
    for (compression, code) in codings {
        let number = [compression];
        let pieces = strips(&picture, |strip| code(&strip[..strip.len() - 9]));
        let file = tiff(Order::default(), &entries(&[(259, &number)], &[8]), &pieces);
        assert_eq!(reason(&file), "truncated", "compression {compression}");
    }
}

#[test]
fn a_dictionary_of_lzma_counts_for_memory_and_may_not_be_too_large() {
    let file = |exponent| {
        let pieces = strips(&gradient(WIDTH, HEIGHT), |strip| xz_of(exponent, strip));
        tiff(Order::default(), &entries(&[(259, &[34_925])], &[8]), &pieces)
    };
    let needed = |file: &[u8]| {
        let recipe = crate::recipe(9, 9, thumbnail::FormatChoice::Png);
        thumbnail::memory_to_render(file, &recipe, &crate::ROOMY).unwrap()
    };
    // 64 MB and 4 KB.
    assert!(needed(&file(28)) > needed(&file(0)) + 60_000_000);
    assert_eq!(reason(&file(29)), "too_many_parts");
    // A second block may not have a larger one than the first.
    let mut pieces = strips(&gradient(WIDTH, HEIGHT), <[u8]>::to_vec);
    for piece in &mut pieces {
        let (first, second) = (xz_of(0, &piece[..100]), xz_of(28, &piece[100..]));
        let padding = (4 - (first.len() - 24) % 4) % 4;
        *piece = [&first[..], &vec![0; padding], &second[12..]].concat();
    }
    let twice = tiff(Order::default(), &entries(&[(259, &[34_925])], &[8]), &pieces);
    assert_eq!(reason(&twice), "undecodable");
}

#[test]
fn a_window_of_zstandard_counts_for_memory() {
    use thumbnail::{FormatChoice, memory_to_render};
    let needed = |compression| {
        let number = [compression];
        let pieces = strips(&gradient(WIDTH, HEIGHT), zstd);
        let file = tiff(Order::default(), &entries(&[(259, &number)], &[8]), &pieces);
        memory_to_render(&file, &crate::recipe(9, 9, FormatChoice::Png), &crate::ROOMY).unwrap()
    };
    assert!(needed(50_000) > needed(1) + (1 << 20));
}

#[test]
fn differences_between_samples_are_added_up_at_every_depth() {
    let picture = gradient(WIDTH, HEIGHT);
    for order in [Order::default(), Order { is_big_endian: true, is_big_tiff: false }] {
        for bytes in [1_usize, 2, 4] {
            let number = |sample: u8| u64::from_le_bytes([sample; 8]);
            let stored = |number: u64| {
                let mut stored = number.to_le_bytes()[..bytes].to_vec();
                if order.is_big_endian {
                    stored.reverse();
                }
                stored
            };
            let row = |row: &[u8]| -> Vec<u8> {
                let before = [0; 3].into_iter().chain(row.iter().map(|&sample| number(sample)));
                let pairs = row.iter().zip(before);
                pairs
                    .flat_map(|(&sample, left)| stored(number(sample).wrapping_sub(left)))
                    .collect()
            };
            let pieces = strips(&picture, |strip| {
                deflated(&strip.chunks(WIDTH as usize * 3).flat_map(row).collect::<Vec<_>>())
            });
            let bits = [bytes as u64 * 8; 3];
            let own: [(u16, &[u64]); 3] = [(258, &bits), (259, &[8]), (317, &[2])];
            let file = tiff(order, &entries(&own, &[8]), &pieces);
            check(&format!("{bytes} bytes"), &file, &picture.clone().into(), 0.0);
        }
        // Floats, with their bytes apart.
        let row = |row: &[u8]| -> Vec<u8> {
            let floats: Vec<[u8; 4]> =
                row.iter().map(|&sample| (f32::from(sample) / 255.0).to_be_bytes()).collect();
            let apart: Vec<u8> =
                (0..4).flat_map(|place| floats.iter().map(move |float| float[place])).collect();
            let before = [0; 3].into_iter().chain(apart.iter().copied());
            apart.iter().zip(before).map(|(byte, left)| byte.wrapping_sub(left)).collect()
        };
        let pieces =
            strips(&picture, |strip| strip.chunks(WIDTH as usize * 3).flat_map(row).collect());
        let own: [(u16, &[u64]); 3] = [(258, &[32; 3]), (317, &[3]), (339, &[3; 3])];
        check("floats", &tiff(order, &entries(&own, &[8]), &pieces), &picture.clone().into(), 0.0);
    }
}

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
fn tiles_that_are_left_out_are_blank() {
    let own: [(u16, &[u64]); 2] = [(273, &[0, 0, 0]), (279, &[0, 0, 0])];
    let file = tiff(Order::default(), &entries(&own, &[8]), &[vec![1], vec![1], vec![1]]);
    check("blank", &file, &RgbImage::new(WIDTH, HEIGHT).into(), 0.0);
}

#[test]
fn pixels_may_share_chroma_outside_of_a_jpeg() {
    let picture = smooth(WIDTH, HEIGHT);
    for [across, down] in [[2_u32, 2], [2, 1], [1, 2], [4, 4], [1, 1]] {
        // Luma and chroma (TIFF 6.0, section 21), averaged over a unit.
        let part = |x: u32, y: u32, [r, g, b]: [f32; 3]| {
            let pixel = picture.get_pixel(x.min(WIDTH - 1), y.min(HEIGHT - 1)).0.map(f32::from);
            r * pixel[0] + g * pixel[1] + b * pixel[2]
        };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bytes")]
        let byte = |number: f32| number.round() as u8;
        let rows = 2 * down;
        let strip = |top: u32| -> Vec<u8> {
            let mut strip = Vec::new();
            for y in (top..HEIGHT.min(top + rows)).step_by(down as usize) {
                for x in (0..WIDTH).step_by(across as usize) {
                    let unit = (0..down).flat_map(|dy| (0..across).map(move |dx| (x + dx, y + dy)));
                    let luma = unit.clone().map(|(x, y)| byte(part(x, y, [0.299, 0.587, 0.114])));
                    strip.extend(luma);
                    for of in [[-0.168_736, -0.331_264, 0.5], [0.5, -0.418_688, -0.081_312]] {
                        let sum: f32 = unit.clone().map(|(x, y)| part(x, y, of)).sum();
                        #[expect(clippy::cast_precision_loss, reason = "at most 16")]
                        strip.push(byte(128.0 + sum / (across * down) as f32));
                    }
                }
            }
            strip
        };
        let pieces: Vec<_> = (0..HEIGHT).step_by(rows as usize).map(strip).collect();
        let chroma = [u64::from(across), u64::from(down)];
        let rows = [u64::from(rows)];
        let own: [(u16, &[u64]); 2] = [(262, &[6]), (530, &chroma)];
        let file = tiff(Order::default(), &entries(&own, &rows), &pieces);
        check(&format!("{across} x {down}"), &file, &picture.clone().into(), 5.0);
    }
}

#[test]
fn luma_may_have_other_shares_and_another_range() {
    let picture = smooth(WIDTH, HEIGHT);
    // Those of HDTV (ITU-R BT.709), in the range of television.
    let [red, green, blue] = [0.2126, 0.7152, 0.0722];
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bytes")]
    let byte = |number: f32| number.round() as u8;
    let pieces = strips(&picture, |strip| {
        let (pixels, _) = strip.as_chunks::<3>();
        let stored = pixels.iter().flat_map(|pixel| {
            let [r, g, b] = pixel.map(|sample| f32::from(sample) / 255.0);
            let luma = red * r + green * g + blue * b;
            let chroma = [(b - luma) / 2.0 / (1.0 - blue), (r - luma) / 2.0 / (1.0 - red)];
            let [to_blue, to_red] = chroma.map(|part| byte(128.0 + part * 255.0 / 127.0 * 112.0));
            [byte(15.0 + luma * 220.0), to_blue, to_red]
        });
        stored.collect()
    });
    let shares = [2126, 10_000, 7152, 10_000, 722, 10_000];
    let ranges = [15, 1, 235, 1, 128, 1, 240, 1, 128, 1, 240, 1];
    let own: [(u16, &[u64]); 4] = [(262, &[6]), (529, &shares), (530, &[1, 1]), (532, &ranges)];
    let file = tiff(Order::default(), &entries(&own, &[8]), &pieces);
    check("declared", &file, &picture.into(), 1.5);
}

/// A JPEG of 40 x 24 pixels in three rows of blocks, each of which can be decoded by itself: what
/// comes before the coded data, and the coded data of each row.
fn rows_of_blocks(picture: &RgbImage) -> (Vec<u8>, Vec<Vec<u8>>) {
    let mut file = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut file, 90);
    encoder.set_sampling_factor(jpeg_encoder::SamplingFactor::R_4_4_4);
    encoder.set_restart_interval(5);
    encoder.encode(picture, 40, 24, jpeg_encoder::ColorType::Rgb).unwrap();
    let scan = file.windows(2).position(|bytes| bytes == [0xFF, 0xDA]).unwrap();
    let start = scan + 2 + usize::from(file[scan + 3]);
    let data = &file[start..file.len() - 2];
    let is_mark = |at: &usize| data[*at] == 0xFF && (0xD0..=0xD7).contains(&data[at + 1]);
    let marks: Vec<usize> = (0..data.len() - 1).filter(is_mark).collect();
    assert_eq!(marks.len(), 2);
    let rows = [&data[..marks[0]], &data[marks[0] + 2..marks[1]], &data[marks[1] + 2..]]
        .map(<[u8]>::to_vec);
    (file[..start].to_vec(), rows.to_vec())
}

#[test]
fn a_jpeg_in_the_old_form_is_put_together_from_its_strips() {
    let picture = smooth(40, 24);
    let (header, rows) = rows_of_blocks(&picture);
    let base: Vec<(u16, &[u64])> = vec![
        (256, &[40]),
        (257, &[24]),
        (258, &[8, 8, 8]),
        (259, &[6]),
        (262, &[6]),
        (277, &[3]),
        (278, &[8]),
        (512, &[1]),
        (530, &[1, 1]),
    ];
    // A stream behind the directory, whose place the entries tell.
    let with_stream = |stream: &[u8], entries: &[(u16, Vec<u64>)], pieces: &[Vec<u8>]| {
        let file = |start: u64| {
            let moved: Vec<(u16, Vec<u64>)> = entries
                .iter()
                .map(|(tag, values)| {
                    let is_place = matches!(tag, 513 | 519..=521);
                    let by = if is_place { start } else { 0 };
                    (*tag, values.iter().map(|value| value + by).collect())
                })
                .collect();
            // Of two entries with one tag, the first counts.
            let mut all: Vec<(u16, &[u64])> =
                moved.iter().map(|(tag, values)| (*tag, values.as_slice())).collect();
            all.extend(&base);
            tiff(Order::default(), &all, pieces)
        };
        let length = file(0).len() as u64;
        [file(length), stream.to_vec()].concat()
    };
    let length = header.len() as u64;
    // The encoder's marks count as the interval; without them, a strip is one.
    let stream = with_stream(&header, &[(513, vec![0]), (514, vec![length])], &rows);
    check("headers in a stream", &stream, &picture.clone().into(), 4.0);

    let scan = header.windows(2).position(|bytes| bytes == [0xFF, 0xDA]).unwrap();
    let first = [&header[scan..], &rows[0]].concat();
    let later = [first, rows[1].clone(), rows[2].clone()];
    let split = with_stream(&header[..scan], &[(513, vec![0]), (514, vec![scan as u64])], &later);
    check("the scan's header in the first strip", &split, &picture.clone().into(), 4.0);

    // Tables by themselves: steps, then the codes of luma, then of chroma.
    let mut places = [Vec::new(), Vec::new(), Vec::new()];
    let mut at = 2;
    while header[at + 1] != 0xDA {
        let end = at + 2 + usize::from(u16::from_be_bytes([header[at + 2], header[at + 3]]));
        let place = at as u64 + 5;
        match (header[at + 1], header[at + 4] >> 4) {
            (0xDB, _) => places[0].push(place),
            (0xC4, 0) => places[1].push(place),
            (0xC4, _) => places[2].push(place),
            _ => {}
        }
        at = end;
    }
    let tables: Vec<_> = (519..)
        .zip(places)
        .map(|(tag, places)| {
            assert_eq!(places.len(), 2, "of {tag}");
            (tag, vec![places[0], places[1], places[1]])
        })
        .collect();
    let by_tables = with_stream(&header, &tables, &rows);
    check("tables", &by_tables, &picture.clone().into(), 4.0);

    let mut in_tile = tables;
    in_tile.extend([(256, vec![37]), (257, vec![21]), (322, vec![40]), (323, vec![24])]);
    in_tile.push((515, vec![5]));
    let tile = [&rows[0][..], &[0xFF, 0xD0], &rows[1], &[0xFF, 0xD1], &rows[2]].concat();
    let part = image::imageops::crop_imm(&picture, 0, 0, 37, 21).to_image();
    check("a tile", &with_stream(&header, &in_tile, &[tile]), &part.into(), 4.0);

    let whole: Vec<Vec<u8>> = (0..3)
        .map(|row| {
            let part = image::imageops::crop_imm(&picture, 0, row * 8, 40, 8).to_image();
            crate::jpeg(&part, false)
        })
        .collect();
    let whole = tiff(Order::default(), &base, &whole);
    check("files", &whole, &picture.clone().into(), 4.0);

    let mut lossless = base.clone();
    lossless.retain(|(tag, _)| *tag != 512);
    lossless.push((512, &[14]));
    assert_eq!(reason(&tiff(Order::default(), &lossless, &rows)), "unsupported");
    assert_eq!(shown(&stream).width(), 40);
}
