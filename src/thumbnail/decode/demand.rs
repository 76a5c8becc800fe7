//! What decoding a picture takes, read from its header before anything is decoded. The figures for
//! what decoders hold were measured; `examples/hostile` measures them again.

/// A picture's size, and the memory that decoding it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::thumbnail) struct Demand {
    /// Width as stored, in pixels.
    pub(in crate::thumbnail) width: u32,
    /// Height as stored, in pixels.
    pub(in crate::thumbnail) height: u32,
    /// What one decoded pixel takes, in bytes.
    pub(in crate::thumbnail) bytes_per_pixel: u64,
    /// Whether pixels come with alpha.
    pub(in crate::thumbnail) has_alpha: bool,
    /// What the decoder holds at most beside the decoded pixels, in bytes.
    pub(in crate::thumbnail) working_bytes: u64,
    /// What is kept beside the decoded pixels until the thumbnails are made, in bytes: the profile.
    pub(in crate::thumbnail) kept_bytes: u64,
}

impl Demand {
    /// What the decoded picture takes, in bytes.
    pub(in crate::thumbnail) fn pixel_bytes(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height) * self.bytes_per_pixel
    }
}
