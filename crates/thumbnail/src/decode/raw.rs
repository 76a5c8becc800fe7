//! Cameras' raw files: the largest JPEG in one, which the camera or a raw converter made of it. What
//! the sensor saw is not developed.

mod canon;
mod olympus;
mod preview;
mod tree;

use super::decoder::Opened;
use super::file::File;
use super::{jpeg, tiff};
use crate::directories::Directories;
use crate::target::Target;
use preview::{Found, Preview};

/// Finds the largest preview, and reads its headers.
pub(super) fn open<'a>(file: File<'a>, target: &Target<'_>) -> Opened<'a> {
    let Found { previews, orientation, is_cut, is_tiff } = find(file.source);
    match previews.into_iter().max_by_key(Preview::pixels) {
        Some(preview) => {
            let preview = File { source: preview.jpeg(), ..file };
            jpeg::open_turned(preview, target, orientation)
        }
        None if is_tiff => tiff::open(file, target),
        None if is_cut => Err(file.truncated(None)),
        None => Err(file.unsupported("it is a camera's raw file without a preview in JPEG")),
    }
}

fn find(source: &[u8]) -> Found<'_> {
    match source {
        [b'F', b'U', b'J', b'I', ..] => fujifilm(source),
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => canon::find(source),
        _ => Directories::of(source).map(tree::find).unwrap_or_default(),
    }
}

/// RAF: the header tells where the preview is.
fn fujifilm(source: &[u8]) -> Found<'_> {
    const PLACE: usize = 84;
    let places = source.get(PLACE..).unwrap_or_default();
    let Some((&[start, length], _)) = places.as_chunks::<4>().0.split_first_chunk() else {
        return Found { is_cut: true, ..Found::default() };
    };
    let [start, length] = [start, length].map(|number| u32::from_be_bytes(number) as usize);
    let is_cut = start.checked_add(length).is_none_or(|end| end > source.len());
    let jpeg = source.get(start..).unwrap_or_default();
    let preview = Preview::of(jpeg.get(..length).unwrap_or(jpeg));
    Found { previews: preview.into_iter().collect(), is_cut, ..Found::default() }
}
