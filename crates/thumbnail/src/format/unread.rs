//! Recognises picture formats for which there is no decoder, so that they are refused by name. Only
//! formats that people store under a picture's extension are told apart from other files.

/// A picture format that is recognised, but cannot be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unread {
    /// DDS, of `DirectX`: textures.
    Dds,
    /// JPEG XR, once HD Photo.
    JpegXr,
    /// PCX, of PC Paintbrush.
    Pcx,
    /// EMF, enhanced metafiles of Windows.
    Emf,
    /// WMF, metafiles of Windows, with the header that makes them placeable.
    Wmf,
    /// Encapsulated `PostScript`.
    Eps,
}

impl Unread {
    /// Recognises a format by the first bytes of a file.
    pub(super) fn from_first_bytes(bytes: &[u8]) -> Option<Self> {
        match bytes {
            // The length of its header.
            [b'D', b'D', b'S', b' ', 124, 0, 0, 0, ..] => Some(Self::Dds),
            [b'I', b'I', 0xBC, 0 | 1, ..] => Some(Self::JpegXr),
            [0xD7, 0xCD, 0xC6, 0x9A, 0, 0, ..] => Some(Self::Wmf),
            // With and without a preview before it.
            _ if bytes.starts_with(b"\xC5\xD0\xD3\xC6") || is_eps(bytes) => Some(Self::Eps),
            _ if is_emf(bytes) => Some(Self::Emf),
            _ if is_pcx(bytes) => Some(Self::Pcx),
            _ => None,
        }
    }

    /// The format's name in lower case.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Dds => "dds",
            Self::JpegXr => "jxr",
            Self::Pcx => "pcx",
            Self::Emf => "emf",
            Self::Wmf => "wmf",
            Self::Eps => "eps",
        }
    }
}

/// A comment with two versions begins a drawing that can be placed in others.
fn is_eps(bytes: &[u8]) -> bool {
    bytes.starts_with(b"%!PS-Adobe-") && bytes.get(14..19) == Some(b" EPSF")
}

/// The first record of a metafile has the number 1, and a signature behind its bounds.
fn is_emf(bytes: &[u8]) -> bool {
    bytes.starts_with(&[1, 0, 0, 0]) && bytes.get(40..44) == Some(b" EMF")
}

/// A PCX begins with a number that is too common, so other fields must make sense as well.
fn is_pcx(bytes: &[u8]) -> bool {
    matches!(bytes, [0x0A, 0 | 2..=5, 0 | 1, 1 | 2 | 4 | 8, ..])
        && matches!(bytes.get(64..66), Some([0, 1..=4]))
}

#[cfg(test)]
mod tests {
    use super::super::SourceFormat;
    use super::Unread;

    #[test]
    fn formats_without_a_decoder_are_told_apart() {
        let mut emf = vec![1, 0, 0, 0];
        emf.resize(40, 9);
        emf.extend(b" EMF");
        let mut pcx = vec![0x0A, 5, 1, 8];
        pcx.resize(64, 9);
        pcx.extend([0, 3]);
        let files: [(&[u8], Unread); 7] = [
            (b"DDS \x7C\0\0\0", Unread::Dds),
            (b"II\xBC\x01", Unread::JpegXr),
            (&pcx, Unread::Pcx),
            (&emf, Unread::Emf),
            (b"\xD7\xCD\xC6\x9A\0\0", Unread::Wmf),
            (b"\xC5\xD0\xD3\xC6", Unread::Eps),
            (b"%!PS-Adobe-3.0 EPSF-3.0\n", Unread::Eps),
        ];
        for (bytes, format) in files {
            let known = SourceFormat::from_first_bytes(bytes);
            assert_eq!(known, Some(SourceFormat::Unread(format)), "{bytes:?}");
        }
        for other in
            [&b"DDS drives"[..], b"II\xBC\x02", b"%!PS-Adobe-3.0\n", &pcx[..65], &emf[..43]]
        {
            assert_eq!(SourceFormat::from_first_bytes(other), None, "{other:?}");
        }
    }
}
