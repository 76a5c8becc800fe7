//! PSD and PSB: sizes that make no sense, sections longer than the file, and runs that expand a few
//! bytes to many pixels.

use crate::Psd;

pub(super) fn files() -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut add = |name: String, bytes: Vec<u8>| files.push((format!("psd {name}"), bytes));
    for is_big in [false, true] {
        let kind = if is_big { "large" } else { "small" };
        for size in [
            (65_535, 65_535),
            (u32::MAX, u32::MAX),
            (1, u32::MAX),
            (u32::MAX, 1),
            (300_000, 300_000),
            (0, 5),
            (9999, 9999),
        ] {
            for (mode, depth) in [(0, 1), (1, 32), (2, 8), (3, 16), (4, 16), (9, 8)] {
                for in_runs in [false, true] {
                    let psd = Psd { is_big, ..Psd::new(mode, depth, 56, size) };
                    let name =
                        format!("{kind} of {size:?}, mode {mode}, {depth} bits, runs {in_runs}");
                    add(name, [psd.file(&[], in_runs), vec![0; 256]].concat());
                }
            }
        }
        // Each pair of bytes gives 128 pixels.
        let row = [0x81, 0x55].repeat(78);
        let length = u32::try_from(row.len()).unwrap_or(0).to_be_bytes();
        let length = if is_big { &length[..] } else { &length[2..] };
        let rows = 9984 * 3;
        let header = Psd { is_big, ..Psd::new(3, 8, 3, (9984, 9984)) }.header();
        let bomb = [&header[..], &[0, 1], &length.repeat(rows), &row.repeat(rows)].concat();
        add(format!("{kind} bomb of 9984 x 9984"), bomb);
        let empty = [&header[..], &[0, 1], &vec![0; length.len() * rows], &[0x80; 99]].concat();
        add(format!("{kind} of rows of nothing"), empty);
        let still = [&header[..], &[0, 1], &length.repeat(rows), &vec![0x80; 5_000_000]].concat();
        add(format!("{kind} of runs that mean nothing"), still);
    }
    for (at, name) in [(26, "palette"), (30, "resources"), (34, "layers")] {
        let mut file = Psd::new(3, 8, 3, (8, 8)).file(&vec![vec![7; 8]; 24], false);
        file.splice(at..at + 4, [0xFF; 4]);
        add(format!("of {name} without end"), file);
    }
    let names: Vec<(u16, &[u8])> = vec![(1000, &[]); 500_000];
    let psd = Psd { resources: &names, ..Psd::new(3, 8, 3, (8, 8)) };
    add("of 500000 resources".to_owned(), psd.file(&vec![vec![7; 8]; 24], false));
    let profile = vec![0xAA; 4 << 20];
    let psd = Psd { resources: &[(1039, &profile)], ..Psd::new(4, 8, 4, (8, 8)) };
    add("with a profile of 4 MB".to_owned(), psd.file(&vec![vec![7; 8]; 32], false));
    files
}

pub(super) fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let rows = |channels: u8, bytes: u8| -> Vec<Vec<u8>> {
        let rows = (0..channels).flat_map(|channel| (0..12_u8).map(move |y| (channel, y)));
        rows.map(|(channel, y)| {
            (0..16 * bytes).map(|x| (x / 3 * 3 + y * 5).wrapping_add(channel * 40)).collect()
        })
        .collect()
    };
    let glass = [0, 0, 0, 2, 0xFF, 0xFF, 0, 0, 0, 0];
    let palette: Vec<u8> = (0..=255).cycle().take(768).collect();
    let size = (16, 12);
    let resources: [(u16, &[u8]); 2] = [(1057, &[0, 0, 0, 1, 1]), (1058, b"II*\0\x08\0\0\0\0\0")];
    vec![
        ("psd", Psd { resources: &resources, ..Psd::new(3, 8, 3, size) }.file(&rows(3, 1), true)),
        (
            "psd with alpha",
            Psd { layers: &glass, ..Psd::new(3, 8, 4, size) }.file(&rows(4, 1), true),
        ),
        ("psd of inks of 16 bits", Psd::new(4, 16, 4, size).file(&rows(4, 2), false)),
        ("psd of lab", Psd { is_big: true, ..Psd::new(9, 8, 3, size) }.file(&rows(3, 1), true)),
        (
            "psd with a palette",
            Psd { palette: &palette, ..Psd::new(2, 8, 1, size) }.file(&rows(1, 1), true),
        ),
        ("psd of floats", Psd::new(1, 32, 1, size).file(&rows(1, 4), false)),
        ("psd of bits", Psd::new(0, 1, 1, size).file(&vec![vec![0x5A, 0xC3]; 12], true)),
    ]
}
