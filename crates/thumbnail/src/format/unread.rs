//! Recognises picture formats for which there is no decoder, so that they are refused by name. Only
//! formats that people store under a picture's extension are told apart from other files.

/// A picture format that is recognised, but cannot be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unread {
    /// DDS, of `DirectX`: textures.
    Dds,
    /// JPEG 2000, as a file or as a codestream.
    Jpeg2000,
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
    /// Raw data of cameras, in a format of their own: CR3, RAF, ORF or RW2.
    Raw,
}

impl Unread {
    /// Recognises a format by the first bytes of a file.
    pub(super) fn from_first_bytes(bytes: &[u8]) -> Option<Self> {
        match bytes {
            // The length of its header.
            [b'D', b'D', b'S', b' ', 124, 0, 0, 0, ..] => Some(Self::Dds),
            [0, 0, 0, 12, b'j', b'P', b' ', b' ', b'\r', b'\n', 0x87, b'\n', ..]
            | [0xFF, 0x4F, 0xFF, 0x51, ..] => Some(Self::Jpeg2000),
            [b'I', b'I', 0xBC, 0 | 1, ..] => Some(Self::JpegXr),
            [0xD7, 0xCD, 0xC6, 0x9A, 0, 0, ..] => Some(Self::Wmf),
            [_, _, _, _, b'f', b't', b'y', b'p', b'c', b'r', b'x', b' ', ..]
            | [b'I', b'I', b'R', b'O' | b'S', ..]
            | [b'M', b'M', b'O', b'R', ..]
            | [b'I', b'I', b'U', 0, ..] => Some(Self::Raw),
            // With and without a preview before it.
            _ if bytes.starts_with(b"\xC5\xD0\xD3\xC6") || is_eps(bytes) => Some(Self::Eps),
            _ if bytes.starts_with(b"FUJIFILMCCD-RAW ") => Some(Self::Raw),
            _ if is_emf(bytes) => Some(Self::Emf),
            _ if is_pcx(bytes) => Some(Self::Pcx),
            _ => None,
        }
    }

    /// The format's name in lower case.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Dds => "dds",
            Self::Jpeg2000 => "jp2",
            Self::JpegXr => "jxr",
            Self::Pcx => "pcx",
            Self::Emf => "emf",
            Self::Wmf => "wmf",
            Self::Eps => "eps",
            Self::Raw => "raw",
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
        let files: [(&[u8], Unread); 15] = [
            (b"DDS \x7C\0\0\0", Unread::Dds),
            (b"\0\0\0\x0CjP  \r\n\x87\n", Unread::Jpeg2000),
            (b"\xFF\x4F\xFF\x51", Unread::Jpeg2000),
            (b"II\xBC\x01", Unread::JpegXr),
            (&pcx, Unread::Pcx),
            (&emf, Unread::Emf),
            (b"\xD7\xCD\xC6\x9A\0\0", Unread::Wmf),
            (b"\xC5\xD0\xD3\xC6", Unread::Eps),
            (b"%!PS-Adobe-3.0 EPSF-3.0\n", Unread::Eps),
            (b"\0\0\0\x18ftypcrx ", Unread::Raw),
            (b"FUJIFILMCCD-RAW ", Unread::Raw),
            (b"IIRO\x08\0", Unread::Raw),
            (b"IIRS\x08\0", Unread::Raw),
            (b"MMOR\0\x08", Unread::Raw),
            (b"IIU\0\x18\0", Unread::Raw),
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
