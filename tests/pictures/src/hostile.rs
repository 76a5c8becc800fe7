//! Files made to hurt decoders: small, but declaring, inflating to or repeating large amounts. Each
//! is built by code, so that none is stored. How they must be handled is up to whoever runs them.

mod av1;
mod avif;
mod bmp;
mod exr;
mod gif;
mod hdr;
mod heic;
mod ico;
mod jp2;
mod jpeg;
mod jxl;
mod plain;
mod png;
mod profile;
mod psd;
mod raw;
mod tiff;
mod webp;
mod zlib;

use std::sync::LazyLock;

/// A hostile file.
#[derive(Debug, Clone)]
pub struct Hostile {
    /// What it does, in a few words that start with its format.
    pub name: String,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Every hostile file: about 900, with 170 MB in all. They are made once in each process.
#[must_use]
pub fn hostile_set() -> &'static [Hostile] {
    static SET: LazyLock<Vec<Hostile>> = LazyLock::new(make_hostile_set);
    &SET
}

fn make_hostile_set() -> Vec<Hostile> {
    let mut set = Vec::new();
    for make in [
        jpeg::files,
        png::files,
        gif::files,
        webp::files,
        tiff::files,
        bmp::files,
        ico::files,
        hdr::files,
        jp2::files,
        jxl::files,
        exr::files,
        psd::files,
        raw::files,
        avif::files,
        heic::files,
        plain::files,
    ] {
        set.extend(make().into_iter().map(|(name, bytes)| Hostile { name, bytes }));
    }
    for (name, bytes) in seeds() {
        for part in 1..8 {
            let bytes = bytes.get(..bytes.len() * part / 8).unwrap_or_default().to_vec();
            set.push(Hostile { name: format!("{name} cut off after {part}/8"), bytes });
        }
    }
    set
}

/// Small sound pictures in every format, and in every variant that decoders treat differently, to
/// be cut and mutated.
#[must_use]
pub fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let mut seeds = vec![
        ("jpeg baseline", crate::photo_jpeg(48, 32, 1)),
        ("jpeg progressive", crate::progressive_jpeg(48, 32, 2)),
        ("jpeg grey", crate::grey_jpeg(33, 17, 3)),
        ("jpeg with orientation", crate::rotated_jpeg(32, 48, 4, 6)),
        ("jpeg in separate scans", crate::separate_scans_jpeg(32, 32, 5)),
        ("png with alpha", crate::logo_png(32)),
        ("png of 16 bits", crate::deep_png(24, 16, 6)),
        ("gif animated", crate::animated_gif(32, 24, 3)),
        ("webp lossy", crate::photo_webp(48, 32, 7)),
        ("tiff grey", crate::scan_tiff(40, 24, 8)),
        ("bmp", crate::chart_bmp(32, 24)),
    ];
    seeds.extend(jpeg::seeds());
    seeds.extend(png::seeds());
    seeds.extend(webp::seeds());
    seeds.extend(tiff::seeds());
    seeds.extend(bmp::seeds());
    seeds.extend(ico::seeds());
    seeds.extend(hdr::seeds());
    seeds.extend(jp2::seeds());
    seeds.extend(jxl::seeds());
    seeds.extend(exr::seeds());
    seeds.extend(psd::seeds());
    seeds.extend(raw::seeds());
    seeds.extend(avif::seeds());
    seeds.extend(heic::seeds());
    seeds.extend(plain::seeds());
    seeds
}

/// `count` damaged copies of `picture`, the same for the same seed: bits are flipped, bytes and
/// numbers replaced by ones that decoders stumble over, parts doubled, moved, removed and cut off.
pub fn mutations(
    seed: u64,
    picture: &[u8],
    count: usize,
) -> impl Iterator<Item = Vec<u8>> + use<'_> {
    let mut random = Random(seed);
    (0..count).map(move |_| {
        let mut bytes = picture.to_vec();
        for _ in 0..=random.below(4) {
            mutate(&mut bytes, &mut random);
        }
        // A wrong checksum would hide other errors.
        if random.below(2) == 0 {
            png::mend(&mut bytes);
        }
        bytes
    })
}

/// `SplitMix64` (Steele, Lea and Flood, 2014): the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % (limit.max(1) as u64)).unwrap_or(0)
    }
}

/// Numbers at the limits of 8, 16 and 32 bits.
const EDGES: [u32; 12] =
    [0, 1, 2, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0xFFFF, 0x1_0000, 0x7FFF_FFFF, u32::MAX];

fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
    if bytes.is_empty() {
        return;
    }
    // Headers matter more than pixels.
    let reach = if random.below(2) == 0 { bytes.len().min(128) } else { bytes.len() };
    let at = random.below(reach);
    let length = (random.below(32) + 1).min(bytes.len() - at);
    let edge = EDGES.get(random.below(EDGES.len())).copied().unwrap_or(0);
    match random.below(9) {
        0 | 1 => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << random.below(8)),
        2 => overwrite(bytes, at, &edge.to_le_bytes()[..1]),
        3 => overwrite(bytes, at, &edge.to_le_bytes()),
        4 => overwrite(bytes, at, &edge.to_be_bytes()),
        5 => overwrite(bytes, at, &edge.to_be_bytes()[2..]),
        6 => {
            let part = bytes.iter().skip(at).take(length).copied().collect::<Vec<_>>();
            let to = random.below(bytes.len());
            bytes.splice(to..to, part);
        }
        7 => drop(bytes.drain(at..at + length)),
        _ => bytes.truncate(at),
    }
}

fn overwrite(bytes: &mut [u8], at: usize, with: &[u8]) {
    bytes.iter_mut().skip(at).zip(with).for_each(|(byte, &with)| *byte = with);
}
