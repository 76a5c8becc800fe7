//! Decodes AV1 data to planes, through `re_rav1d`, a port of dav1d to Rust. No other file uses that
//! crate.

use re_rav1d::dav1d::{Decoder, Error, Picture, PixelLayout, PlanarImageComponent, Settings};

use super::sequence;
use crate::decode::file::File;
use crate::decode::heif::codec::{self, Form};
use crate::error::ThumbnailError;

/// A decoded frame.
pub(super) struct Frame {
    picture: Picture,
}

/// What is decoded of the data, and shown.
pub(super) struct Wanted {
    /// Width and height of the largest frame, in pixels.
    pub(super) largest: (u32, u32),
    /// How many frames there are.
    pub(super) frames: u64,
    pub(super) operating_point: u8,
    /// The layer that is shown: the last up to this one. If none is told, the first frame that the
    /// decoder gives is shown, which is of the highest layer.
    pub(super) layer: Option<u16>,
}

/// Decodes the picture that `data` holds.
pub(super) fn decode(
    file: &File<'_>,
    data: &[u8],
    form: &Form,
    wanted: &Wanted,
) -> Result<Frame, ThumbnailError> {
    let refuse = |error: Error| match error {
        Error::UnsupportedBitstream => file.unsupported(error),
        error => file.corrupt(error),
    };
    let Wanted { largest: (width, height), frames, operating_point, layer } = *wanted;
    let mut settings = Settings::new();
    settings.set_n_threads(1);
    settings.set_max_frame_delay(1);
    settings.set_all_layers(layer.is_some());
    settings.set_operating_point(operating_point.into());
    settings.set_frame_size_limit(width.saturating_mul(height));
    let mut decoder = Decoder::with_settings(&settings).map_err(refuse)?;

    let mut sent = decoder.send_data(sequence::essence(data, layer), None, None, None);
    let mut last = None;
    // The decoder takes data up to the end of a frame.
    for _ in 0..=frames {
        if let Err(error) = sent
            && error != Error::Again
        {
            return Err(refuse(error));
        }
        match decoder.get_picture() {
            Ok(picture) if layer.is_none() => return Frame::of(file, picture, form),
            Ok(picture) => last = Some(picture),
            Err(Error::Again) if sent.is_err() => sent = decoder.send_pending_data(),
            Err(Error::Again) => break,
            Err(error) => return Err(refuse(error)),
        }
    }
    let last = last.ok_or_else(|| file.corrupt("its data holds no picture"))?;
    Frame::of(file, last, form)
}

impl Frame {
    /// Refuses a frame that differs from its headers.
    fn of(file: &File<'_>, picture: Picture, form: &Form) -> Result<Self, ThumbnailError> {
        let layout = match (form.is_grey, form.is_halved) {
            (true, _) => PixelLayout::I400,
            (false, (true, true)) => PixelLayout::I420,
            (false, (_, false)) if form.is_halved.0 => PixelLayout::I422,
            (false, _) => PixelLayout::I444,
        };
        let (width, height) = (picture.width(), picture.height());
        if (width, height) != form.size {
            let (told_width, told_height) = form.size;
            return Err(file.corrupt(format!(
                "what is to be {told_width} x {told_height} pixels is {width} x {height}"
            )));
        }
        let depth = picture.bits_per_component().map(|bits| bits.0);
        if picture.pixel_layout() != layout || depth != Some(form.depth.into()) {
            return Err(file.corrupt("its frames are of another kind than its header tells"));
        }
        Ok(Self { picture })
    }

    fn plane(&self, component: PlanarImageComponent) -> Plane {
        Plane {
            stride: self.picture.stride(component) as usize,
            is_deep: self.picture.bit_depth() > 8,
            bytes: self.picture.plane(component),
        }
    }
}

impl codec::Frame for Frame {
    type Plane<'a> = Plane;

    fn luma(&self) -> Plane {
        self.plane(PlanarImageComponent::Y)
    }

    fn chroma(&self) -> Option<[Plane; 2]> {
        (self.picture.pixel_layout() != PixelLayout::I400).then(|| {
            [PlanarImageComponent::U, PlanarImageComponent::V]
                .map(|component| self.plane(component))
        })
    }
}

/// One channel of a frame.
pub(super) struct Plane {
    bytes: re_rav1d::dav1d::Plane,
    stride: usize,
    is_deep: bool,
}

impl codec::Plane for Plane {
    fn read(&self, x: usize, y: usize, to: &mut [f32]) {
        let row = y.saturating_mul(self.stride);
        let row = self.bytes.get(row..row.saturating_add(self.stride)).unwrap_or_default();
        if self.is_deep {
            let (samples, _) = row.as_chunks();
            for (to, &sample) in to.iter_mut().zip(samples.iter().skip(x)) {
                *to = u16::from_ne_bytes(sample).into();
            }
        } else {
            for (to, &sample) in to.iter_mut().zip(row.iter().skip(x)) {
                *to = sample.into();
            }
        }
    }
}

/// The most bytes that decoding a picture takes.
pub(super) fn working_bytes(form: &Form, frames: u64, data: u64) -> u64 {
    // Buffers have whole blocks of 128 x 128.
    let up = |side: u32| u64::from(side).next_multiple_of(128) + 64;
    let pixels = up(form.size.0) * up(form.size.1);
    let chroma = match form.is_halved {
        _ if form.is_grey => 0,
        (true, true) => pixels / 2,
        (true, false) | (false, true) => pixels,
        (false, false) => pixels * 2,
    };
    let samples = (pixels + chroma) * if form.depth > 8 { 2 } else { 1 };
    samples * frames + pixels * PIXEL_BYTES + data + FIXED_BYTES
}

/// Bytes that the decoder holds for each pixel beside its samples.
const PIXEL_BYTES: u64 = 1;

/// Bytes that the decoder holds for any picture.
const FIXED_BYTES: u64 = 1 << 20;
