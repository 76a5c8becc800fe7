//! Colour profiles, built by code: sound ones for displays and printers, to be mutated, and ones
//! that declare more than they hold (ISO 15076-1).

type Tag = ([u8; 4], Vec<u8>);

/// A display's profile: three primaries, and curves of either kind.
pub(super) fn display() -> Vec<u8> {
    let mut parametric = b"para\0\0\0\0\0\x03\0\0".to_vec();
    for value in [2.4, 0.9479, 0.0521, 0.0774, 0.0405] {
        parametric.extend(fixed(value));
    }
    let table = [&b"curv\0\0\0\0\0\0\0\x03"[..], &[0, 0, 0x30, 0, 0xFF, 0xFF]].concat();
    profile(
        *b"RGB ",
        &[
            (*b"wtpt", xyz(0.9642, 1.0, 0.8249)),
            (*b"rXYZ", xyz(0.4361, 0.2225, 0.0139)),
            (*b"gXYZ", xyz(0.3851, 0.7169, 0.0971)),
            (*b"bXYZ", xyz(0.1431, 0.0606, 0.7141)),
            (*b"rTRC", parametric.clone()),
            (*b"gTRC", parametric),
            (*b"bTRC", table),
        ],
    )
}

/// A grey scanner's profile: one curve.
pub(super) fn grey() -> Vec<u8> {
    let gamma = b"curv\0\0\0\0\0\0\0\x01\x02\x33".to_vec();
    profile(*b"GRAY", &[(*b"wtpt", xyz(0.9642, 1.0, 0.8249)), (*b"kTRC", gamma)])
}

/// A printer's profile: a table of `points` to the power of four inks, which holds only `held`
/// bytes.
pub(super) fn press(points: u8, held: usize) -> Vec<u8> {
    let mut table = b"mft1\0\0\0\0\x04\x03".to_vec();
    table.extend([points, 0]);
    for place in 0..9 {
        table.extend(fixed(if place % 4 == 0 { 1.0 } else { 0.0 }));
    }
    let ramp = |_| 0..=u8::MAX;
    table.extend((0..4).flat_map(ramp));
    table.extend((0..=u8::MAX).cycle().take(held));
    table.extend((0..3).flat_map(ramp));
    profile(*b"CMYK", &[(*b"wtpt", xyz(0.9642, 1.0, 0.8249)), (*b"A2B0", table)])
}

/// A profile with very many tags, all for the same bytes.
pub(super) fn crowded(tags: usize) -> Vec<u8> {
    let one = (*b"rTRC", b"curv\0\0\0\0\0\0\0\x01\x02\x33".to_vec());
    profile(*b"RGB ", &vec![one; tags])
}

fn profile(colours: [u8; 4], tags: &[Tag]) -> Vec<u8> {
    let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX).to_be_bytes();
    let start = 128 + 4 + tags.len() * 12;
    let (mut table, mut data) = (number(tags.len()).to_vec(), Vec::new());
    for (name, content) in tags {
        table.extend([*name, number(start + data.len()), number(content.len())].concat());
        data.extend(content);
        data.resize(data.len().next_multiple_of(4), 0);
    }
    let connection = if colours == *b"CMYK" { b"Lab " } else { b"XYZ " };
    let class = if colours == *b"CMYK" { b"prtr" } else { b"mntr" };
    let mut header = number(start + data.len()).to_vec();
    let version: [u8; 8] = [0, 0, 0, 0, 4, 0x30, 0, 0];
    header.extend([&version[..], class, &colours, connection].concat());
    header.extend([0; 12]);
    header.extend(b"acsp");
    header.resize(68, 0);
    header.extend([fixed(0.9642), fixed(1.0), fixed(0.8249)].concat());
    header.resize(128, 0);
    [header, table, data].concat()
}

fn xyz(x: f64, y: f64, z: f64) -> Vec<u8> {
    [&b"XYZ \0\0\0\0"[..], &fixed(x), &fixed(y), &fixed(z)].concat()
}

/// A fixed-point number with 16 fractional bits.
fn fixed(value: f64) -> [u8; 4] {
    #[expect(clippy::cast_possible_truncation, reason = "all are below 4")]
    let fixed = (value * 65_536.0) as i32;
    fixed.to_be_bytes()
}
