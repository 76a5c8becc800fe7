//! TIFF: luma and chroma, and JPEG in its old form.

use image::RgbImage;
use pictures::{Order, tiff};

use crate::tiff::{check, reason};
use crate::tiff_codings::{HEIGHT, WIDTH, entries, strips};
use crate::{shown, smooth};

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
