//! Radiance HDR: headers that never end, sizes that make no sense, and runs beyond the picture.

pub(super) fn files() -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut add = |name: String, bytes: Vec<u8>| files.push((format!("hdr {name}"), bytes));
    for (width, height) in [
        (65_535, 65_535),
        (u32::MAX, u32::MAX),
        (1, u32::MAX),
        (99_999_999, 1),
        (9999, 9999),
        (0, 5),
        (5, 0),
    ] {
        add(format!("that declares {width} x {height}"), file("", width, height, &[0xFF; 64]));
    }
    for (name, lines) in [
        ("lines", "a\n"),
        ("exposures", "EXPOSURE=1e9\n"),
        ("corrections", "COLORCORR=1e9 1e9 1e9\n"),
        ("comments", "#\n"),
    ] {
        add(format!("of many {name}"), file(&lines.repeat(500_000), 9, 9, &[2; 999]));
    }
    add("of one long line".to_owned(), file(&"x".repeat(9_000_000), 9, 9, &[2; 999]));
    add("of no line that ends".to_owned(), b"#?RADIANCE\n".repeat(1_000_000));
    // Runs that continue across rows, of no pixels, and of more and more.
    let row = [&[2, 2, 0x27, 0x0F][..], &[0xFF, 1].repeat(79)].concat();
    add("in runs of 9999 x 9999".to_owned(), file("", 9999, 9999, &row.repeat(10_000)));
    add(
        "in runs of nothing".to_owned(),
        file("", 999, 999, &[[2, 2, 3, 231], [0; 4]].concat().repeat(99_999)),
    );
    let old = [&[9, 9, 9, 9][..], &[1, 1, 1, 0].repeat(7)].concat();
    add("in old runs of nothing".to_owned(), file("", 999, 999, &old.repeat(9999)));
    add(
        "in an old run without end".to_owned(),
        file("", 999, 999, &[&[9, 9, 9, 9][..], &[1, 1, 1, 255].repeat(6)].concat()),
    );
    add("of the brightest light".to_owned(), file("", 64, 64, &[0xFF; 64 * 64 * 4]));
    files
}

pub(super) fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let flat: Vec<u8> = (0..16 * 12).flat_map(|at| [at, 255 - at, 90, 120 + at / 16]).collect();
    let row =
        [&[2, 2, 0, 16][..], &[0x90, 99], &[0x8C, 7, 4, 1, 2, 3, 4], &[0x90, 40], &[0x90, 130]];
    vec![
        ("hdr", file("FORMAT=32-bit_rle_rgbe\nEXPOSURE=2\n", 16, 12, &flat)),
        ("hdr in runs", file("FORMAT=32-bit_rle_rgbe\n", 16, 12, &row.concat().repeat(12))),
    ]
}

fn file(lines: &str, width: u32, height: u32, data: &[u8]) -> Vec<u8> {
    let header = format!("#?RADIANCE\n{lines}\n-Y {height} +X {width}\n");
    [header.as_bytes(), data].concat()
}
