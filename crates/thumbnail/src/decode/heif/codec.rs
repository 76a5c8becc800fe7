//! What the ways have in common in which the pictures of a HEIF file can be coded.

use super::cicp::Cicp;
use super::properties::Properties;
use crate::decode::file::File;
use crate::error::ThumbnailError;

/// A way to code pictures.
pub(crate) trait Codec {
    /// The type of the items that are coded so.
    const KIND: [u8; 4];

    /// What decoding needs beside an item's data.
    type Header<'a>;

    /// A decoded picture.
    type Frame: Frame;

    /// Reads what is told of an item's picture before it is decoded.
    fn header<'a>(
        file: &File<'_>,
        properties: &Properties<'a>,
        data: &[u8],
    ) -> Result<(Form, Self::Header<'a>), ThumbnailError>;

    /// What decoding `length` bytes takes at most, in bytes.
    fn working_bytes(form: &Form, header: &Self::Header<'_>, length: u64) -> u64;

    /// Decodes an item's picture, which has the form that was told.
    fn decode(
        file: &File<'_>,
        data: &[u8],
        form: &Form,
        header: &Self::Header<'_>,
    ) -> Result<Self::Frame, ThumbnailError>;
}

/// What a coded picture is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Form {
    /// Width and height, in pixels.
    pub(crate) size: (u32, u32),
    /// Bits of a sample: from 8 to 12.
    pub(crate) depth: u8,
    /// Whether there is luma alone.
    pub(crate) is_grey: bool,
    /// Whether chroma has half of the columns, and half of the rows.
    pub(crate) is_halved: (bool, bool),
    /// The colours, which the container may tell otherwise.
    pub(crate) cicp: Cicp,
}

impl Form {
    /// Whether tiles of both can be of one picture.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        *self == Self { cicp: self.cicp, ..*other }
    }
}

/// Planes of samples.
pub(crate) trait Frame {
    /// One of them.
    type Plane<'a>: Plane
    where
        Self: 'a;

    /// Brightness, or opaqueness.
    fn luma(&self) -> Self::Plane<'_>;

    /// Both channels of colour, where the frame has any.
    fn chroma(&self) -> Option<[Self::Plane<'_>; 2]>;
}

/// One channel of a frame.
pub(crate) trait Plane {
    /// Reads samples of a row, as many as `to` has room for.
    fn read(&self, x: usize, y: usize, to: &mut [f32]);
}
