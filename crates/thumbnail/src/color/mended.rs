//! Mends ICC profiles that old software wrote, or that have broken parts nobody needs. The library
//! refuses these; other readers show pictures with them.

/// The header with the number of tags, and each entry of the tag table (ISO 15076-1, 7.2 and 7.3).
const HEADER_BYTES: usize = 132;
const ENTRY_BYTES: usize = 12;

/// The tags that tell how samples become light. All others are dropped.
const NEEDED: [&[u8; 4]; 11] = [
    b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC", b"kTRC", b"A2B0", b"A2B1", b"A2B2",
    b"chad",
];

/// Types under other names, as profiles of Corbis and Monaco have them.
const TYPES: [(&[u8; 4], &[u8; 4]); 2] =
    [(b"\x17\xA5\x05\xB8", b"XYZ "), (b"\x94\x78\xEE\x00", b"curv")];

/// A copy of a profile in which only what is needed is left, under its usual name; `None` if there
/// is nothing to mend.
pub(super) fn mended(icc: &[u8]) -> Option<Vec<u8>> {
    let mut mended = icc.to_vec();
    let (header, tags) = mended.split_at_mut_checked(HEADER_BYTES)?;
    // Versions differ in what they allow, not in what it means.
    let version = if *header.get(8)? >= 4 { 4 } else { 2 };
    set(header, 8, &[version, 0x20, 0, 0])?;
    if !matches!(header.get(20..24)?, b"XYZ " | b"Lab ") {
        set(header, 20, b"XYZ ")?;
    }
    // The date of creation, and the rendering intent.
    set(header, 24, &[0x07, 0xD0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0])?;
    set(header, 64, &[0; 4])?;

    let count = u32::from_be_bytes(*header.get(128..)?.first_chunk()?) as usize;
    let table = tags.get_mut(..count.checked_mul(ENTRY_BYTES)?)?;
    let mut types = Vec::new();
    for entry in table.as_chunks_mut::<ENTRY_BYTES>().0 {
        let [n0, n1, n2, n3, o0, o1, o2, o3, ..] = *entry;
        if NEEDED.contains(&&[n0, n1, n2, n3]) {
            types.push(u32::from_be_bytes([o0, o1, o2, o3]) as usize);
        } else {
            // No tag has this name.
            set(entry, 0, &[0; 4])?;
        }
    }
    for at in types {
        let known = TYPES
            .iter()
            .find(|(name, _)| mended.get(at..).is_some_and(|tag| tag.starts_with(*name)));
        if let Some((_, name)) = known {
            set(&mut mended, at, *name)?;
        }
    }
    (mended != icc).then_some(mended)
}

fn set(bytes: &mut [u8], at: usize, to: &[u8]) -> Option<()> {
    bytes.get_mut(at..at.checked_add(to.len())?)?.copy_from_slice(to);
    Some(())
}
