//! Decode cost: the memory that decoding a picture takes, read from its header before anything is
//! decoded. The figures for what decoders hold were measured; `examples/hostile` measures them again.

use image::ImageDecoder;

use crate::geometry::Size;

/// A picture's size, and the memory that decoding it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DecodeCost {
    /// Width as stored, in pixels.
    pub(crate) width: u32,
    /// Height as stored, in pixels.
    pub(crate) height: u32,
    /// Width and height in pixels that the picture is decoded to, if they are smaller.
    pub(crate) reduced: Option<Size>,
    /// Bytes of one decoded pixel.
    pub(crate) bytes_per_pixel: u64,
    /// Whether decoded pixels have alpha.
    pub(crate) has_alpha: bool,
    /// The most that the decoder holds beside the decoded pixels, in bytes.
    pub(crate) working_bytes: u64,
    /// Bytes that are kept beside the decoded pixels until the thumbnails are made: the profile.
    pub(crate) kept_bytes: u64,
}

impl DecodeCost {
    /// The cost of a picture that is decoded to its stored size, and has no profile.
    pub(super) fn new(
        (width, height): Size,
        bytes_per_pixel: u64,
        has_alpha: bool,
        working_bytes: u64,
    ) -> Self {
        Self {
            width,
            height,
            reduced: None,
            bytes_per_pixel,
            has_alpha,
            working_bytes,
            kept_bytes: 0,
        }
    }

    /// The same for a picture whose header one of the `image` crate's decoders has read.
    pub(super) fn of(decoder: &impl ImageDecoder, working_bytes: u64) -> Self {
        let color_type = decoder.color_type();
        let bytes_per_pixel = u64::from(color_type.bytes_per_pixel());
        Self::new(decoder.dimensions(), bytes_per_pixel, color_type.has_alpha(), working_bytes)
    }

    /// Width and height that the picture is decoded to, in pixels.
    pub(crate) fn decoded(&self) -> (u64, u64) {
        let (width, height) = self.reduced.unwrap_or((self.width, self.height));
        (u64::from(width), u64::from(height))
    }

    /// Bytes of the decoded pixels.
    pub(crate) fn pixel_bytes(&self) -> u64 {
        let (width, height) = self.decoded();
        width * height * self.bytes_per_pixel
    }
}
