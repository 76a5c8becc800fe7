//! TIFF: directories that refer to themselves, and strips and tiles that overlap, do not end or
//! hold more than they declare.

use image::{DynamicImage, ImageFormat};

use super::zlib::zeros;
use crate::{Order, landscape, tiff};

const LONG: u16 = 4;

pub(super) fn files() -> Vec<(String, Vec<u8>)> {
    let mut files =
        vec![("tiff of planes in tiles larger than itself".to_owned(), crate::wide_tiles_tiff())];
    let mut add = |name: &str, bytes: Vec<u8>| files.push((format!("tiff {name}"), bytes));
    for (width, height) in
        [(65_535, 65_535), (1, u32::MAX), (u32::MAX, 1), (u32::MAX, u32::MAX), (0, 0)]
    {
        let name = format!("that declares {width} x {height}");
        add(&name, file(&strip((width, height), 1, 8, u32::MAX), &[]));
    }
    add("whose next directory is itself", {
        let mut file = file(&strip((8, 8), 1, 8, 64), &[0; 64]);
        let end = 8 + 2 + 12 * 9;
        file.splice(end..end + 4, 8_u32.to_le_bytes());
        file
    });
    add(
        "with a directory inside itself",
        file(&[&strip((8, 8), 1, 8, 64)[..], &[(330, LONG, 1, 8)]].concat(), &[0; 64]),
    );
    add("whose directory is beyond its end", b"II*\0\xFF\xFF\xFF\x7F".to_vec());
    add(
        "whose directory has 65535 entries",
        [b"II*\0\x08\0\0\0\xFF\xFF".to_vec(), vec![0; 300_000]].concat(),
    );
    for tag in [258, 273, 279, 34_675, 700, 34_377] {
        let mut entries = strip((8, 8), 1, 8, 64);
        entries.retain(|entry| entry.0 != tag);
        entries.push((tag, LONG, u32::MAX, 8));
        add(&format!("with 2^32 values of tag {tag}"), file(&entries, &[0; 64]));
    }
    let tiled =
        |size: (u32, u32), tile: (u32, u32), compression: u32, count: u32, at: u32, length: u32| {
            let mut entries = strip(size, compression, at, length);
            entries.retain(|entry| !matches!(entry.0, 273 | 278 | 279));
            entries.extend([
                (322, LONG, 1, tile.0),
                (323, LONG, 1, tile.1),
                (324, LONG, count, at),
                (325, LONG, count, length),
            ]);
            entries
        };
    for tile in [(u32::MAX, 1), (1, u32::MAX), (1 << 31, 1 << 31), (0, 0), (16, 0)] {
        add(&format!("of tiles of {tile:?}"), file(&tiled((64, 64), tile, 1, 1, 8, 64), &[0; 64]));
    }
    let bomb = zeros(1 << 30).into_iter().skip(2).collect::<Vec<u8>>();
    let bomb = [&b"\x78\x9C"[..], &bomb].concat();
    let length = u32::try_from(bomb.len()).unwrap_or(u32::MAX);
    add("of 10000 x 10000, deflated", file(&strip((10_000, 10_000), 8, PAYLOAD, length), &bomb));
    add("of one deflated gigabyte for 8 x 8", file(&strip((8, 8), 8, PAYLOAD, length), &bomb));
    // Tiles far wider than the picture: every row is inflated and dropped.
    add(
        "of a tile of 16000000 x 64 for 8 x 64, deflated",
        file(&tiled((8, 64), (16_000_000, 64), 8, 1, PAYLOAD, length), &bomb),
    );
    for (name, bytes) in of_shared_strips(&bomb) {
        add(&name, bytes);
    }
    // The headers of a block, and of a frame, without their checksums.
    let dictionary = b"\xFD7zXZ\0\0\0\xFF\x12\xD9\x41\x02\0\x21\x01\x28\0\0\0\0\0\0\0\x01\0\0\0";
    add("of LZMA with a dictionary of 4 GB", file(&strip((8, 8), 34_925, PAYLOAD, 28), dictionary));
    let window = b"\x28\xB5\x2F\xFD\0\xFF\x01\0\0";
    add("of Zstandard with a window of 3 TB", file(&strip((8, 8), 50_000, PAYLOAD, 9), window));
    let content = b"\x28\xB5\x2F\xFD\xE0\xFF\xFF\xFF\xFF\xFF\x7F\0\0\x01\0\0";
    add("of Zstandard with content of 100 TB", file(&strip((8, 8), 50_000, PAYLOAD, 16), content));
    for side in [16_384, 9000] {
        let jpeg = super::jpeg::solid(side);
        let length = u32::try_from(jpeg.len()).unwrap_or(0);
        let name = format!("of 64 x 64 with a JPEG of {side} x {side} inside");
        add(&name, file(&strip((64, 64), 7, PAYLOAD, length), &jpeg));
    }
    add("with a profile of 4 MB", {
        let entries =
            [&strip((8, 8), 1, PAYLOAD, 64)[..], &[(34_675, 7, 4 << 20, PAYLOAD)]].concat();
        file(&entries, &vec![0; 4 << 20])
    });
    add("of 65535 samples a pixel", {
        let mut entries = strip((1000, 1000), 1, PAYLOAD, 64);
        entries.retain(|entry| entry.0 != 277);
        entries.push((277, 3, 1, 65_535));
        file(&entries, &[0; 64])
    });
    files
}

