//! Recognises cameras' raw files: by a signature of their own, or if they are TIFF files, by what
//! their directories say. In case of doubt, a TIFF file is a picture like any other.

use crate::directories::Directories;

/// Tags of directories (TIFF/EP, ISO 12234-2; and DNG 1.7).
const PHOTOMETRIC: u16 = 262;
const DNG_VERSION: u16 = 50_706;

/// Samples as a sensor gives them: one colour a pixel, or all.
const SENSOR: [usize; 2] = [32_803, 34_892];

/// Whether a file is a raw file with a signature that no other has, by its first bytes.
pub(super) fn is_raw(bytes: &[u8]) -> bool {
    match bytes {
        // Olympus, Panasonic and Fujifilm.
        [b'I', b'I', b'R', b'O' | b'S', ..]
        | [b'M', b'M', b'O', b'R', ..]
        | [b'I', b'I', b'U', 0, ..] => true,
        _ => bytes.starts_with(b"FUJIFILMCCD-RAW"),
    }
}

/// Whether a TIFF file is a raw file, as far as `bytes` hold it.
pub(super) fn is_raw_tiff(bytes: &[u8]) -> bool {
    // CR2 of Canon.
    if bytes.get(8..).is_some_and(|rest| rest.starts_with(b"CR\x02\0")) {
        return true;
    }
    let directories = Directories::of(bytes).map(Directories::all).unwrap_or_default();
    directories.iter().any(|directory| {
        directory.place(DNG_VERSION).is_some()
            || directory.number(PHOTOMETRIC).is_some_and(|number| SENSOR.contains(&number))
    })
}
