//! The frames of an APNG (PNG, third edition, 11.3.6), with 8 bits a sample.

use std::mem;

use image::{DynamicImage, ImageError};
use png::{
    BlendOp, Decoder, DecodingError, DisposeOp, FrameControl, Limits, Reader, Transformations,
};

use super::outline::Outline;
use super::rows::image_error;
use crate::decode::file::File;
use crate::decode::layers::{Disposal, Layer, Layers};
use crate::decode::picture::image_of;
use crate::decode::pieces::Pieces;
use crate::error::ThumbnailError;

/// Reads the header.
pub(crate) fn open(file: File<'_>) -> Result<Layers<'_>, ThumbnailError> {
    let outline = Outline::of(&file)?;
    let canvas = (outline.width, outline.height);
    file.check_pixels(canvas.0, canvas.1)?;
    let room = outline.moving_room();
    let refuse = move |error| file.refuse(error, room);
    let limits = Limits { bytes: usize::try_from(room).unwrap_or(usize::MAX) };
    let mut decoder = Decoder::new_with_limits(outline.moving_pieces(), limits);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
    let mut reader = decoder.read_info().map_err(|error| refuse(image_error(error)))?;
    // The frame that begins with the default image, unless that is no frame.
    let mut first = reader.info().frame_control;
    let layers = std::iter::from_fn(move || {
        let control = match mem::take(&mut first).map_or_else(|| next(&mut reader), Ok) {
            Ok(control) => control,
            // There are no more frames.
            Err(DecodingError::Parameter(_)) => return None,
            Err(error) => return Some(Err(refuse(image_error(error)))),
        };
        Some(layer(&mut reader, control).map_err(refuse))
    });
    Ok(Layers { canvas, is_transparent: true, frames: Box::new(layers) })
}

/// Reads the header of the next frame.
fn next(reader: &mut Reader<Pieces<'_>>) -> Result<FrameControl, DecodingError> {
    reader.next_frame_info().copied()
}

/// Decodes the frame whose header was read.
fn layer(reader: &mut Reader<Pieces<'_>>, control: FrameControl) -> Result<Layer, ImageError> {
    let whole = reader.output_buffer_size().unwrap_or(usize::MAX);
    let mut samples = vec![0; whole];
    let info = reader.next_frame(&mut samples).map_err(image_error)?;
    // The rows of interlaced frames lie as far apart as those of the canvas.
    let stride = reader.output_line_size(reader.info().width).unwrap_or(info.line_size);
    if reader.info().interlaced && stride > info.line_size {
        for row in 1..info.height as usize {
            let start = row * stride;
            samples.copy_within(start..start + info.line_size, row * info.line_size);
        }
    }
    samples.truncate(info.buffer_size());
    let pixels = image_of(info.color_type.samples(), (info.width, info.height), samples);
    let denominator = if control.delay_den == 0 { 100 } else { u32::from(control.delay_den) };
    Ok(Layer {
        place: (control.x_offset, control.y_offset),
        pixels: pixels.map(DynamicImage::into_rgba8).unwrap_or_default(),
        milliseconds: (u32::from(control.delay_num) * 1000 + denominator / 2) / denominator,
        is_blended: control.blend_op == BlendOp::Over,
        disposal: match control.dispose_op {
            DisposeOp::None => Disposal::Keep,
            DisposeOp::Background => Disposal::Clear,
            DisposeOp::Previous => Disposal::Restore,
        },
    })
}