/// Many strips with the same bytes: offsets and lengths come after the directory.
fn of_shared_strips(bomb: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for (count, compression) in [
        (60_000_u32, 8),
        (60_000, 1),
        (60_000, 4),
        (60_000, 5),
        (60_000, 32_773),
        (60_000, 34_925),
        (60_000, 50_000),
        (1000, 6),
        (1000, 7),
    ] {
        let mut entries = strip((1000, count), compression, 0, 0);
        entries.retain(|entry| !matches!(entry.0, 273 | 278 | 279));
        let jpeg = crate::grey_jpeg(1000, 8, 1);
        let payload = if matches!(compression, 6 | 7) {
            jpeg.as_slice()
        } else {
            bomb.get(..4096).unwrap_or_default()
        };
        let offsets = PAYLOAD + u32::try_from(payload.len()).unwrap_or(0);
        entries.extend([
            (273, LONG, count, offsets),
            (278, LONG, 1, 1),
            (279, LONG, count, offsets + count * 4),
        ]);
        let mut tail = PAYLOAD.to_le_bytes().repeat(count as usize);
        tail.extend(u32::try_from(payload.len()).unwrap_or(0).to_le_bytes().repeat(count as usize));
        let name = format!("of {count} times the same strip, compression {compression}");
        files.push((name, file(&entries, &[payload, &tail].concat())));
    }
    files
}

pub(super) fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let write = |picture: DynamicImage| {
        let mut file = std::io::Cursor::new(Vec::new());
        let written = picture.write_to(&mut file, ImageFormat::Tiff);
        written.map(|()| file.into_inner()).unwrap_or_default()
    };
    let picture = DynamicImage::from(landscape(20, 12, 12));
    let jpeg = crate::grey_jpeg(24, 16, 13);
    let length = u32::try_from(jpeg.len()).unwrap_or(0);
    let packed = zeros(24 * 16);
    let packed_length = u32::try_from(packed.len()).unwrap_or(0);
    vec![
        ("tiff in colour", write(picture.clone())),
        ("tiff with alpha", write(picture.to_rgba8().into())),
        ("tiff of 16 bits", write(picture.to_rgb16().into())),
        ("tiff of floats", write(picture.to_rgb32f().into())),
        ("tiff of a JPEG", file(&strip((24, 16), 7, PAYLOAD, length), &jpeg)),
        ("tiff deflated", file(&strip((24, 16), 8, PAYLOAD, packed_length), &packed)),
        ("tiff of a palette", coloured(3, &[8], 1)),
        ("tiff of inks", coloured(5, &[8; 4], 4)),
        ("tiff of lab", coloured(8, &[8; 3], 3)),
        ("tiff of 4 bits", coloured(0, &[4], 1)),
        ("tiff of grey with alpha", coloured(1, &[16, 16], 2)),
        ("tiff of a fax of group 3", fax(3)),
        ("tiff of a fax of group 4", fax(4)),
        ("tiff of a fax in runs", fax(2)),
        ("tiff of a JPEG in the old form", file(&strip((24, 16), 6, PAYLOAD, length), &jpeg)),
        ("tiff of Zstandard", {
            // A frame with one block that is not compressed (RFC 8878, 3.1.1).
            let frame = [&b"\x28\xB5\x2F\xFD\x60\x80\0\x01\x0C\0"[..], &[99; 384]].concat();
            file(&strip((24, 16), 50_000, PAYLOAD, 394), &frame)
        }),
        ("tiff of chroma at half resolution", {
            let mut entries = strip((16, 16), 1, PAYLOAD, 384);
            entries.retain(|entry| !matches!(entry.0, 262 | 277));
            entries.extend([(262, 3, 1, 6), (277, 3, 1, 3), (530, 3, 2, 2 << 16 | 2)]);
            file(&entries, &[99; 384])
        }),
        ("tiff in tiles", {
            let mut entries = strip((20, 12), 1, 0, 0);
            entries.retain(|entry| !matches!(entry.0, 273 | 278 | 279));
            entries.extend([
                (322, LONG, 1, 32),
                (323, LONG, 1, 16),
                (324, LONG, 1, PAYLOAD),
                (325, LONG, 1, 512),
            ]);
            file(&entries, &[99; 512])
        }),
    ]
}

