//! BMP, through the `image` crate's decoder, which reads only the header until pixels are
//! requested. Pictures in runs are decoded by our own code, because the crate makes pixels black
//! that are left out, and refuses those from top to bottom. Headers of OS/2 2, which it does not
//! know, are rewritten for it.

mod header;
mod rle;

use std::io::Cursor;

use image::ImageDecoder as _;
use image::codecs::bmp::BmpDecoder;

use super::cost::DecodeCost;
use super::decoder::Opened;
use super::file::File;
use super::image_crate::Through;
use super::picture::Picture;
use header::Header;

/// Reads the header.
pub(super) fn open(file: File<'_>) -> Opened<'_> {
    let header = Header::of(file.source);
    if let Some(header) = header.as_ref().filter(|header| header.nibbles().is_some()) {
        return rle::open(file, header);
    }
    if let Some(header) = header.filter(|header| header.is_of_os2) {
        return os2(file, &header);
    }
    let decoder = BmpDecoder::new(Cursor::new(file.source));
    let decoder = decoder.map_err(|error| file.refuse(error, 0))?;
    let (width, height) = decoder.dimensions();
    file.check_pixels(width, height)?;
    // A stored row.
    let cost = DecodeCost::of(&decoder, u64::from(width) * 8);
    // Many writers declare alpha and leave it empty.
    let through = Through::new(file, cost, || Ok(decoder));
    Ok(Box::new(through.finished_by(Picture::opaque_if_invisible)))
}

/// A picture with a header of OS/2 2.
fn os2<'a>(file: File<'a>, header: &Header<'a>) -> Opened<'a> {
    // 3 and 4 are other codes than in Windows.
    if header.compression > 0 {
        let compression = header.compression;
        return Err(file.unsupported(format!("compression {compression} of OS/2")));
    }
    let start = header.in_windows_form();
    let decoder = BmpDecoder::new(Cursor::new(&start));
    let decoder = decoder.map_err(|error| file.refuse(error, 0))?;
    let (width, height) = decoder.dimensions();
    file.check_pixels(width, height)?;
    // A stored row, and the picture in a file of its own.
    let working_bytes = u64::from(width) * 8 + file.source.len() as u64 + (1 << 12);
    let cost = DecodeCost::of(&decoder, working_bytes);
    let data = header.data;
    let whole = move || BmpDecoder::new(Cursor::new([start.as_slice(), data].concat()));
    Ok(Box::new(Through::new(file, cost, whole)))
}
