//! What the codecs of HEIF files have in common.

use super::cicp::Cicp;
use super::properties::Properties;
use crate::decode::file::File;
use crate::error::ThumbnailError;

/// A codec for pictures.
pub(crate) trait Codec {
    /// The type of the items that it codes.
    const KIND: [u8; 4];

    /// What decoding needs in addition to an item's data.
    type Header<'a>;

    /// A decoded picture.
    type Frame: Frame;

    /// The most bytes that a header holds beside itself.
    const HEADER_BYTES: u64;

    /// Reads the headers of an item's picture, before it is decoded.
    fn header<'a>(
        file: &File<'_>,
        properties: &Properties<'a>,
        data: &[u8],
    ) -> Result<(Form, Self::Header<'a>), ThumbnailError>;

    /// The most bytes that decoding `length` bytes of data takes.
    fn working_bytes(form: &Form, header: &Self::Header<'_>, length: u64) -> u64;

    /// Decodes an item's picture, which must have the form that its headers declare.
    fn decode(
        file: &File<'_>,
        data: &[u8],
        form: &Form,
        header: &Self::Header<'_>,
    ) -> Result<Self::Frame, ThumbnailError>;
}

/// The form of a coded picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Form {
    /// Width and height, in pixels.
    pub(crate) size: (u32, u32),
    /// Bits of a sample, from 8 to 12.
    pub(crate) depth: u8,
    /// Whether there is luma alone.
    pub(crate) is_grey: bool,
    /// Whether chroma has half the columns, and half the rows.
    pub(crate) is_halved: (bool, bool),
    /// The colours, unless the container declares others.
    pub(crate) cicp: Cicp,
}

impl Form {
    /// Whether tiles of both forms can belong to one picture.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        *self == Self { cicp: self.cicp, ..*other }
    }
}

/// Planes of samples.
pub(crate) trait Frame {
    /// One plane.
    type Plane<'a>: Plane
    where
        Self: 'a;

    /// Luma, or alpha.
    fn luma(&self) -> Self::Plane<'_>;

    /// Both chroma planes, if the frame has them.
    fn chroma(&self) -> Option<[Self::Plane<'_>; 2]>;
}

/// One channel of a frame.
pub(crate) trait Plane {
    /// Reads samples of a row, as many as `to` has room for.
    fn read(&self, x: usize, y: usize, to: &mut [f32]);
}
