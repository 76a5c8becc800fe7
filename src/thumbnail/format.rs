//! Which formats there are, and how each is recognised: by a file's first bytes, never by its name.
//! A name or a content type can only *claim* that something is a picture.

/// A format that can be decoded.
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
}

/// A format that thumbnails are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EncodedFormat {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// Lossy WebP.
    WebP,
}

impl EncodedFormat {
    /// The media type to store the thumbnail under.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
        }
    }
}
