//! Writes an animation frame by frame, from small frames to the bytes of a file.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;

use super::kind::Kind;
use crate::encode;
use crate::encode::notes::Notes;
use crate::error::Cause;
use crate::raster::{Channels, Srgb};
use crate::spec::Output;

/// An animation that is being written.
pub(super) struct Writer {
    kind: Kind,
    frames: u32,
    plays: u32,
    notes: Notes,
    state: Option<State>,
}

/// The state after the first frame, whose size all frames have.
enum State {
    Gif(Box<gif::Encoder<Vec<u8>>>),
    Png(Box<png::Writer<Sink>>, Sink),
    WebP { shown: Srgb, chunks: Vec<Vec<u8>> },
}

/// A buffer that outlives its writer: the PNG encoder does not give its writer back.
#[derive(Default, Clone)]
struct Sink(Rc<RefCell<Vec<u8>>>);

impl io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Writer {
    /// An animation of `frames` frames that is played `plays` times; 0 means for ever. A GIF has no
    /// place for `notes`.
    pub(super) fn new(kind: Kind, frames: u32, plays: u32, notes: Notes) -> Self {
        Self { kind, frames, plays, notes, state: None }
    }

    /// Appends a frame that is shown for `milliseconds`.
    pub(super) fn push(
        &mut self,
        frame: &Srgb,
        milliseconds: u32,
        output: &Output,
    ) -> Result<(), Cause> {
        // All frames need the same layout, even those with opaque alpha or without colour.
        let frame = frame.clone().with_color().with_alpha();
        match self.kind {
            Kind::Gif => self.push_gif(frame, milliseconds),
            Kind::Png => self.push_png(&frame, milliseconds),
            Kind::WebP(quality) => self.push_webp(frame, milliseconds, quality, output),
        }
    }

    /// The finished file.
    pub(super) fn finish(self) -> Result<Vec<u8>, Cause> {
        match self.state.ok_or("an animation without frames")? {
            State::Gif(encoder) => Ok(encoder.into_inner()?),
            State::Png(writer, sink) => {
                writer.finish()?;
                Ok(sink.0.take())
            }
            State::WebP { shown, chunks } => {
                // A transparent background, then how often the animation is played.
                let plays = u16::try_from(self.plays).unwrap_or_default().to_le_bytes();
                let header = [&[0; 4], plays.as_slice()].concat();
                let mut all = vec![(*b"ANIM", header.as_slice())];
                all.extend(chunks.iter().map(|chunk| (*b"ANMF", chunk.as_slice())));
                all.extend(self.notes.exif.iter().map(|exif| (*b"EXIF", exif.as_slice())));
                Ok(encode::mux_webp((shown.width, shown.height), true, &all))
            }
        }
    }

    fn push_gif(&mut self, mut frame: Srgb, milliseconds: u32) -> Result<(), Cause> {
        let (width, height) = (u16::try_from(frame.width)?, u16::try_from(frame.height)?);
        // GIF has no partial transparency.
        let (pixels, _) = frame.samples.as_chunks_mut::<4>();
        for [_, _, _, alpha] in pixels {
            *alpha = if *alpha < 128 { 0 } else { u8::MAX };
        }
        let is_transparent = frame.samples.chunks_exact(4).any(|pixel| pixel.last() == Some(&0));
        let mut small = gif::Frame::from_rgba_speed(width, height, &mut frame.samples, 10);
        small.delay = u16::try_from((milliseconds + 5) / 10).unwrap_or(u16::MAX);
        small.dispose = if is_transparent {
            gif::DisposalMethod::Background
        } else {
            gif::DisposalMethod::Keep
        };
        let mut encoder = if let Some(State::Gif(encoder)) = self.state.take() {
            encoder
        } else {
            let mut encoder = gif::Encoder::new(Vec::new(), width, height, &[])?;
            // The number of repetitions. Without the extension, an animation is played once.
            let repeat = match self.plays.checked_sub(1).map(u16::try_from) {
                Some(Ok(again)) => gif::Repeat::Finite(again),
                _ => gif::Repeat::Infinite,
            };
            if self.plays != 1 {
                encoder.set_repeat(repeat)?;
            }
            Box::new(encoder)
        };
        encoder.write_frame(&small)?;
        self.state = Some(State::Gif(encoder));
        Ok(())
    }

