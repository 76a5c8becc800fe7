//! AVIF: pictures in AV1, in a HEIF container.

mod decoder;
mod sequence;

use super::decoder::Opened;
use super::file::File;
use super::heif::codec::{Codec, Form};
use super::heif::properties::Properties;
use super::heif::scene;
use crate::error::ThumbnailError;
use sequence::Sequence;

/// The most frames of one picture: as many as it can have layers.
const MAX_FRAMES: u64 = 4;

/// Reads the container and the headers of the coded pictures; of an animation, its still picture.
pub(super) fn open(file: File<'_>) -> Opened<'_> {
    scene::open::<Av1>(file)
}

/// The AV1 codec.
struct Av1;

/// What the headers tell of a picture in addition to its form.
struct Header {
    copies: u64,
    frames: u64,
    operating_point: u8,
}

impl Codec for Av1 {
    const KIND: [u8; 4] = *b"av01";

    type Header<'a> = Header;
    type Frame = decoder::Frame;

    fn header<'a>(
        file: &File<'_>,
        properties: &Properties<'a>,
        data: &[u8],
    ) -> Result<(Form, Self::Header<'a>), ThumbnailError> {
        let sequence = Sequence::of(data);
        let Sequence { form, copies, frames } =
            sequence.ok_or_else(|| file.corrupt("the header of its AV1 data makes no sense"))?;
        file.check_parts("frames in a picture", frames, MAX_FRAMES)?;
        Ok((form, Header { copies, frames, operating_point: properties.operating_point }))
    }

    fn working_bytes(form: &Form, header: &Header, length: u64) -> u64 {
        decoder::working_bytes(form, header.frames - 1 + header.copies, length)
    }

    fn decode(
        file: &File<'_>,
        data: &[u8],
        form: &Form,
        header: &Header,
    ) -> Result<Self::Frame, ThumbnailError> {
        let memory = Self::working_bytes(form, header, data.len() as u64);
        decoder::decode(file, data, form, (header.frames, memory), header.operating_point)
    }
}
