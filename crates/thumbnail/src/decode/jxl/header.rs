//! What a JPEG XL file tells before its first frame, and the cost of decoding that follows from it.
//! The figures were measured for the worst pictures.

use image::ColorType;
use jxl::api::{
    AlphaMode, Endianness, Event, ExtraChannel, JxlBasicInfo, JxlBitDepth, JxlColorEncoding,
    JxlColorProfile, JxlColorType, JxlDataFormat, JxlDecoder, JxlDecoderOptions, JxlPixelFormat,
};

use super::container::Codestream;
use super::errors::refuse;
use super::frame::Storage;
use crate::color::kind::Kind;
use crate::color::profile::Profile;
use crate::decode::cost::DecodeCost;
use crate::decode::file::File;
use crate::error::ThumbnailError;

/// Bytes for each sample that the MA tree takes: up to one node for every 16 samples, in a buffer
/// that grows threefold.
const TREE_SAMPLE_BYTES: u64 = 4;

/// The most that the tree takes, in bytes.
const MAX_TREE_BYTES: u64 = 1 << 28;

/// Bytes for each sample of a modular channel: it is put together from halves, and passed on as
/// floats.
const MODULAR_SAMPLE_BYTES: u64 = 8;

/// Bytes for each pixel of a `VarDCT` picture.
const COSINE_PIXEL_BYTES: u64 = 4;

/// Bytes for each pixel that the coefficients of a progressive picture take.
const PASSES_PIXEL_BYTES: u64 = 12;

/// Bytes for each pixel of a picture with splines.
const SPLINES_PIXEL_BYTES: u64 = 64;

/// Bytes for each sample of a frame that is kept as a reference: floats.
const STORED_SAMPLE_BYTES: u64 = 4;

/// The part of a picture's samples that its LF frames have together is less than one of so many.
const LF_FRAME_PART: u64 = 63;

/// Bytes for each sample of an LF frame: it is decoded like another frame, and kept.
const LF_SAMPLE_BYTES: u64 = MODULAR_SAMPLE_BYTES + COSINE_PIXEL_BYTES + PASSES_PIXEL_BYTES;

/// How many whole frames can be kept: four references, and four LF frames with an eighth of the
/// sides.
const MOST_STORED: u64 = 5;

/// How many samples a frame may always have, however small the picture is.
const SMALL_FRAME_SAMPLES: u64 = 1 << 16;

/// Bytes for each sample of a row that the decoder's pipeline holds.
const ROW_SAMPLE_BYTES: u64 = 1 << 9;

/// What the decoder holds in any case, in bytes; much of it is its code.
const FIXED_BYTES: u64 = 4 << 20;

/// A file whose header has been read.
pub(super) struct Header<'a> {
    pub(super) codestream: Codestream<'a>,
    pub(super) info: JxlBasicInfo,
    /// Width as stored, in pixels.
    pub(super) width: u32,
    /// Height as stored, in pixels.
    pub(super) height: u32,
    pub(super) color_type: ColorType,
    /// Whether samples are amounts of ink. The fourth of each pixel is black, instead of alpha.
    pub(super) is_ink: bool,
    storage: Storage,
    profile_bytes: u64,
}

impl<'a> Header<'a> {
    pub(super) fn of(file: &File<'a>) -> Result<Self, ThumbnailError> {
        let codestream = Codestream::of(file.source).ok_or_else(|| file.truncated(None))?;
        let bytes = codestream.bytes();
        let mut options = JxlDecoderOptions::default();
        options.adjust_orientation = false;
        let mut decoder = JxlDecoder::new(options);
        // The decoder does not tell how far it has read. So it gets one byte at a time, and the
        // first frame begins where it has read its header.
        let mut frame = bytes;
        loop {
            let Some((mut byte, rest)) = frame.split_at_checked(1) else {
                return Err(file.truncated(None));
            };
            frame = rest;
            let event = decoder.process(&mut byte, None, None);
            if event.map_err(|error| refuse(file, error))? == Event::BasicInfo {
                break;
            }
        }
        let (Some(info), Some(profile)) = (decoder.basic_info(), decoder.embedded_color_profile())
        else {
            return Err(file.corrupt("its header says nothing"));
        };
        let has_black = || info.extra_channels.iter().any(|one| one.ec_type == ExtraChannel::Black);
        if profile.is_cmyk() && !(info.uses_original_profile && has_black()) {
            return Err(file.unsupported("amounts of ink without black ones"));
        }
        let side = |side| u32::try_from(side).unwrap_or(u32::MAX);
        let (width, height) = (side(info.size.0), side(info.size.1));
        file.check_pixels(width, height)?;
        let storage = Storage::of(frame, info).ok_or_else(|| file.truncated(None))?;
        let profile_bytes = match profile {
            JxlColorProfile::Icc(icc) => icc.len() as u64,
            JxlColorProfile::Simple(_) => 0,
        };
        let is_ink = profile.is_cmyk();
        let color_type = if is_ink { ColorType::Rgba8 } else { color_type(info, profile) };
        let info = info.clone();
        Ok(Self { codestream, info, width, height, color_type, is_ink, storage, profile_bytes })
    }

