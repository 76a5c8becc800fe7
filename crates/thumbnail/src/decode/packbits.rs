//! Runs of bytes as TIFF and PSD files store them: Apple's `PackBits` (TIFF 6.0, section 9).

/// Unpacks bytes behind those of `unpacked` until it has `length`, or until the packed bytes end.
pub(super) fn unpack(mut packed: &[u8], unpacked: &mut Vec<u8>, length: usize) {
    while let Some((&head, rest)) = packed.split_first()
        && let Some(room) = length.checked_sub(unpacked.len()).filter(|&room| room > 0)
    {
        let count = usize::from(head);
        packed = match head {
            0..=127 => {
                let (literal, rest) = rest.split_at_checked(count + 1).unwrap_or((rest, &[]));
                unpacked.extend(literal.iter().take(room));
                rest
            }
            128 => rest,
            129.. => {
                let Some((&byte, rest)) = rest.split_first() else { return };
                unpacked.extend(std::iter::repeat_n(byte, (257 - count).min(room)));
                rest
            }
        };
    }
}