/// A picture of 16 x 12 pixels, with bytes of any meaning.
fn coloured(meaning: u64, bits: &[u64], samples: u64) -> Vec<u8> {
    let order = Order { is_big_endian: samples == 4, is_big_tiff: samples == 3 };
    let palette: Vec<u64> = (0..768).map(|at| at * 85).collect();
    let mut fields: Vec<(u16, &[u64])> =
        vec![(256, &[16]), (257, &[12]), (258, bits), (259, &[32_773]), (278, &[6])];
    let (meaning, samples) = ([meaning], [samples]);
    fields.extend([(262, &meaning[..]), (277, &samples)]);
    if meaning == [3] {
        fields.push((320, &palette));
    }
    if samples == [2] {
        fields.push((338, &[1]));
    }
    let row_bits: u64 = bits.iter().sum();
    let row = usize::try_from(row_bits * 2).unwrap_or(0);
    let literal: Vec<u8> = (0..row).map(|at| u8::try_from(at * 7 % 256).unwrap_or(0)).collect();
    let row = [&[u8::try_from(row - 1).unwrap_or(0)][..], &literal].concat();
    tiff(order, &fields, &[row.repeat(6), row.repeat(6)])
}

/// A fax of 16 x 8 pixels: for group 3, each row has runs of 2 white, 3 black and 11 white pixels;
/// for group 4, everything is white.
fn fax(group: u64) -> Vec<u8> {
    // An end of line, then the codes 0111, 10 and 01000 (ITU-T T.4, table 2).
    let row = [0x00, 0x17, 0x90];
    let coded = if group == 3 { row.repeat(8) } else { vec![0xFF; 1] };
    let fields: [(u16, &[u64]); 8] = [
        (256, &[16]),
        (257, &[8]),
        (258, &[1]),
        (259, &[group]),
        (262, &[0]),
        (277, &[1]),
        (278, &[8]),
        (292, &[0]),
    ];
    tiff(Order::default(), &fields, &[coded])
}

/// The position of the payload in a file by [`file()`], in bytes from the start.
const PAYLOAD: u32 = 512;

/// The entries of a grey picture in one strip: tag, type, count and value.
fn strip(
    (width, height): (u32, u32),
    compression: u32,
    at: u32,
    length: u32,
) -> Vec<(u16, u16, u32, u32)> {
    vec![
        (256, LONG, 1, width),
        (257, LONG, 1, height),
        (258, 3, 1, 8),
        (259, 3, 1, compression),
        (262, 3, 1, 1),
        (273, LONG, 1, at),
        (277, 3, 1, 1),
        (278, LONG, 1, height),
        (279, LONG, 1, length),
    ]
}

/// A file of one directory, and `payload` at [`PAYLOAD`].
fn file(entries: &[(u16, u16, u32, u32)], payload: &[u8]) -> Vec<u8> {
    let mut entries = entries.to_vec();
    entries.sort_unstable();
    let mut file = b"II*\0\x08\0\0\0".to_vec();
    file.extend(u16::try_from(entries.len()).unwrap_or(0).to_le_bytes());
    for (tag, kind, count, value) in entries {
        file.extend(tag.to_le_bytes());
        file.extend(kind.to_le_bytes());
        file.extend(count.to_le_bytes());
        file.extend(value.to_le_bytes());
    }
    file.extend([0; 4]);
    if !payload.is_empty() {
        file.resize(PAYLOAD as usize, 0);
        file.extend(payload);
    }
    file
}
