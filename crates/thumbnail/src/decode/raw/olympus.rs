//! Olympus and OM System tell of the preview in their maker notes: a directory of the EXIF
//! directory's, with positions that count from the notes' own start.

use super::preview::Preview;
use crate::directories::{Directories, Directory};

/// Tags of the first directory, of the EXIF directory, of the notes, and of the camera's settings.
const EXIF: u16 = 34_665;
const MAKER_NOTES: u16 = 37_500;
const SETTINGS: u16 = 0x2020;
const PREVIEW: [u16; 2] = [0x101, 0x102];

/// How notes begin, and where their directory does.
const STARTS: [(&[u8], usize); 2] = [(b"OLYMPUS\0", 12), (b"OM SYSTEM\0", 16)];

/// The preview of a file with this first directory, if it is of these cameras.
pub(super) fn preview<'a>(file: Directories<'a>, first: &Directory<'a>) -> Option<Preview<'a>> {
    let exif = file.at(first.number(EXIF)?)?;
    let notes = exif.bytes(MAKER_NOTES)?;
    let &(_, directory) = STARTS.iter().find(|(start, _)| notes.starts_with(start))?;
    let notes = file.from(exif.place(MAKER_NOTES)?)?;
    let settings = notes.at(notes.at(directory)?.position(SETTINGS)?)?;
    let [start, length] = PREVIEW.map(|tag| settings.number(tag));
    Preview::of(notes.part(start?, length?)?)
}
