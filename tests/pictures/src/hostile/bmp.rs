//! BMP: headers that make no sense, and run lengths beyond the picture.

pub(super) fn files() -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut add = |name: &str, bytes: Vec<u8>| files.push((format!("bmp {name}"), bytes));
    let sizes: [(i32, i32); 9] = [
        (65_535, 65_535),
        (1, i32::MAX),
        (i32::MAX, 1),
        (i32::MAX, i32::MAX),
        (i32::MIN, i32::MIN),
        (-1, 100),
        (100, i32::MIN),
        (0, 0),
        (65_535, -1526),
    ];
    for (width, height) in sizes {
        add(
            &format!("that declares {width} x {height}"),
            file((width, height), 24, 0, 0, &[0; 64]),
        );
    }
    for bits in [0, 3, 7, 255, u16::MAX] {
        add(&format!("of {bits} bits a pixel"), file((64, 64), bits, 0, 0, &[0; 4096]));
    }
    for compression in [2, 3, 4, 5, 6, 99] {
        add(
            &format!("of compression {compression}"),
            file((64, 64), 8, compression, 0, &[0; 4096]),
        );
    }
    add("with a palette of 2^32 colours", file((64, 64), 8, 0, u32::MAX, &[0; 4096]));
    add("of 9999 x 9999 without pixels", file((9999, 9999), 24, 0, 0, &[]));
    add("of 9999 x 9999 that ends at once", file((9999, 9999), 8, 1, 2, &[0, 1]));
    for (name, run) in [
        ("ends of line", &[0, 0][..]),
        ("steps that do not move", &[0, 2, 0, 0]),
        ("steps to the far corner", &[0, 2, 255, 255]),
        ("runs of no length", &[0, 3, 0, 0, 0, 0]),
        ("runs of one pixel", &[1, 1]),
        ("runs of 255 pixels", &[255, 1]),
    ] {
        add(&format!("of {name}"), file((9999, 9999), 8, 1, 2, &run.repeat(250_000)));
        add(&format!("of 4 bits and {name}"), file((9999, 9999), 4, 2, 2, &run.repeat(250_000)));
    }
    files
}

pub(super) fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let runs = [[5, 1].repeat(3), vec![0, 4, 1, 0, 1, 0, 0, 0]].concat().repeat(16);
    vec![
        ("bmp of run lengths", file((16, 16), 8, 1, 4, &runs)),
        ("bmp of 16 bits", file((16, 16), 16, 3, 0, &[0xAA; 16 + 512])),
    ]
}

pub(super) fn file(
    (width, height): (i32, i32),
    bits: u16,
    compression: u32,
    colours: u32,
    rest: &[u8],
) -> Vec<u8> {
    let palette = usize::try_from(colours.min(256)).unwrap_or(0) * 4;
    let start = u32::try_from(54 + palette).unwrap_or(54);
    let mut file = b"BM\0\0\0\0\0\0\0\0".to_vec();
    file.extend(start.to_le_bytes());
    file.extend(40_u32.to_le_bytes());
    file.extend(width.to_le_bytes());
    file.extend(height.to_le_bytes());
    file.extend(1_u16.to_le_bytes());
    file.extend(bits.to_le_bytes());
    file.extend(compression.to_le_bytes());
    file.extend([0; 12]);
    file.extend(colours.to_le_bytes());
    file.extend([0; 4]);
    file.extend(vec![0x55; palette]);
    file.extend(rest);
    file
}
