//! Runs the `image` crate's decoders. Limits them to the memory that a picture's header calls for,
//! and converts their errors to ones that say who is at fault.

use image::error::ImageError;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageResult};

use super::cost::DecodeCost;
use super::decoder::Decode;
use super::file::{File, ends_too_early};
use super::picture::Picture;
use super::watched::{Reader, Watch};
use crate::color::profile::Profile;
use crate::error::ThumbnailError;
use crate::exif;

/// Colour profile and orientation that were read without the decoder's help.
pub(super) struct Metadata<'a> {
    pub(super) profile: Option<&'a [u8]>,
    pub(super) orientation: Orientation,
}

/// A picture that one of the `image` crate's decoders decodes.
pub(super) struct Through<'a, F> {
    file: File<'a>,
    cost: DecodeCost,
    decoder: F,
    watch: Option<Watch>,
    metadata: Option<Metadata<'a>>,
    finish: fn(Picture) -> Picture,
}

impl<'a, F> Through<'a, F> {
    /// A picture of the given cost. `decoder` makes its decoder, or passes on the one that has read
    /// the header.
    pub(super) fn new(file: File<'a>, cost: DecodeCost, decoder: F) -> Self {
        Self { file, cost, decoder, watch: None, metadata: None, finish: |picture| picture }
    }

    /// The decoder reads from the reader of `watch`, which tells files that are cut short from corrupt
    /// ones.
    pub(super) fn watched(self, watch: Watch) -> Self {
        Self { watch: Some(watch), ..self }
    }

    /// The decoder is not asked for metadata.
    pub(super) fn with_metadata(self, metadata: Metadata<'a>) -> Self {
        Self { metadata: Some(metadata), ..self }
    }

    /// The decoded picture is changed by `finish`.
    pub(super) fn finished_by(self, finish: fn(Picture) -> Picture) -> Self {
        Self { finish, ..self }
    }
}

impl<F, D> Decode for Through<'_, F>
where
    F: FnOnce() -> ImageResult<D>,
    D: ImageDecoder,
{
    fn cost(&self) -> &DecodeCost {
        &self.cost
    }

    fn decode(self: Box<Self>) -> Result<Picture, ThumbnailError> {
        let Self { file, cost, decoder, watch, metadata, finish } = *self;
        let picture = file.read(decoder(), &cost, metadata);
        let has_ended = watch.is_some_and(|watch| watch.has_ended());
        Ok(finish(picture.map_err(|error| file.truncated_if(has_ended, error))?))
    }
}

impl<'a> File<'a> {
    /// Lets one of the `image` crate's decoders read the header, which must end within the first
    /// `longest` bytes.
    pub(super) fn header<D>(
        &self,
        longest: usize,
        decoder: impl FnOnce(Reader<'a>) -> ImageResult<D>,
    ) -> Result<(D, Watch), ThumbnailError> {
        let (reader, watch) = Reader::of_first(self.source, longest);
        let header = decoder(reader);
        // The decoder would take a number that is cut off by the limit for a smaller one.
        if watch.has_ended() && longest < self.source.len() {
            return Err(self.corrupt(format!("its header is longer than {longest} bytes")));
        }
        watch.release();
        let refused = |error| self.truncated_if(watch.has_ended(), self.refuse(error, 0));
        Ok((header.map_err(refused)?, watch))
    }

    /// Decodes a picture with one of the `image` crate's decoders.
    pub(super) fn read(
        &self,
        decoder: ImageResult<impl ImageDecoder>,
        cost: &DecodeCost,
        metadata: Option<Metadata<'_>>,
    ) -> Result<Picture, ThumbnailError> {
        let mut decoder = decoder.map_err(|error| self.refuse(error, cost.working_bytes))?;
        let (width, height) = decoder.dimensions();
        self.check_pixels(width, height)?;

        // The TIFF decoder counts parts of the file as well.
        let max_alloc = [cost.working_bytes, self.source.len() as u64]
            .into_iter()
            .fold(cost.pixel_bytes(), u64::saturating_add);
        let mut room = image::Limits::no_limits();
        room.max_alloc = Some(max_alloc);
        decoder.set_limits(room).map_err(|error| self.refuse(error, max_alloc))?;

        let color_type = decoder.color_type();
        let (profile, orientation) = match metadata {
            Some(known) => {
                (known.profile.and_then(|icc| Profile::parse(icc, color_type)), known.orientation)
            }
            // Broken metadata is ignored: a picture shows without it.
            None => (
                decoder
                    .icc_profile()
                    .ok()
                    .flatten()
                    .and_then(|icc| Profile::parse(&icc, color_type)),
                exif::orientation(decoder.exif_metadata().ok().flatten().as_deref()),
            ),
        };
        let pixels =
            DynamicImage::from_decoder(decoder).map_err(|error| self.refuse(error, max_alloc))?;
        Ok(Picture { profile, orientation, ..Picture::of(pixels) })
    }

    /// Converts a decoder's error to one that says who is at fault.
    pub(super) fn refuse(&self, error: ImageError, limit: u64) -> ThumbnailError {
        let format = self.format;
        if ends_too_early(&error) {
            return self.truncated(Some(error.into()));
        }
        match error {
            ImageError::Unsupported(_) => self.unsupported(error),
            ImageError::Limits(_) => {
                ThumbnailError::TooMuchMemory { format, limit, source: error.into() }
            }
            _ => self.corrupt(error),
        }
    }
}
