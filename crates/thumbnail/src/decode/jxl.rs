//! JPEG XL (ISO/IEC 18181), through the Rust decoder of libjxl's authors. Colours are in the file's
//! profile if the decoder outputs them in it, and in sRGB otherwise. Inks are inverted, as in JPEG.
//! Of an animation, the first frame is decoded.

mod bits;
mod container;
mod errors;
mod fields;
mod frame;
mod header;
mod lf_frame;
mod runner;

use image::error::{DecodingError, ImageFormatHint};
use image::metadata::Orientation;
use image::{ColorType, DynamicImage, ImageDecoder, ImageError, ImageResult};
use jxl::api::{Event, JxlDecoder, JxlOutputBuffer};

use super::cost::DecodeCost;
use super::decoder::{Decode, Opened};
use super::file::File;
use super::picture::Picture;
use crate::color::inks::Inks;
use crate::color::profile::Profile;
use crate::error::ThumbnailError;
use errors::refuse;
use header::Header;
use runner::Runner;

/// A picture whose header was read.
struct Jxl<'a> {
    file: File<'a>,
    header: Header<'a>,
    cost: DecodeCost,
}

/// Reads the header.
pub(super) fn open(file: File<'_>) -> Opened<'_> {
    let header = Header::of(&file)?;
    let cost = header.cost(&file);
    Ok(Box::new(Jxl { file, header, cost }))
}

impl Decode for Jxl<'_> {
    fn cost(&self) -> &DecodeCost {
        &self.cost
    }

    fn decode(self: Box<Self>) -> Result<Picture, ThumbnailError> {
        let Self { file, header, .. } = *self;
        let (mut profile, mut failure) = (None, None);
        let frame =
            Frame { file: &file, header: &header, profile: &mut profile, failure: &mut failure };
        let pixels = DynamicImage::from_decoder(frame);
        let pixels = match (pixels, failure) {
            (_, Some(failure)) => return Err(failure),
            (pixels, None) => pixels.map_err(|error| file.refuse(error, 0))?,
        };
        // The codestream's orientation, in EXIF's numbering. EXIF's own orientation is ignored.
        let orientation = Orientation::from_exif(header.info.orientation as u8)
            .unwrap_or(Orientation::NoTransforms);
        let picture = Picture { profile, orientation, ..Picture::of(pixels) };
        if !header.is_ink {
            return Ok(picture);
        }
        let inks = Inks { is_ycck: false, is_inverted: true };
        Ok(Picture { inks: Some(inks), is_transparent: false, ..picture })
    }
}

/// The first visible frame.
struct Frame<'a, 'b> {
    file: &'a File<'a>,
    header: &'a Header<'a>,
    /// The profile of the frame's colours, unless they are sRGB.
    profile: &'b mut Option<Profile>,
    failure: &'b mut Option<ThumbnailError>,
}

impl ImageDecoder for Frame<'_, '_> {
    fn dimensions(&self) -> (u32, u32) {
        (self.header.width, self.header.height)
    }

    fn color_type(&self) -> ColorType {
        self.header.color_type
    }

    fn read_image(mut self, samples: &mut [u8]) -> ImageResult<()> {
        self.decode(samples).map_err(|failure| {
            *self.failure = Some(failure);
            ImageError::Decoding(DecodingError::from_format_hint(ImageFormatHint::Unknown))
        })
    }

    fn read_image_boxed(self: Box<Self>, samples: &mut [u8]) -> ImageResult<()> {
        (*self).read_image(samples)
    }
}

impl Frame<'_, '_> {
    fn decode(&mut self, samples: &mut [u8]) -> Result<(), ThumbnailError> {
        let Self { file, header, .. } = *self;
        let mut decoder = JxlDecoder::new(header.options());
        let mut input = header.codestream.bytes();
        let event = decoder.process(&mut input, None, None);
        if event.map_err(|error| refuse(file, error))? != Event::BasicInfo {
            return Err(file.truncated(None));
        }
        let format = decoder.set_pixel_format(header.pixel_format());
        format.map_err(|error| refuse(file, error))?;
        *self.profile = decoder.output_color_profile().and_then(|profile| header.profile(profile));
        let rows = header.height as usize;
        let mut buffers = [JxlOutputBuffer::new(samples, rows, samples.len() / rows)];
        let mut runner = Runner::new(header.pixels());
        loop {
            let event = decoder.process(&mut input, Some(&mut buffers), Some(&mut runner));
            runner.check(file)?;
            match event.map_err(|error| refuse(file, error))? {
                Event::FrameComplete { .. } => return Ok(()),
                Event::NeedMoreInput { .. } => return Err(file.truncated(None)),
                _ => {}
            }
        }
    }
}