    fn push_png(&mut self, frame: &Srgb, milliseconds: u32) -> Result<(), Cause> {
        let (mut writer, sink) = if let Some(State::Png(writer, sink)) = self.state.take() {
            (writer, sink)
        } else {
            let sink = Sink::default();
            let mut info = png::Info::with_size(frame.width, frame.height);
            info.exif_metadata = self.notes.exif.take().map(Into::into);
            let mut encoder = png::Encoder::with_info(sink.clone(), info)?;
            encoder.set_color(png::ColorType::Rgba);
            encoder.set_compression(png::Compression::Balanced);
            encoder.set_animated(self.frames, self.plays)?;
            (Box::new(encoder.write_header()?), sink)
        };
        let (numerator, denominator) = match u16::try_from(milliseconds) {
            Ok(milliseconds) => (milliseconds, 1000),
            Err(_) => (u16::try_from(milliseconds / 1000).unwrap_or(u16::MAX), 1),
        };
        writer.set_frame_delay(numerator, denominator)?;
        writer.write_image_data(&frame.samples)?;
        self.state = Some(State::Png(writer, sink));
        Ok(())
    }

    fn push_webp(
        &mut self,
        frame: Srgb,
        milliseconds: u32,
        quality: Option<u8>,
        output: &Output,
    ) -> Result<(), Cause> {
        let (mut chunks, area) = match self.state.take() {
            Some(State::WebP { shown, chunks }) => (chunks, changed(&shown, &frame)),
            _ => (Vec::new(), (0, 0, frame.width, frame.height)),
        };
        let (x, y, width, height) = area;
        let part = part(&frame, area);
        let file = encode::webp_frame(&part.without_idle_alpha(), quality, output)?;
        let (alpha, pixels) = encode::split_webp(&file).ok_or("the encoder wrote no picture")?;
        let mut chunk = Vec::new();
        // Offsets are stored divided by 2, sides less 1 (RFC 9649, section 2.7.1.1).
        for number in [x / 2, y / 2, width - 1, height - 1, milliseconds.min(0xFF_FFFF)] {
            chunk.extend(number.to_le_bytes().iter().take(3));
        }
        // The frame replaces what was there, without blending.
        chunk.push(0b10);
        if let Some(alpha) = alpha {
            encode::push_chunk(&mut chunk, (*b"ALPH", alpha));
        }
        encode::push_chunk(&mut chunk, pixels);
        chunks.push(chunk);
        self.state = Some(State::WebP { shown: frame, chunks });
        Ok(())
    }
}

/// The smallest area in which two frames differ: left, top, width and height, where left and top
/// are even. For equal frames, one pixel.
fn changed(one: &Srgb, other: &Srgb) -> (u32, u32, u32, u32) {
    let width = (one.width as usize).max(1);
    let places = one
        .samples
        .chunks_exact(4)
        .zip(other.samples.chunks_exact(4))
        .enumerate()
        .filter(|(_, (one, other))| one != other)
        .map(|(at, _)| (at % width, at / width));
    let bounds = places.fold(None, |bounds: Option<[usize; 4]>, (x, y)| {
        let [left, top, right, bottom] = bounds.unwrap_or([x, y, x, y]);
        Some([left.min(x), top.min(y), right.max(x), bottom.max(y)])
    });
    let [left, top, right, bottom] =
        bounds.unwrap_or_default().map(|place| u32::try_from(place).unwrap_or_default());
    let (left, top) = (left & !1, top & !1);
    (left, top, right - left + 1, bottom - top + 1)
}

/// A part of a frame.
fn part(frame: &Srgb, (left, top, width, height): (u32, u32, u32, u32)) -> Srgb {
    debug_assert_eq!(frame.channels, Channels::Rgba);
    let (start, length) = (left as usize * 4, width as usize * 4);
    let samples = frame
        .samples
        .chunks_exact((frame.width as usize * 4).max(1))
        .skip(top as usize)
        .take(height as usize)
        .flat_map(|row| row.get(start..start + length).unwrap_or_default())
        .copied()
        .collect();
    Srgb { width, height, samples, ..*frame }
}
