//! Decodes with `re_rav1d`, a port of dav1d to Rust. No other file uses that crate.

use re_rav1d::dav1d::{
    Decoder, Error, Picture as Decoded, PixelLayout, PlanarImageComponent, Settings,
};

use crate::error::Av1Error;
use crate::picture::{Layout, Picture};
use crate::planes::Planes;

/// Decodes a picture in this process.
///
/// The decoder is `unsafe` throughout, and a panic in it ends the process: [`Processes`] keeps other
/// work safe from that.
///
/// [`Processes`]: crate::Processes
pub fn decode_here(picture: &Picture<'_>) -> Result<Planes, Av1Error> {
    let mut settings = Settings::new();
    settings.set_n_threads(1);
    settings.set_max_frame_delay(1);
    settings.set_all_layers(picture.shows_last);
    settings.set_operating_point(picture.operating_point.into());
    let (width, height) = picture.largest;
    settings.set_frame_size_limit(width.saturating_mul(height));
    let mut decoder = Decoder::with_settings(&settings).map_err(refuse)?;

    let mut sent = decoder.send_data(picture.data.to_vec(), None, None, None);
    let mut last = None;
    // The decoder takes data up to the end of a frame.
    for _ in 0..=picture.frames {
        if let Err(error) = sent
            && error != Error::Again
        {
            return Err(refuse(error));
        }
        match decoder.get_picture() {
            Ok(frame) if picture.shows_last => last = Some(frame),
            Ok(frame) => return planes(&frame, picture),
            Err(Error::Again) if sent.is_err() => sent = decoder.send_pending_data(),
            Err(Error::Again) => break,
            Err(error) => return Err(refuse(error)),
        }
    }
    let last = last.ok_or_else(|| Av1Error::Corrupt("its data holds no picture".to_owned()))?;
    planes(&last, picture)
}

fn refuse(error: Error) -> Av1Error {
    match error {
        Error::UnsupportedBitstream => Av1Error::Unsupported(error.to_string()),
        error => Av1Error::Corrupt(error.to_string()),
    }
}

/// Refuses a frame that differs from its headers.
fn planes(frame: &Decoded, told: &Picture<'_>) -> Result<Planes, Av1Error> {
    let layout = match told.layout {
        Layout::Grey => PixelLayout::I400,
        Layout::HalfBoth => PixelLayout::I420,
        Layout::HalfColumns => PixelLayout::I422,
        Layout::Full => PixelLayout::I444,
    };
    let (width, height) = (frame.width(), frame.height());
    if (width, height) != (told.width, told.height) {
        return Err(Av1Error::Corrupt(format!(
            "what is to be {} x {} pixels is {width} x {height}",
            told.width, told.height
        )));
    }
    let depth = frame.bits_per_component().map(|bits| bits.0);
    if frame.pixel_layout() != layout || depth != Some(told.depth.into()) {
        let what = "its frames are of another kind than its header tells";
        return Err(Av1Error::Corrupt(what.to_owned()));
    }
    let no_memory = Av1Error::NoMemory { width, height };
    let mut planes = Planes::of(told).ok_or(no_memory)?;
    let components = [PlanarImageComponent::Y, PlanarImageComponent::U, PlanarImageComponent::V];
    for (to, component) in planes.planes.iter_mut().zip(components) {
        let (from, stride) = (frame.plane(component), frame.stride(component) as usize);
        let rows = to.bytes.chunks_exact_mut(to.row_bytes.max(1));
        for (to, from) in rows.zip(from.chunks(stride.max(1))) {
            let from = from.get(..to.len()).ok_or_else(|| {
                Av1Error::Corrupt("a row of its frame is shorter than the picture".to_owned())
            })?;
            to.copy_from_slice(from);
        }
    }
    Ok(planes)
}
