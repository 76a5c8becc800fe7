//! Faxes of groups 3 and 4 in TIFF files (ITU-T T.4 and T.6; TIFF 6.0, section 11), through the
//! `fax` crate. Run lengths are expanded to one sample a byte, with 0 for white, as if they had
//! been stored that way.

use std::convert::Infallible;

use fax::decoder::{DecodeStatus, Group3Decoder, Group4Decoder, pels};

use super::directory::{Directory, Pieces};
use crate::decode::file::File;
use crate::error::ThumbnailError;

/// Whether strips or tiles have fax compression.
pub(super) fn is_fax(directory: &Directory<'_>) -> bool {
    matches!(directory.compression, 3 | 4)
}

/// Reads the samples of a picture whose directory was checked.
pub(super) fn read(
    file: &File<'_>,
    directory: &Directory<'_>,
    pieces: &Pieces,
    (width, height): (u32, u32),
) -> Result<Vec<u8>, ThumbnailError> {
    if directory.compression == 3 && directory.fax_options & 1 != 0 {
        return Err(file.unsupported("a fax of group 3 that is coded in two dimensions"));
    }
    let wide = u16::try_from(pieces.width)
        .map_err(|_| file.unsupported("a fax wider than 65535 pixels"))?;
    let (width, height) = (width as usize, height as usize);
    let mut samples = vec![0; width * height];
    let across = width.div_ceil(usize::from(wide).max(1));
    let piece_height = pieces.height as usize;
    let places = directory.places().ok_or_else(|| file.truncated(None))?;
    for (piece, (start, length)) in places.enumerate() {
        let left = piece % across * usize::from(wide);
        let top = piece / across * piece_height;
        let coded = file.source.get(start..).and_then(|rest| rest.get(..length));
        let coded = coded.ok_or_else(|| file.truncated(None))?.iter().map(|&byte| {
            Ok::<_, Infallible>(if directory.is_reversed { byte.reverse_bits() } else { byte })
        });
        let rows = samples.chunks_exact_mut(width).skip(top).take(piece_height);
        let rows = rows.filter_map(|row| row.get_mut(left..));
        let is_whole = match directory.compression {
            3 => group_3(coded, wide, rows),
            _ => group_4(coded, wide, rows),
        };
        if !is_whole {
            let source = "a row of runs that make no sense".into();
            return Err(ThumbnailError::Undecodable { format: file.format, source });
        }
    }
    Ok(samples)
}

fn group_3<'a>(
    coded: impl Iterator<Item = Result<u8, Infallible>>,
    width: u16,
    rows: impl Iterator<Item = &'a mut [u8]>,
) -> bool {
    let Ok(mut decoder) = Group3Decoder::new(coded) else { return false };
    for row in rows {
        let status = decoder.advance();
        // The last row of a strip has no end-of-line code.
        if status.is_err() && decoder.transitions().last() != Some(&width) {
            return false;
        }
        draw(row, decoder.transitions(), width);
        if !matches!(status, Ok(DecodeStatus::Incomplete)) {
            // White rows at the end may be missing.
            return true;
        }
    }
    true
}

fn group_4<'a>(
    coded: impl Iterator<Item = Result<u8, Infallible>>,
    width: u16,
    rows: impl Iterator<Item = &'a mut [u8]>,
) -> bool {
    let Ok(mut decoder) = Group4Decoder::new(coded, width);
    for row in rows {
        match decoder.advance() {
            Ok(DecodeStatus::Incomplete) => draw(row, decoder.transition(), width),
            Ok(DecodeStatus::End) => return true,
            Err(_) => return false,
        }
    }
    true
}

fn draw(row: &mut [u8], transitions: &[u16], width: u16) {
    for (sample, color) in row.iter_mut().zip(pels(transitions, width)) {
        *sample = u8::from(color == fax::Color::Black);
    }
}
