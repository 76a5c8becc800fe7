//! OpenEXR: windows that make no sense, huge tiles, headers that never end, and repeated blocks.

use super::zlib::zeros;
use crate::Exr;

pub(super) fn files() -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut add = |name: &str, bytes: Vec<u8>| files.push((format!("exr {name}"), bytes));
    let small = Exr::new(&["B", "G", "R"], 8, 8);
    let padded = |exr: &Exr<'_>| [exr.header(), vec![1; 4096]].concat();
    for window in [
        [0, 0, 65_534, 65_534],
        [0, 0, i32::MAX - 1, i32::MAX - 1],
        [i32::MIN, i32::MIN, i32::MAX, i32::MAX],
        [i32::MIN / 2, 0, i32::MAX / 2 - 1, 0],
        [0, 0, 0, i32::MAX - 1],
        [5, 5, 4, 4],
    ] {
        add(&format!("that shows {window:?}"), padded(&Exr { display: window, ..small.clone() }));
        add(&format!("with data in {window:?}"), padded(&Exr { data: window, ..small.clone() }));
        let both = Exr { data: window, display: window, ..small.clone() };
        add(&format!("of {window:?}"), padded(&both));
    }
    add("of 10000 x 10000 without rows", padded(&Exr::new(&["B", "G", "R"], 10_000, 10_000)));
    for side in [0, 1, 65_535, 1 << 20, i32::MAX as u32, u32::MAX] {
        for mode in [0, 1, 2] {
            let tiles = [&side.to_le_bytes()[..], &side.to_le_bytes(), &[mode]].concat();
            let attributes = [("tiles", "tiledesc", tiles.as_slice())];
            let exr = Exr { attributes: &attributes, flags: [2, 0, 0], ..small.clone() };
            add(&format!("in tiles of {side} and levels {mode}"), padded(&exr));
            let large = Exr { data: [0, 0, 9999, 9999], display: [0, 0, 9999, 9999], ..exr };
            add(&format!("of 10000 x 10000 in tiles of {side}, levels {mode}"), padded(&large));
        }
    }
    let names: Vec<String> = (0..60_000).map(|number| format!("c{number:05}")).collect();
    let many: Vec<&str> = names.iter().map(String::as_str).chain(["B", "G", "R"]).collect();
    add("of 60000 channels", padded(&Exr { channels: &many, ..small.clone() }));
    let attributes: Vec<(&str, &str, &[u8])> =
        names.iter().map(|name| (name.as_str(), "int", &[0_u8; 4][..])).collect();
    add("of 60000 attributes", padded(&Exr { attributes: &attributes, ..small.clone() }));
    for kind in ["string", "preview", "chlist", "stringvector", "float"] {
        let mut file = Exr { attributes: &[("x", kind, &[])], ..small.clone() }.header();
        let end = file.len() - 1;
        file.splice(end - 4..end, i32::MAX.to_le_bytes());
        add(&format!("with a {kind} without end"), [file, vec![9; 2 << 20]].concat());
    }
    let file = small.file(|_, _, _| 1.0);
    let row = file.len() - 8 * (8 + 8 * 12);
    let first = file.get(row..row + 8 + 8 * 12).unwrap_or_default();
    let again = [file.get(..row).unwrap_or_default(), &first.repeat(8)].concat();
    add("of the same row eight times", again);
    // Sixteen rows of zeros in every compression, in a picture of the largest allowed size.
    let bomb = zeros(10_000 * 12 * 16);
    for compression in 1..=10 {
        let exr = Exr { compression, ..Exr::new(&["B", "G", "R"], 10_000, 10_000) };
        let mut file = exr.header();
        file.extend(zeros(8 * 10_000));
        for row in (0..10_000_i32).step_by(16) {
            file.extend(row.to_le_bytes());
            file.extend(i32::try_from(bomb.len()).unwrap_or(0).to_le_bytes());
            file.extend(&bomb);
        }
        add(&format!("bomb of 10000 x 10000, compression {compression}"), file);
    }
    for light in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN_POSITIVE] {
        let exr = Exr::new(&["A", "B", "G", "R"], 8, 8);
        add(&format!("of light {light:e}"), exr.file(|_, _, _| light));
        let points: Vec<u8> = light.to_le_bytes().repeat(8);
        let attributes = [("chromaticities", "chromaticities", points.as_slice())];
        let exr = Exr { attributes: &attributes, ..exr };
        add(&format!("of primaries {light:e}"), exr.file(|_, _, _| 0.5));
    }
    files
}

pub(super) fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let shade = |channel: &str, x: i32, y: i32| {
        let number = u16::try_from(x * 7 + y * 13).unwrap_or(0)
            + channel.bytes().next().map_or(0, u16::from);
        f32::from(number) / 200.0
    };
    let cropped = Exr { data: [3, 2, 19, 11], ..Exr::new(&["B", "G", "R"], 16, 12) };
    let deflated = {
        let exr = Exr { compression: 3, ..Exr::new(&["B", "G", "R"], 16, 12) };
        let block = zeros(16 * 12 * 12);
        let mut file = exr.header();
        file.extend((file.len() as u64 + 8).to_le_bytes());
        file.extend([0; 4]);
        file.extend(i32::try_from(block.len()).unwrap_or(0).to_le_bytes());
        [file, block].concat()
    };
    vec![
        ("exr", Exr::new(&["A", "B", "G", "R"], 16, 12).file(shade)),
        ("exr grey", Exr::new(&["Y"], 16, 12).file(shade)),
        ("exr cropped", cropped.file(shade)),
        ("exr deflated", deflated),
    ]
}
