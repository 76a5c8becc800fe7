//! Recognises cameras' raw files: by a signature of their own, or if they are TIFF files, by what
//! their directories say. In case of doubt, a TIFF file is a picture like any other.

use crate::directories::Directories;

/// Tags of directories (TIFF/EP, ISO 12234-2; and DNG 1.7).
const COMPRESSION: u16 = 259;
const PHOTOMETRIC: u16 = 262;
const DNG_VERSION: u16 = 50_706;

/// Samples as a sensor gives them: one colour a pixel, or all.
const SENSOR: [usize; 2] = [32_803, 34_892];

/// Compressions of cameras' own: of Sony, Epson, Samsung, Nikon, Kodak and Pentax.
const OWN: [usize; 6] = [32_767, 32_769, 32_770, 34_713, 65_000, 65_535];

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
        let is_one =
            |tag, of: &[usize]| directory.number(tag).is_some_and(|number| of.contains(&number));
        directory.place(DNG_VERSION).is_some()
            || is_one(PHOTOMETRIC, &SENSOR)
            || is_one(COMPRESSION, &OWN)
    })
}
