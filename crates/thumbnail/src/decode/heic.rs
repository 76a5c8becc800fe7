//! HEIC: pictures in HEVC, in a HEIF container, as telephones write them.

mod configuration;
mod decoder;
#[cfg(feature = "heic-all")]
mod fine_decoder;
mod frame;
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

/// The most pixels that all slices together may cover. Each may cover the whole picture again, in
/// hardly a byte.
const MAX_COVERED: u64 = 1 << 30;

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
    /// Slices in the data.
    #[cfg_attr(not(feature = "heic-all"), expect(dead_code, reason = "only one decoder needs it"))]
    units: u64,
    /// Width and height before the conformance window is cut out.
    coded_size: (u32, u32),
    /// Width and height as the data declares them.
    size: (u32, u32),
}

impl Codec for Hevc {
    const KIND: [u8; 4] = *b"hvc1";

    type Header<'a> = Header<'a>;
    type Frame = frame::Frame;

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
        let units =
            units.ok_or_else(|| file.corrupt("its HEVC data is in pieces that overlap"))?.len();
        let (form, coded_size) = sequence::form(&configuration).ok_or_else(broken)?;
        let pixels = u64::from(coded_size.0) * u64::from(coded_size.1);
        let limit = MAX_UNITS.min(MAX_COVERED / pixels.max(1)).max(1);
        let units = units as u64;
        file.check_parts("pieces of a picture", units, limit)?;
        if is_fine(&form) && cfg!(not(feature = "heic-all")) {
            return Err(
                file.unsupported("colours at more than half of the columns and of the rows")
            );
        }
        let (width, height) = coded_size;
        if width - form.size.0 > MAX_PADDING || height - form.size.1 > MAX_PADDING {
            return Err(file.unsupported("most of what is coded is cut off"));
        }
        // With halved chroma, the data cannot declare an odd side; only the container can.
        let even = |side: u32, is_halved: bool| {
            let is_told = form.is_grey || !is_halved;
            if is_told { Some(side) } else { side.checked_next_multiple_of(2) }
        };
        let (halves_columns, halves_rows) = form.is_halved;
        let (width, height) = properties.size;
        let is_odd = (even(width, halves_columns), even(height, halves_rows))
            == (Some(form.size.0), Some(form.size.1));
        let header = Header { configuration, units, coded_size, size: form.size };
        Ok((if is_odd { Form { size: properties.size, ..form } } else { form }, header))
    }

    fn working_bytes(form: &Form, header: &Header<'_>, length: u64) -> u64 {
        #[cfg(feature = "heic-all")]
        if is_fine(form) {
            return fine_decoder::working_bytes(form, header.coded_size, header.units, length);
        }
        decoder::working_bytes(form, header.coded_size, length)
    }

    fn decode(
        file: &File<'_>,
        data: &[u8],
        form: &Form,
        header: &Header<'_>,
    ) -> Result<Self::Frame, ThumbnailError> {
        let form = Form { size: header.size, ..*form };
        #[cfg(feature = "heic-all")]
        if is_fine(&form) {
            return fine_decoder::decode(file, data, &form, &header.configuration);
        }
        decoder::decode(file, data, &form, &header.configuration)
    }
}

/// Whether colours are stored at more than half of the columns or of the rows. heic-rs 0.1.4 may
/// misread these: for one, it looks in the wrong place for the chroma of a block of 4 x 4 at full
/// resolution.
fn is_fine(form: &Form) -> bool {
    !form.is_grey && form.is_halved != (true, true)
}
