//! What is uploaded: small pictures in several formats, and files of every kind that cannot get a
//! thumbnail. What each of them must become is decided elsewhere: the verdict asks the picture
//! engine.

/// The processes are told to refuse files with more bytes.
pub(crate) const MAX_SOURCE_BYTES: usize = 400_000;

/// A file. Its number makes it different from others of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    Jpeg(u64),
    Progressive(u64),
    Png(u64),
    Logo(u64),
    WebP(u64),
    Gif(u64),
    /// An upload that broke off.
    Truncated(u64),
    /// The first bytes of a JPEG, and then garbage.
    Corrupt(u64),
    /// A GIF that declares 65,535 x 65,535 pixels.
    Giant(u64),
    /// The first bytes of a TIFF, and then nothing.
    CorruptTiff(u64),
    /// More than [`MAX_SOURCE_BYTES`].
    TooManyBytes(u64),
    /// No picture at all.
    Words(u64),
    /// Not a byte, as when a program creates a file and writes it afterwards.
    Empty,
}

impl Content {
    /// A sound picture.
    pub(crate) fn sound(rng: &mut fastrand::Rng) -> Self {
        let number = rng.u64(..) >> 16;
        match rng.u8(0..10) {
            0..4 => Self::Jpeg(number),
            4 => Self::Progressive(number),
            5 | 6 => Self::Png(number),
            7 => Self::Logo(number),
            8 => Self::WebP(number),
            _ => Self::Gif(number),
        }
    }

    /// A file that cannot get a thumbnail. There are six kinds; `kind` is taken modulo six.
    pub(crate) fn bad_of_kind(kind: usize, rng: &mut fastrand::Rng) -> Self {
        let number = rng.u64(..) >> 16;
        match kind % 6 {
            0 => Self::Truncated(number),
            1 => Self::Corrupt(number),
            2 => Self::Giant(number),
            3 => Self::CorruptTiff(number),
            4 => Self::TooManyBytes(number),
            _ => Self::Words(number),
        }
    }

    /// Whether it may be rejected. An empty file may not: its content is yet to come.
    pub(crate) fn is_bad(self) -> bool {
        match self {
            Self::Jpeg(_)
            | Self::Progressive(_)
            | Self::Png(_)
            | Self::Logo(_)
            | Self::WebP(_)
            | Self::Gif(_)
            | Self::Empty => false,
            Self::Truncated(_)
            | Self::Corrupt(_)
            | Self::Giant(_)
            | Self::CorruptTiff(_)
            | Self::TooManyBytes(_)
            | Self::Words(_) => true,
        }
    }

    pub(crate) fn bytes(self) -> Vec<u8> {
        let (width, height) = self.size();
        let numbered = |mut bytes: Vec<u8>, number: u64| {
            bytes.extend(number.to_le_bytes());
            bytes
        };
        match self {
            Self::Jpeg(number) => pictures::photo_jpeg(width, height, number),
            Self::Progressive(number) => pictures::progressive_jpeg(width, height, number),
            Self::Png(number) => pictures::deep_png(width / 2, height / 2, number),
            Self::Logo(number) => numbered(pictures::logo_png(width), number),
            Self::WebP(number) => pictures::photo_webp(width, height, number),
            Self::Gif(number) => numbered(pictures::animated_gif(width / 2, height / 2, 3), number),
            Self::Truncated(number) => {
                let mut bytes = pictures::photo_jpeg(width, height, number);
                bytes.truncate(bytes.len() / 3);
                bytes
            }
            Self::Corrupt(number) => numbered(pictures::corrupt_jpeg(), number),
            Self::Giant(number) => numbered(giant_gif(), number),
            Self::CorruptTiff(number) => numbered(pictures::corrupt_tiff(), number),
            Self::TooManyBytes(number) => {
                let mut bytes = pictures::photo_jpeg(width, height, number);
                bytes.resize(MAX_SOURCE_BYTES + 1, 0);
                bytes
            }
            Self::Words(number) => numbered(pictures::text(), number),
            Self::Empty => Vec::new(),
        }
    }

    /// From 64 x 48 to 320 x 240 pixels.
    fn size(self) -> (u32, u32) {
        let (Self::Jpeg(number)
        | Self::Progressive(number)
        | Self::Png(number)
        | Self::Logo(number)
        | Self::WebP(number)
        | Self::Gif(number)
        | Self::Truncated(number)
        | Self::Corrupt(number)
        | Self::Giant(number)
        | Self::CorruptTiff(number)
        | Self::TooManyBytes(number)
        | Self::Words(number)) = self
        else {
            return (0, 0);
        };
        let share = |number: u64, least: u32, most: u32| {
            least + u32::try_from(number % u64::from(most - least + 1)).unwrap_or(0)
        };
        (share(number, 64, 320), share(number / 257, 48, 240))
    }
}

/// Header, one frame as large as its screen, and next to no data.
fn giant_gif() -> Vec<u8> {
    let mut gif = b"GIF89a\xFF\xFF\xFF\xFF\x80\0\0\0\0\0\xFF\xFF\xFF".to_vec();
    gif.extend(b",\0\0\0\0\xFF\xFF\xFF\xFF\0\x02\x02L\x01\0;");
    gif
}
