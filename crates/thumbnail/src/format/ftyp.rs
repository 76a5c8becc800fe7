//! AVIF, HEIC and CR3, by the brands in a file's first box (ISO/IEC 14496-12, 4.3).

/// The kind of pictures in a file of boxes.
pub(super) enum Brand {
    Avif,
    Heic,
    /// CR3 of Canon.
    Raw,
}

/// The brand of a file that begins with an `ftyp` box, as far as `bytes` hold it.
pub(super) fn brand(bytes: &[u8]) -> Option<Brand> {
    let length = u32::from_be_bytes(*bytes.first_chunk()?) as usize;
    let (major, rest) = bytes.get(8..length.min(bytes.len()))?.split_first_chunk::<4>()?;
    // A version lies between the major brand and the compatible ones.
    let (others, _) = rest.get(4..).unwrap_or_default().as_chunks::<4>();
    let brands = || [major].into_iter().chain(others);
    let named = brands().find_map(|brand| match brand {
        b"avif" | b"avis" => Some(Brand::Avif),
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" => Some(Brand::Heic),
        b"crx " => Some(Brand::Raw),
        _ => None,
    });
    // Some files name only the container's brand.
    let is_heif = || brands().any(|brand| matches!(brand, b"mif1" | b"msf1"));
    named.or_else(|| is_heif().then_some(Brand::Heic))
}
