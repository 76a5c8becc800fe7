//! Reads what a decompressor gives, up to the end or to an error.

use std::io;

use crate::decode::file::File;

/// Lets `read` read at most `length` bytes. `decoded` holds those before an error, few of which are
/// lost if the file is damaged: they are read little by little then.
pub(super) fn fill(
    file: &File<'_>,
    decoded: &mut Vec<u8>,
    length: usize,
    mut read: impl FnMut(&mut [u8]) -> io::Result<usize>,
) -> io::Result<()> {
    const FEW: usize = 1 << 10;
    decoded.resize(length, 0);
    let mut filled = 0;
    let mut outcome = Ok(());
    while let Some(rest) = decoded.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        let most = if file.is_damaged { rest.len().min(FEW) } else { rest.len() };
        match read(rest.get_mut(..most).unwrap_or_default()) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) => {
                outcome = Err(error);
                break;
            }
        }
    }
    decoded.truncate(filled);
    outcome
}
