//! The PNG chunks that are needed to decode pixels (PNG, third edition, 11).

use flate2::{Decompress, FlushDecompress, Status};

/// Copies the critical chunks and transparent colours. `None` if something is hidden behind the
/// pixels in the `IDAT` chunks.
pub(super) fn copy(source: &[u8]) -> Option<Vec<u8>> {
    let (signature, mut rest) = source.split_at_checked(8)?;
    let mut copy = signature.to_vec();
    let mut pixels = Vec::new();
    loop {
        let (&[l3, l2, l1, l0, name @ ..], after) = rest.split_first_chunk::<8>()?;
        let length = u32::from_be_bytes([l3, l2, l1, l0]) as usize;
        let payload = after.get(..length)?;
        let whole = length.checked_add(12)?;
        let chunk = rest.get(..whole)?;
        if matches!(&name, b"IHDR" | b"PLTE" | b"tRNS" | b"IDAT" | b"IEND") {
            copy.extend(chunk);
        }
        match &name {
            b"IDAT" => pixels.extend(payload),
            b"IEND" => break,
            _ => {}
        }
        rest = rest.get(whole..)?;
    }
    ends_with_its_stream(&pixels).then_some(copy)
}

/// Whether deflated data is a single stream with nothing after it.
fn ends_with_its_stream(data: &[u8]) -> bool {
    let mut inflater = Decompress::new(true);
    let mut sink = vec![0; 1 << 15];
    loop {
        let read = usize::try_from(inflater.total_in()).unwrap_or(usize::MAX);
        let Some(rest) = data.get(read..) else { return false };
        let before = (inflater.total_in(), inflater.total_out());
        match inflater.decompress(rest, &mut sink, FlushDecompress::None) {
            Ok(Status::StreamEnd) => return inflater.total_in() == data.len() as u64,
            Ok(_) if before != (inflater.total_in(), inflater.total_out()) => {}
            _ => return false,
        }
    }
}
