//! Which formats there are, and how each is recognised: by a file's first bytes, never by its name.
//! A name or a content type can only *claim* that something is a picture.

mod ftyp;
mod ico;
mod jpeg;
mod pnm;
mod raw;
#[cfg(feature = "svg")]
mod svg;
mod tga;
mod unread;

pub use unread::Unread;

/// A format that is recognised, and can be decoded unless it is [`SourceFormat::Unread`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SourceFormat {
    /// JPEG (ITU-T T.81).
    Jpeg,
    /// PNG.
    Png,
    /// GIF; the first frame counts.
    Gif,
    /// WebP, lossy or lossless; the first frame counts.
    WebP,
    /// TIFF; the first page counts.
    Tiff,
    /// BMP.
    Bmp,
    /// QOI.
    Qoi,
    /// PBM, PGM, PPM or PAM, of Netpbm.
    Pnm,
    /// ICO or CUR; the largest picture counts.
    Ico,
    /// TGA, of Truevision.
    Tga,
    /// Radiance HDR, which holds scene light without an upper limit.
    Hdr,
    /// OpenEXR, which holds scene light as well; the first part counts.
    Exr,
    /// PSD or PSB, of Photoshop; the merged picture counts.
    Psd,
    /// A camera's raw file, such as DNG, CR2, CR3, NEF, ARW, RAF, ORF, RW2 or PEF; the largest JPEG
    /// in it counts.
    Raw,
    /// SVG. Without the feature `svg`, it is no picture.
    #[cfg(feature = "svg")]
    Svg,
    /// PDF; the first page counts. Without the feature `pdf`, it is no picture.
    #[cfg(feature = "pdf")]
    Pdf,
    /// JPEG 2000, as JP2 or as a bare codestream.
    Jp2,
    /// JPEG XL; of an animation, the first frame counts.
    Jxl,
    /// AVIF; of an animated one, its still picture counts.
    Avif,
    /// HEIC, or another picture in a HEIF container; of an animated one, its still picture counts.
    Heic,
    /// A format for which there is no decoder.
    Unread(Unread),
}

impl SourceFormat {
    /// Every format that can be decoded, in no particular order.
    pub const ALL: [Self; 18 + cfg!(feature = "svg") as usize + cfg!(feature = "pdf") as usize] = [
        Self::Jpeg,
        Self::Png,
        Self::Gif,
        Self::WebP,
        Self::Tiff,
        Self::Bmp,
        Self::Qoi,
        Self::Pnm,
        Self::Ico,
        Self::Tga,
        Self::Hdr,
        Self::Exr,
        Self::Psd,
        Self::Raw,
        #[cfg(feature = "svg")]
        Self::Svg,
        #[cfg(feature = "pdf")]
        Self::Pdf,
        Self::Jp2,
        Self::Jxl,
        Self::Avif,
        Self::Heic,
    ];

    /// How many of a file's first bytes [`Self::from_first_bytes`] may need: an SVG or a PNM may
    /// start with comments.
    pub const SIGNATURE_BYTES: usize = 1024;