    pub(super) fn pixels(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    /// Decoded channels, visible or not.
    fn channels(&self) -> u64 {
        3 + self.info.extra_channels.len() as u64
    }

    pub(super) fn options(&self) -> JxlDecoderOptions {
        let mut options = JxlDecoderOptions::default();
        options.adjust_orientation = false;
        options.alpha_mode = AlphaMode::Unpremultiplied;
        let most = self.pixels().max(u64::from(self.height) * 16) * self.channels();
        options.sample_limit = usize::try_from(most + SMALL_FRAME_SAMPLES).ok();
        options
    }

    pub(super) fn pixel_format(&self) -> JxlPixelFormat {
        let endianness = Endianness::native();
        let is_deep = self.color_type.bytes_per_pixel() > self.color_type.channel_count();
        JxlPixelFormat {
            color_type: match (self.color_type.has_color(), self.color_type.has_alpha()) {
                _ if self.is_ink => JxlColorType::Cmyk,
                (false, false) => JxlColorType::Grayscale,
                (false, true) => JxlColorType::GrayscaleAlpha,
                (true, false) => JxlColorType::Rgb,
                (true, true) => JxlColorType::Rgba,
            },
            color_data_format: Some(if is_deep {
                JxlDataFormat::U16 { endianness, bit_depth: 16 }
            } else {
                JxlDataFormat::U8 { bit_depth: 8 }
            }),
            extra_channel_format: vec![None; self.info.extra_channels.len()],
        }
    }

    /// The profile to convert from; `None` for sRGB.
    pub(super) fn profile(&self, profile: &JxlColorProfile) -> Option<Profile> {
        let srgb = JxlColorProfile::Simple(JxlColorEncoding::srgb(!self.color_type.has_color()));
        if profile.same_color_encoding(&srgb)
            && profile.transfer_function() == srgb.transfer_function()
        {
            return None;
        }
        let icc = profile.try_as_icc()?;
        if self.is_ink {
            return Profile::parse_for(&icc, Kind::Cmyk);
        }
        Profile::parse(&icc, self.color_type)
    }

    /// The cost of decoding.
    pub(super) fn cost(&self, file: &File<'_>) -> DecodeCost {
        let pixels = self.pixels();
        let samples = pixels * self.channels();
        let extra = samples - pixels * 3;
        let stored = (samples + SMALL_FRAME_SAMPLES) * STORED_SAMPLE_BYTES;
        let lf_frames = samples / LF_FRAME_PART * LF_SAMPLE_BYTES + stored / LF_FRAME_PART;
        let storage = match self.storage {
            Storage::Layers => {
                samples * MODULAR_SAMPLE_BYTES
                    + pixels * (COSINE_PIXEL_BYTES + PASSES_PIXEL_BYTES + SPLINES_PIXEL_BYTES)
                    + stored * MOST_STORED
            }
            Storage::Frame { has_lf_frames, is_cosine, has_passes, has_splines, is_kept } => {
                let when = |does, bytes| if does { bytes } else { 0 };
                let modular = if is_cosine { extra } else { samples };
                modular * MODULAR_SAMPLE_BYTES
                    + when(is_cosine, pixels * COSINE_PIXEL_BYTES)
                    + when(has_passes, pixels * PASSES_PIXEL_BYTES)
                    + when(has_splines, pixels * SPLINES_PIXEL_BYTES)
                    + when(is_kept, stored)
                    + when(has_lf_frames, lf_frames)
            }
        };
        let working = [
            storage,
            (samples * TREE_SAMPLE_BYTES).min(MAX_TREE_BYTES),
            u64::from(self.width) * self.channels() * ROW_SAMPLE_BYTES,
            self.codestream.copied_bytes(),
            // The coded groups are copied as well.
            file.source.len() as u64,
            self.profile_bytes * 4,
            FIXED_BYTES,
        ];
        let working_bytes = working.into_iter().fold(0, u64::saturating_add);
        let bytes_per_pixel = u64::from(self.color_type.bytes_per_pixel());
        let has_alpha = self.color_type.has_alpha() && !self.is_ink;
        let size = (self.width, self.height);
        DecodeCost {
            kept_bytes: self.profile_bytes * 8,
            ..DecodeCost::new(size, bytes_per_pixel, has_alpha, working_bytes)
        }
    }
}

/// The type of decoded samples.
fn color_type(info: &JxlBasicInfo, profile: &JxlColorProfile) -> ColorType {
    let has_alpha =
        info.extra_channels.iter().any(|channel| channel.ec_type == ExtraChannel::Alpha);
    let is_deep = !matches!(info.bit_depth, JxlBitDepth::Int { bits_per_sample: ..=8 });
    match (profile.channels() == 1, has_alpha, is_deep) {
        (true, false, false) => ColorType::L8,
        (true, true, false) => ColorType::La8,
        (true, false, true) => ColorType::L16,
        (true, true, true) => ColorType::La16,
        (false, false, false) => ColorType::Rgb8,
        (false, true, false) => ColorType::Rgba8,
        (false, false, true) => ColorType::Rgb16,
        (false, true, true) => ColorType::Rgba16,
    }
}
