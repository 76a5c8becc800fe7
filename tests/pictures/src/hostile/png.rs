//! PNG: sizes, deflate bombs in every deflated chunk, and huge numbers of chunks.

use image::{DynamicImage, ImageFormat};

use super::zlib::zeros;
use crate::bits::crc;
use crate::landscape;

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

pub(super) fn files() -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut add = |name: &str, bytes: Vec<u8>| files.push((format!("png {name}"), bytes));
    for (width, height) in [
        (65_535, 65_535),
        (1, u32::MAX),
        (u32::MAX, 1),
        (u32::MAX, u32::MAX),
        (0, 0),
        (0x7FFF_FFFF, 1),
    ] {
        let end = [chunk(*b"IDAT", &zeros(100)), chunk(*b"IEND", b"")].concat();
        add(&format!("that declares {width} x {height}"), file((width, height), 16, 6, 0, &end));
    }
    let pixels = |bytes: usize| [chunk(*b"IDAT", &zeros(bytes)), chunk(*b"IEND", b"")].concat();
    add("bomb of 10000 x 10000 greys", file((10_000, 10_000), 8, 0, 0, &pixels(100_010_000)));
    add("bomb of 10000 x 10000 in 1 bit", file((10_000, 10_000), 1, 0, 0, &pixels(12_510_000)));
    add("bomb of 7000 x 7000 in 64 bits", file((7_000, 7_000), 16, 6, 0, &pixels(392_007_000)));
    add("bomb of 9000 x 9000, interlaced", file((9_000, 9_000), 8, 2, 1, &pixels(243_100_000)));
    add("bomb of 1 x 99999999", file((1, 99_999_999), 8, 0, 0, &pixels(200_000_000)));
    add("bomb of 99999999 x 1", file((99_999_999, 1), 8, 0, 0, &pixels(100_000_000)));
    add("of 1 x 1 with a gigabyte of pixels", file((1, 1), 8, 0, 0, &pixels(1 << 30)));

    let dot = [chunk(*b"IDAT", &zeros(4)), chunk(*b"IEND", b"")].concat();
    let with = |first: &[u8]| file((1, 1), 8, 2, 0, &[first, &dot].concat());
    let profile = [&b"p\0\0"[..], &zeros(400 << 20)].concat();
    add("with a profile of 400 MB", with(&chunk(*b"iCCP", &profile)));
    add("with 400 profiles of 1 MB", {
        let profile = [&b"p\0\0"[..], &zeros(1 << 20)].concat();
        with(&chunk(*b"iCCP", &profile).repeat(400))
    });
    let text = [&b"k\0\0"[..], &zeros(400 << 20)].concat();
    add("with a text of 400 MB", with(&chunk(*b"zTXt", &text)));
    let text = [&b"XML:com.adobe.xmp\0\x01\0\0\0"[..], &zeros(400 << 20)].concat();
    add("with an international text of 400 MB", with(&chunk(*b"iTXt", &text)));
    add("with 80000 empty texts", with(&chunk(*b"tEXt", b"k\0").repeat(80_000)));
    add("with 80000 unknown chunks", with(&chunk(*b"abCd", b"").repeat(80_000)));
    add(
        "with a text of 4 MB",
        with(&chunk(*b"tEXt", &[b"k\0".to_vec(), vec![b'x'; 4 << 20]].concat())),
    );
    add(
        "with EXIF that points at itself",
        with(&chunk(*b"eXIf", b"MM\0*\0\0\0\x08\xFF\xFF\x87\x69\0\x04\0\0\0\x01\0\0\0\x08")),
    );
    add("with 80000 empty IDATs", {
        let empty = chunk(*b"IDAT", b"").repeat(80_000);
        file((1, 1), 8, 2, 0, &[&empty, &dot[..]].concat())
    });
    add("that is an animation of 2^31 frames", {
        let control = chunk(*b"acTL", b"\x7F\xFF\xFF\xFF\0\0\0\0");
        let frame = |number: u32| {
            let mut body = number.to_be_bytes().to_vec();
            body.extend(b"\0\0\0\x01\0\0\0\x01\0\0\0\0\0\0\0\0\0\x01\0\x01\0\0");
            chunk(*b"fcTL", &body)
        };
        let frames: Vec<u8> = (0..20_000).flat_map(frame).collect();
        with(&[control, frames].concat())
    });
    add("whose chunk is longer than any file", with(b"\x7F\xFF\xFF\xFFtEXt"));
    add("with a palette that is missing", file((64, 64), 8, 3, 0, &dot));
    files
}

pub(super) fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let picture = DynamicImage::from(landscape(24, 16, 9));
    let grey = encode(&DynamicImage::from(picture.to_luma8()));
    let palette = {
        let body = [
            chunk(*b"PLTE", b"\xFF\0\0\0\xFF\0"),
            chunk(*b"tRNS", b"\x80"),
            chunk(*b"IDAT", &zeros(17 * 16)),
            chunk(*b"IEND", b""),
        ];
        file((16, 16), 8, 3, 0, &body.concat())
    };
    let interlaced = {
        let body = [
            chunk(*b"iCCP", &[&b"p\0\0"[..], &zeros(3000)].concat()),
            chunk(*b"IDAT", &zeros(4000)),
            chunk(*b"IEND", b""),
        ];
        file((16, 16), 16, 2, 1, &body.concat())
    };
    vec![("png grey", grey), ("png with a palette", palette), ("png interlaced", interlaced)]
}

/// Corrects the checksum of every chunk, if this is a PNG.
pub(super) fn mend(file: &mut [u8]) {
    if !file.starts_with(SIGNATURE) {
        return;
    }
    let mut rest = file.get_mut(SIGNATURE.len()..).unwrap_or_default();
    while let Some((length, after)) = rest.split_first_chunk_mut::<4>() {
        let length = u32::from_be_bytes(*length) as usize;
        let Some((chunk, after)) = after.split_at_mut_checked(length.saturating_add(4)) else {
            return;
        };
        let Some((sum, after)) = after.split_first_chunk_mut::<4>() else { return };
        *sum = crc([&[], chunk]).to_be_bytes();
        rest = after;
    }
}

fn encode(picture: &DynamicImage) -> Vec<u8> {
    let mut file = std::io::Cursor::new(Vec::new());
    let written = picture.write_to(&mut file, ImageFormat::Png);
    written.map(|()| file.into_inner()).unwrap_or_default()
}

fn file((width, height): (u32, u32), depth: u8, color: u8, interlaced: u8, rest: &[u8]) -> Vec<u8> {
    let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
    header.extend([depth, color, 0, 0, interlaced]);
    [SIGNATURE, &chunk(*b"IHDR", &header), rest].concat()
}

fn chunk(name: [u8; 4], payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    let mut chunk = [&length.to_be_bytes(), &name, payload].concat();
    chunk.extend(crc([&name, payload]).to_be_bytes());
    chunk
}
