//! AVIF: pictures in AV1, in a HEIF container.

mod decoder;
mod sequence;

use super::decoder::Opened;
use super::file::File;
use super::heif::codec::{Codec, Form};
use super::heif::properties::Properties;
use super::heif::scene;
use crate::error::ThumbnailError;
use decoder::Wanted;
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
    wanted: Wanted,
}

impl Codec for Av1 {
    const KIND: [u8; 4] = *b"av01";

    type Header<'a> = Header;
    type Frame = decoder::Frame;

    const HEADER_BYTES: u64 = 0;

    fn header<'a>(
        file: &File<'_>,
        properties: &Properties<'a>,
        data: &[u8],
    ) -> Result<(Form, Self::Header<'a>), ThumbnailError> {
        let sequence = Sequence::of(data);
        let Sequence { mut form, copies, frames } =
            sequence.ok_or_else(|| file.corrupt("the header of its AV1 data makes no sense"))?;
        file.check_parts("frames in a picture", frames, MAX_FRAMES)?;
        let largest = form.size;
        file.check_pixels(largest.0, largest.1)?;
        let Properties { operating_point, layer, .. } = *properties;
        // Of layers, a smaller one than the largest may be shown.
        let is_chosen = layer.is_some() || operating_point > 0;
        if is_chosen && is_within(properties.size, largest) {
            form.size = properties.size;
        }
        Ok((form, Header { copies, wanted: Wanted { largest, frames, operating_point, layer } }))
    }

    fn working_bytes(form: &Form, header: &Header, length: u64) -> u64 {
        let Wanted { largest, frames, .. } = header.wanted;
        let largest = Form { size: largest, ..*form };
        decoder::working_bytes(&largest, frames - 1 + header.copies, length)
    }

    fn decode(
        file: &File<'_>,
        data: &[u8],
        form: &Form,
        header: &Header,
    ) -> Result<Self::Frame, ThumbnailError> {
        let memory = Self::working_bytes(form, header, data.len() as u64);
        decoder::decode(file, data, form, &header.wanted, memory)
    }
}

fn is_within(size: (u32, u32), largest: (u32, u32)) -> bool {
    size.0 <= largest.0 && size.1 <= largest.1
}
