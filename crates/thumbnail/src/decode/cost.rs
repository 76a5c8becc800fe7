//! What decoding a picture takes, read from its header before anything is decoded. The figures for
//! what decoders hold were measured; `examples/hostile` measures them again.

/// A picture's size, and the memory that decoding it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Demand {
    /// Width as stored, in pixels.
    pub(crate) width: u32,
    /// Height as stored, in pixels.
    pub(crate) height: u32,
    /// Width and height in pixels that it is decoded to, where they are smaller.
    pub(crate) reduced: Option<(u32, u32)>,
    /// What one decoded pixel takes, in bytes.
    pub(crate) bytes_per_pixel: u64,
    /// Whether pixels come with alpha.
    pub(crate) has_alpha: bool,
    /// What the decoder holds at most beside the decoded pixels, in bytes.
    pub(crate) working_bytes: u64,
    /// What is kept beside the decoded pixels until the thumbnails are made, in bytes: the profile.
    pub(crate) kept_bytes: u64,
}

impl Demand {
    /// Width and height that it is decoded to, in pixels.
    pub(crate) fn decoded(&self) -> (u64, u64) {
        let (width, height) = self.reduced.unwrap_or((self.width, self.height));
        (u64::from(width), u64::from(height))
    }

    /// What the decoded picture takes, in bytes.
    pub(crate) fn pixel_bytes(&self) -> u64 {
        let (width, height) = self.decoded();
        width * height * self.bytes_per_pixel
    }
}
