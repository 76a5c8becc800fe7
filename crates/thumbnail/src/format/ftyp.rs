//! AVIF and HEIC, by the brands that a file's first box names (ISO/IEC 14496-12, 4.3).

/// What the pictures of a HEIF file are.
pub(super) enum Brand {
    Avif,
    Heic,
}

/// The brand of a file that begins with a box `ftyp`, of which as much counts as `bytes` hold.
pub(super) fn brand(bytes: &[u8]) -> Option<Brand> {
    let length = u32::from_be_bytes(*bytes.first_chunk()?) as usize;
    let (major, rest) = bytes.get(8..length.min(bytes.len()))?.split_first_chunk::<4>()?;
    // A version stands between the brand that counts most and the others.
    let (others, _) = rest.get(4..).unwrap_or_default().as_chunks::<4>();
    let brands = || [major].into_iter().chain(others);
    let named = brands().find_map(|brand| match brand {
        b"avif" | b"avis" => Some(Brand::Avif),
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" => Some(Brand::Heic),
        _ => None,
    });
    // Some name the container alone.
    let is_heif = || brands().any(|brand| matches!(brand, b"mif1" | b"msf1"));
    named.or_else(|| is_heif().then_some(Brand::Heic))
}
