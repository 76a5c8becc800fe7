//! HEIC: pictures in HEVC, in a HEIF container, as telephones write them.

mod configuration;
mod decoder;
mod sequence;

use super::decoder::Opened;
use super::file::File;
use super::heif::codec::{Codec, Form};
use super::heif::properties::Properties;
use super::heif::scene;
use crate::error::ThumbnailError;
use configuration::Configuration;

/// The most NAL units in a picture's data: the largest picture has that many slices at most (ITU-T
/// H.265, table A.8), with some messages before each.
const MAX_UNITS: u64 = 2000;

/// The most parameter sets that can be distinguished: 16 for videos, 16 for sequences and 64 for
/// pictures.
const MAX_PARAMETERS: u64 = 16 + 16 + 64;

/// How much longer a coded side may be than the visible one, in pixels: two of the largest blocks.
const MAX_PADDING: u32 = 128;

/// Reads the container and the headers of the coded pictures; of an animation, its still picture.
pub(super) fn open(file: File<'_>) -> Opened<'_> {
    scene::open::<Hevc>(file)
}

/// The HEVC codec.
struct Hevc;

/// What the headers tell of a picture in addition to its form.
struct Header<'a> {
    configuration: Configuration<'a>,
    /// Width and height before the conformance window is cut out.
    coded_size: (u32, u32),
    /// Width and height as the data declares them.
    size: (u32, u32),
}

impl Codec for Hevc {
    const KIND: [u8; 4] = *b"hvc1";

    type Header<'a> = Header<'a>;
    type Frame = decoder::Frame;

    /// The list of parameter sets, which may grow to twice what it holds.
    const HEADER_BYTES: u64 = MAX_PARAMETERS * 2 * size_of::<&[u8]>() as u64;

    fn header<'a>(
        file: &File<'_>,
        properties: &Properties<'a>,
        data: &[u8],
    ) -> Result<(Form, Self::Header<'a>), ThumbnailError> {
        let broken = || file.corrupt("the header of its HEVC data makes no sense");
        let configuration = properties.hevc_configuration.and_then(Configuration::of);
        let configuration = configuration.ok_or_else(broken)?;
        let count = configuration.parameters.len() as u64;
        file.check_parts("parameter sets", count, MAX_PARAMETERS)?;
        let units = configuration.units(data);
        let count =
            units.ok_or_else(|| file.corrupt("its HEVC data is in pieces that overlap"))?.len();
        file.check_parts("pieces of a picture", count as u64, MAX_UNITS)?;
        let (form, coded_size) = sequence::form(&configuration).ok_or_else(broken)?;
        // heic-rs 0.1.4 may misread chroma that is not 4:2:0. For one, it looks in the wrong place
        // for the chroma of a block of 4 x 4 at full resolution.
        if !form.is_grey && form.is_halved != (true, true) {
            return Err(
                file.unsupported("colours at more than half of the columns and of the rows")
            );
        }
        let (width, height) = coded_size;
        if width - form.size.0 > MAX_PADDING || height - form.size.1 > MAX_PADDING {
            return Err(file.unsupported("most of what is coded is cut off"));
        }
        // With halved chroma, the data cannot declare an odd side; only the container can.
        let even =
            |side: u32| if form.is_grey { Some(side) } else { side.checked_next_multiple_of(2) };
        let is_odd = (even(properties.size.0), even(properties.size.1))
            == (Some(form.size.0), Some(form.size.1));
        let header = Header { configuration, coded_size, size: form.size };
        Ok((if is_odd { Form { size: properties.size, ..form } } else { form }, header))
    }

    fn working_bytes(form: &Form, header: &Header<'_>, length: u64) -> u64 {
        decoder::working_bytes(form, header.coded_size, length)
    }

    fn decode(
        file: &File<'_>,
        data: &[u8],
        form: &Form,
        header: &Header<'_>,
    ) -> Result<Self::Frame, ThumbnailError> {
        decoder::decode(file, data, &Form { size: header.size, ..*form }, &header.configuration)
    }
}
