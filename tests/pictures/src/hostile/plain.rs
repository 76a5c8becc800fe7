//! QOI, PNM and TGA, which are a plain header and pixels: sizes that make no sense, runs that
//! expand a few bytes to many pixels, and headers that never end.

use image::{DynamicImage, ImageFormat};

pub(super) fn files() -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut add = |name: String, bytes: Vec<u8>| files.push((name, bytes));
    for (width, height) in [
        (65_535, 65_535),
        (u32::MAX, u32::MAX),
        (1, u32::MAX),
        (0x8000_0001, 2),
        (99_999_999, 1),
        (9999, 9999),
        (0, 5),
    ] {
        let size = format!("that declares {width} x {height}");
        add(format!("qoi {size}"), qoi(width, height, 4, &[0xC0; 64]));
        for kind in 1..=6 {
            let sizes = format!("P{kind}\n{width} {height}\n65535\n0 1 2 3 4 5 6 7");
            add(format!("pnm P{kind} {size}"), sizes.into_bytes());
        }
        let pam = format!(
            "P7\nWIDTH {width}\nHEIGHT {height}\nDEPTH 4\nMAXVAL 65535\nTUPLTYPE RGB_ALPHA\nENDHDR\n"
        );
        add(format!("pnm P7 {size}"), pam.into_bytes());
    }
    // Each byte gives 62 pixels.
    add("qoi bomb of 9999 x 9999".to_owned(), qoi(9999, 9999, 4, &vec![0xFD; 1_700_000]));
    add("qoi of 5 channels".to_owned(), qoi(64, 64, 5, &[0xFD; 4096]));

    for depth in ["0", "5", "4294967295", "-1", ""] {
        let pam = format!("P7\nWIDTH 9\nHEIGHT 9\nDEPTH {depth}\nMAXVAL 255\nENDHDR\n");
        add(format!("pnm of depth {depth}"), [pam.as_bytes(), &[0; 999]].concat());
    }
    for (name, line) in
        [("types", &b"TUPLTYPE RGB_ALPHA\n"[..]), ("comments", b"#\n"), ("widths", b"WIDTH 1\n")]
    {
        add(format!("pnm P7 of many {name}"), [b"P7\n", &line.repeat(500_000)[..]].concat());
    }
    add("pnm of one comment".to_owned(), [b"P6\n#", &b"x".repeat(9_000_000)[..]].concat());
    add(
        "pnm of nothing but space".to_owned(),
        [b"P2\n99 99 99\n", &b" ".repeat(9_000_000)[..]].concat(),
    );

    for kind in [1, 2, 3, 9, 10, 11] {
        for depth in [8, 15, 16, 24, 32] {
            // Each pair of bytes, more or less, gives 128 pixels.
            let runs = [0xFF, 0, 0, 0, 0].repeat(100_000);
            let name = format!("tga of type {kind} and {depth} bits of 65535 x 65535");
            add(name, tga(kind, depth, (65_535, 65_535), &runs));
            let name = format!("tga of type {kind} and {depth} bits of 9999 x 999");
            add(name, tga(kind, depth, (9999, 999), &runs));
        }
    }
    files
}

pub(super) fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let picture = DynamicImage::from(image::RgbaImage::from_fn(24, 16, |x, y| {
        let shade = |at: u32| u8::try_from(at * 8).unwrap_or(0);
        image::Rgba([shade(x), shade(y), shade(x ^ y), 255 - shade(y)])
    }));
    let opaque = DynamicImage::from(picture.to_rgb8());
    let grey = picture.to_luma8();
    let mut text = b"P2\n# a comment\n24 16\n255\n".to_vec();
    text.extend(grey.iter().flat_map(|sample| format!("{sample} ").into_bytes()));
    let deep = [&b"P6 24 16 65535\n"[..], &[0x12; 24 * 16 * 6]].concat();
    let pam = b"P7\nWIDTH 24\nHEIGHT 16\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n";
    let map: Vec<u8> = (0..=255).flat_map(|at| [at, at / 2, 255 - at]).collect();
    vec![
        ("qoi", write(&picture, ImageFormat::Qoi)),
        ("qoi without alpha", write(&opaque, ImageFormat::Qoi)),
        ("pnm of bits", [&b"P4\n24 16\n"[..], &[0x5A; 48]].concat()),
        ("pnm of text", text),
        ("pnm of 16 bits", deep),
        ("pnm of any kind", [pam, picture.as_bytes()].concat()),
        ("tga in runs", write(&picture, ImageFormat::Tga)),
        ("tga with a map", tga(1, 8, (24, 16), &[&map[..], &grey].concat())),
        ("tga of 16 bits", tga(2, 16, (24, 16), &[0x35; 24 * 16 * 2])),
    ]
}

fn write(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut file = std::io::Cursor::new(Vec::new());
    match picture.write_to(&mut file, format) {
        Ok(()) => file.into_inner(),
        Err(_) => Vec::new(),
    }
}

fn qoi(width: u32, height: u32, channels: u8, data: &[u8]) -> Vec<u8> {
    let mut file = b"qoif".to_vec();
    file.extend(width.to_be_bytes());
    file.extend(height.to_be_bytes());
    file.extend([channels, 0]);
    file.extend(data);
    file
}

/// A TGA, with a map of 256 colours of 24 bits if it needs one.
fn tga(kind: u8, depth: u8, (width, height): (u16, u16), data: &[u8]) -> Vec<u8> {
    let (has_map, length, bits) = if kind % 8 == 1 { (1, 1, 24) } else { (0, 0, 0) };
    let mut file = vec![0, has_map, kind, 0, 0, 0, length, bits, 0, 0, 0, 0];
    file.extend(width.to_le_bytes());
    file.extend(height.to_le_bytes());
    file.extend([depth, if depth == 32 { 8 } else { 0 }]);
    file.extend(data);
    file
}