    /// Recognises a format by the first bytes of a file; [`Self::SIGNATURE_BYTES`] are enough.
    /// `None` if they are not those of a known format. Of a raw file that is a TIFF file, too, more
    /// bytes may be needed to tell that it is one.
    #[must_use]
    pub fn from_first_bytes(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xFF, 0xD8, 0xFF, ..] => Some(Self::Jpeg),
            [0xFF, 0xD8, ..] if jpeg::has_segment(bytes, Self::SIGNATURE_BYTES) => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Some(Self::Png),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Self::Gif),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::WebP),
            // 42 is TIFF 6.0, 43 is BigTIFF.
            [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => {
                Some(if raw::is_raw_tiff(bytes) { Self::Raw } else { Self::Tiff })
            }
            [b'I', b'I', 43, 0, 8, 0, ..] | [b'M', b'M', 0, 43, 0, 8, ..] => Some(Self::Tiff),
            [b'I' | b'M' | b'F', ..] if raw::is_raw(bytes) => Some(Self::Raw),
            // Two letters alone would match many a text: the size of the second header has few
            // legal values, all below 256.
            [b'B', b'M', _, _, _, _, _, _, _, _, _, _, _, _, 12..=124, 0, 0, 0, ..] => {
                Some(Self::Bmp)
            }
            [b'q', b'o', b'i', b'f', _, _, _, _, _, _, _, _, 3 | 4, 0 | 1, ..] => Some(Self::Qoi),
            [b'P', b'1'..=b'7', ..] if pnm::is_pnm(bytes, Self::SIGNATURE_BYTES) => Some(Self::Pnm),
            [b'#', b'?', b'R', b'A', b'D', b'I', b'A', b'N', b'C', b'E', b'\n' | b'\r', ..]
            | [b'#', b'?', b'R', b'G', b'B', b'E', b'\n' | b'\r', ..] => Some(Self::Hdr),
            // Version 2, with any flags.
            [0x76, 0x2F, 0x31, 0x01, 2, ..] => Some(Self::Exr),
            // 2 is PSB, for large documents.
            [b'8', b'B', b'P', b'S', 0, 1 | 2, 0, 0, 0, 0, 0, 0, ..] => Some(Self::Psd),
            // A codestream that starts with sizes, or the signature of a file of boxes.
            [0xFF, 0x4F, 0xFF, 0x51, ..]
            | [0, 0, 0, 12, b'j', b'P', b' ', b' ', b'\r', b'\n', 0x87, b'\n', ..] => {
                Some(Self::Jp2)
            }
            // A codestream, or the signature of a file of boxes.
            [0xFF, 0x0A, ..]
            | [0, 0, 0, 12, b'J', b'X', b'L', b' ', b'\r', b'\n', 0x87, b'\n', ..] => {
                Some(Self::Jxl)
            }
            [_, _, _, _, b'f', b't', b'y', b'p', ..] => match ftyp::brand(bytes) {
                Some(ftyp::Brand::Avif) => Some(Self::Avif),
                Some(ftyp::Brand::Heic) => Some(Self::Heic),
                Some(ftyp::Brand::Raw) => Some(Self::Raw),
                None => Unread::from_first_bytes(bytes).map(Self::Unread),
            },
            #[cfg(feature = "pdf")]
            [b'%', b'P', b'D', b'F', b'-', ..] => Some(Self::Pdf),
            #[cfg(feature = "svg")]
            _ if svg::is_svg(bytes) => Some(Self::Svg),
            _ if ico::is_ico(bytes) => Some(Self::Ico),
            _ if tga::is_tga(bytes) => Some(Self::Tga),
            _ => Unread::from_first_bytes(bytes).map(Self::Unread),
        }
    }

    /// The format's name in lower case, for logs and metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::Gif => "gif",
            Self::WebP => "webp",
            Self::Tiff => "tiff",
            Self::Bmp => "bmp",
            Self::Qoi => "qoi",
            Self::Pnm => "pnm",
            Self::Ico => "ico",
            Self::Tga => "tga",
            Self::Hdr => "hdr",
            Self::Exr => "exr",
            Self::Psd => "psd",
            Self::Raw => "raw",
            #[cfg(feature = "svg")]
            Self::Svg => "svg",
            #[cfg(feature = "pdf")]
            Self::Pdf => "pdf",
            Self::Jp2 => "jp2",
            Self::Jxl => "jxl",
            Self::Avif => "avif",
            Self::Heic => "heic",
            Self::Unread(format) => format.name(),
        }
    }
}

/// A format that thumbnails are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EncodedFormat {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP, lossy or lossless, still or animated.
    WebP,
    /// AVIF.
    Avif,
    /// Animated GIF.
    Gif,
}

impl EncodedFormat {
    /// Every format, in no particular order.
    pub const ALL: [Self; 5] = [Self::Jpeg, Self::Png, Self::WebP, Self::Avif, Self::Gif];

    /// The media type to store the thumbnail under.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
            Self::Avif => "image/avif",
            Self::Gif => "image/gif",
        }
    }

    /// The format's name in lower case, for logs and metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::WebP => "webp",
            Self::Avif => "avif",
            Self::Gif => "gif",
        }
    }
}

/// Extensions under which people store pictures, whether or not they can be decoded here.
const PICTURE_EXTENSIONS: [&str; 58] = [
    "ai", "apng", "arw", "avif", "avifs", "bmp", "cr2", "cr3", "cur", "dds", "dib", "dng", "emf",
    "eps", "exr", "gif", "hdr", "heic", "heics", "heif", "heifs", "hif", "ico", "j2c", "j2k",
    "jfif", "jif", "jp2", "jpe", "jpeg", "jpf", "jpg", "jpm", "jpx", "jxl", "jxr", "nef", "orf",
    "pbm", "pcx", "pef", "pgm", "png", "pnm", "ppm", "psb", "psd", "qoi", "raf", "rw2", "svg",
    "svgz", "tga", "tif", "tiff", "wdp", "webp", "wmf",
];

