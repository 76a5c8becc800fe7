//! LZW in TIFF files (TIFF 6.0, section 13), through the `weezl` crate: as the specification has it,
//! and as writers before it stored it, with the bits of codes from last to first and longer codes
//! one code later.

use weezl::decode::Configuration;
use weezl::{BitOrder, LzwStatus};

use crate::decode::file::File;
use crate::error::ThumbnailError;

/// Decodes at most `length` bytes. `decoded` holds those before an error.
pub(super) fn decode(
    file: &File<'_>,
    mut coded: &[u8],
    decoded: &mut Vec<u8>,
    length: usize,
) -> Result<(), ThumbnailError> {
    // Data begins with the code 256, in nine bits.
    let is_old = matches!(coded, [0, second, ..] if second & 1 == 1);
    let configuration = if is_old {
        Configuration::new(BitOrder::Lsb, 8)
    } else {
        Configuration::with_tiff_size_switch(BitOrder::Msb, 8)
    };
    let mut stream = configuration.with_yield_on_full_buffer(true).build();
    decoded.resize(length, 0);
    let mut filled = 0;
    while let Some(rest) = decoded.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        let step = stream.decode_bytes(coded, rest);
        coded = coded.get(step.consumed_in..).unwrap_or_default();
        filled += step.consumed_out;
        match step.status {
            Ok(LzwStatus::Ok) if step.consumed_in + step.consumed_out > 0 => {}
            Ok(_) => break,
            Err(error) => {
                decoded.truncate(filled);
                return Err(file.corrupt(error));
            }
        }
    }
    decoded.truncate(filled);
    Ok(())
}
