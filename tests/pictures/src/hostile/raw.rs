//! Raw files: directories without end, and previews that are none.

use crate::raw::{Directory, Value, cr2, cr3, dng, nef, orf, pef, raf, rw2, tree};

pub(super) fn files() -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut add = |name: &str, bytes: Vec<u8>| files.push((format!("raw {name}"), bytes));
    let version = || (50_706, Value::Bytes(vec![1, 4, 0, 0]));
    // The first directory is at 8.
    let itself = Directory(vec![(330, Value::Long(vec![8; 100_000])), version()]);
    add("of a directory of itself", tree(*b"II*\0", &[itself]));
    let empty = Directory(vec![version()]);
    add("of 60000 directories", tree(*b"II*\0", &vec![empty.clone(); 60_000]));
    let many = Directory(vec![(330, Value::Directories(vec![empty; 60_000])), version()]);
    add("of 60000 directories in one", tree(*b"MM\0*", &[many]));
    let fields = Directory(vec![version(); 65_535]);
    add("of 65535 fields", tree(*b"II*\0", &[fields]));
    let segments = [&b"\xFF\xD8"[..], &b"\xFF\xE0\0\x02".repeat(1 << 20)].concat();
    add("of a preview of segments alone", raf(&segments));
    add(
        "of a preview that is a lossless JPEG",
        raf(b"\xFF\xD8\xFF\xC3\0\x0B\x08\0\x40\0\x40\x01\x01\x11\0"),
    );
    add("of nothing", raf(&[]));
    files
}

pub(super) fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let photo = crate::photo_jpeg(48, 32, 21);
    let small = crate::photo_jpeg(24, 16, 21);
    vec![
        ("raw dng", dng(&[small.clone(), photo.clone()], 6, false)),
        ("raw cr2", cr2(&photo, &small, 1)),
        ("raw cr3", cr3([&small, &small, &photo], 8)),
        ("raw nef", nef(&photo, 3)),
        ("raw orf", orf(&photo, 1)),
        ("raw pef", pef(&photo, 1)),
        ("raw raf", raf(&photo)),
        ("raw rw2", rw2(&photo, 1)),
    ]
}