/// Whether an object says that it is a picture: `key`'s extension is a picture format's (ASCII
/// case aside), or its `content_type` starts with `image/`.
///
/// This includes formats that cannot be decoded: an object that claims to be a picture and is none
/// is an upload gone wrong, where any other object that is no picture is none of our business.
#[must_use]
pub fn claims_to_be_a_picture(key: &str, content_type: Option<&str>) -> bool {
    let file_name = key.rsplit('/').next().unwrap_or(key);
    let by_name = file_name.rsplit_once('.').is_some_and(|(_, extension)| {
        PICTURE_EXTENSIONS.iter().any(|known| known.eq_ignore_ascii_case(extension))
    });
    let by_type = content_type.is_some_and(|content_type| {
        content_type
            .trim_start()
            .as_bytes()
            .get(..6)
            .is_some_and(|start| start.eq_ignore_ascii_case(b"image/"))
    });
    by_name || by_type
}

#[cfg(test)]
mod tests {
    use super::{PICTURE_EXTENSIONS, SourceFormat, claims_to_be_a_picture};

    const SIGNATURES: [(&[u8], SourceFormat); 34] = [
        (b"\xFF\xD8\xFF\xE0", SourceFormat::Jpeg),
        (b"\x89PNG\r\n\x1a\n", SourceFormat::Png),
        (b"GIF87a", SourceFormat::Gif),
        (b"GIF89a", SourceFormat::Gif),
        (b"RIFF\x24\0\0\0WEBPVP8 ", SourceFormat::WebP),
        (b"II*\0", SourceFormat::Tiff),
        (b"MM\0*", SourceFormat::Tiff),
        (b"MM\0+\0\x08", SourceFormat::Tiff),
        (b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", SourceFormat::Bmp),
        (b"#?RADIANCE\n", SourceFormat::Hdr),
        (b"\0\0\0\x10ftypheic", SourceFormat::Heic),
        (b"\0\0\0\x18ftypmif1\0\0\0\0heix", SourceFormat::Heic),
        (b"\xFF\x0A", SourceFormat::Jxl),
        (b"\0\0\0\x0CJXL \r\n\x87\n", SourceFormat::Jxl),
        (b"#?RGBE\n", SourceFormat::Hdr),
        (b"\x76\x2F\x31\x01\x02", SourceFormat::Exr),
        (b"8BPS\0\x01\0\0\0\0\0\0", SourceFormat::Psd),
        (b"8BPS\0\x02\0\0\0\0\0\0", SourceFormat::Psd),
        (b"qoif\0\0\0\x20\0\0\0\x10\x03\0", SourceFormat::Qoi),
        (b"P6\n# a comment\n32 16\n255\n", SourceFormat::Pnm),
        (b"P4\n32 16\n", SourceFormat::Pnm),
        (b"P7\nWIDTH ", SourceFormat::Pnm),
        (b"\0\0\x01\0\x01\0\x20\x10\0\0\x01\0\x20\0\x28\x05\0\0\x16\0\0\0", SourceFormat::Ico),
        (b"\0\0\x02\0\x01\0\x20\x20\0\0\x05\0\x07\0\x28\x05\0\0\x16\0\0\0", SourceFormat::Ico),
        (b"\0\0\x0A\0\0\0\0\0\0\0\0\0\x20\0\x10\0\x18\x20", SourceFormat::Tga),
        (b"\0\0\0\x10ftypavif", SourceFormat::Avif),
        (b"\0\0\0\x20ftypavis\0\0\0\0avifmsf1miaf", SourceFormat::Avif),
        (b"\0\0\0\x20ftypmif1\0\0\0\0miafmif1avif", SourceFormat::Avif),
        (b"\0\0\0\x10ftypcrx ", SourceFormat::Raw),
        (b"IIU\0", SourceFormat::Raw),
        (b"IIRO", SourceFormat::Raw),
        (b"FUJIFILMCCD-RAW", SourceFormat::Raw),
        (b"\xFF\x4F\xFF\x51", SourceFormat::Jp2),
        (b"\0\0\0\x0CjP  \r\n\x87\n", SourceFormat::Jp2),
    ];

    #[test]
    fn every_format_is_recognised_by_its_signature() {
        let mut seen = std::collections::HashSet::new();
        for (bytes, format) in SIGNATURES {
            assert_eq!(SourceFormat::from_first_bytes(bytes), Some(format));
            assert!(bytes.len() <= SourceFormat::SIGNATURE_BYTES);
            seen.insert(format);
        }
        let drawings = usize::from(cfg!(feature = "svg")) + usize::from(cfg!(feature = "pdf"));
        assert_eq!(seen.len() + drawings, SourceFormat::ALL.len());
    }

    #[test]
    fn a_signature_cut_short_is_not_recognised() {
        let mut cases = 0;
        for (bytes, _) in SIGNATURES {
            let needed = if bytes.starts_with(b"RIFF") { 12 } else { bytes.len() };
            let needed = if bytes.starts_with(b"\xFF\xD8") { 3 } else { needed };
            // More bytes can only make the format more specific.
            let is_named = ["ftypavis", "ftypmif1"]
                .iter()
                .any(|named| bytes.get(4..).is_some_and(|rest| rest.starts_with(named.as_bytes())));
            let needed = if is_named { 12 } else { needed };
            for length in 0..needed {
                assert_eq!(SourceFormat::from_first_bytes(&bytes[..length]), None);
                cases += 1;
            }
        }
        assert_eq!(
            cases,
            3 + 8
                + 6
                + 6
                + 12
                + 4
                + 4
                + 6
                + 18
                + 14
                + 25
                + 9
                + 9
                + 22
                + 22
                + 18
                + 11
                + 7
                + 5
                + 12
                + 12
                + 12
                + 12
                + 12
                + 2
                + 12
                + 12
                + 12
                + 12
                + 4
                + 4
                + 15
                + 4
                + 12
        );
    }

    #[test]
    fn what_is_no_picture_is_not_taken_for_one() {
        // These two are pictures only with their features.
        let drawings: [&[u8]; 2] = [b"%PDF-1.7\n", b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>"];
        for (bytes, is_read) in
            drawings.into_iter().zip([cfg!(feature = "pdf"), cfg!(feature = "svg")])
        {
            assert_eq!(SourceFormat::from_first_bytes(bytes).is_some(), is_read);
        }
        let others: [&[u8]; 24] = [
            b"",
            b"BM is how this letter, which is not a bitmap, begins",
            b"RIFF\x24\0\0\0WAVEfmt ",
            b"PK\x03\x04",
            b"GIF88a",
            b"qoif\0\0\0\x20\0\0\0\x10\x05\0",
            b"P1 was the first to arrive, P2 the second",
            b"P5 6 reasons why a text is no picture",
            b"P6\n# notes, not pixels\nand nothing else here that anybody would draw",
            b"P3\n0 5\n255\n",
            b"P7 332\n#XVVERSION:Version 2.28",
            b"#?RADIANCE is not what this is about",
            b"P8\n1 1\n1\n",
            // A TrueType font, MP4, MPEG program and transport streams, WebAssembly, Lotus 1-2-3.
            b"\0\x01\0\0\0\x11\x01\0\0\x04\0\x10\x44\x53\x49\x47\0\0",
            b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom",
            b"\0\0\x01\xBA\x44\0\x04\0\x04\x01\x01\x89\xC3\xF8\0\0\x01\xBB\0\x12\x80\xC4",
            b"G@\0\x10\0\0\xB0\x0D\0\x01\xC1\0\0\0\x01\xF0\0\x2A",
            b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0",
            b"\0\0\x02\0\x06\x04\x06\0\x08\0\0\0\0\0\0\0\0\0",
            // Headers like those of an ICO and a TGA, each with one field that makes no sense.
            b"\0\0\x01\0\x01\0\x20\x10\0\0\x01\0\x07\0\x28\x05\0\0\x16\0\0\0",
            b"\0\0\x01\0\x01\0\x20\x10\0\0\x01\0\x20\0\x28\x05\0\0\x15\0\0\0",
            b"\0\0\x0A\0\0\0\0\0\0\0\0\0\0\0\x10\0\x18\x20",
            b"\0\0\x0A\0\0\0\0\0\0\0\0\0\x20\0\x10\0\x18\x28",
            &[0; 64],
        ];
        for bytes in others {
            assert_eq!(SourceFormat::from_first_bytes(bytes), None);
        }
    }

    #[test]
    fn a_picture_is_claimed_by_extension_or_by_content_type() {
        let claims = [
            ("images/a.jpg", None),
            ("images/a.JPEG", None),
            ("images/a.b.HeIc", None),
            ("images/drawing.svg", None),
            ("images/a", Some("image/png")),
            ("images/a.txt", Some("Image/PNG; q=1")),
        ];
        for (key, content_type) in claims {
            assert!(claims_to_be_a_picture(key, content_type), "{key} {content_type:?}");
        }
        let silent = [
            ("images/a", None),
            ("images/jpg", None),
            ("images.jpg/notes", None),
            ("images/a.txt", Some("text/plain")),
            ("images/a.pdf", Some("application/pdf")),
            ("", Some("")),
            ("images/a.jpg.", None),
            ("images/a.bin", Some("imagé/")),
        ];
        for (key, content_type) in silent {
            assert!(!claims_to_be_a_picture(key, content_type), "{key} {content_type:?}");
        }
    }

    #[test]
    fn the_extensions_are_sorted_and_stand_once_each() {
        assert!(PICTURE_EXTENSIONS.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
