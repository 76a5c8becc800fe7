//! The properties of an item: its size, its colours, and its crop and orientation.

use image::metadata::Orientation;

use super::boxes::Fields;
use super::cicp::Cicp;
use super::container::Container;
use super::items::Item;
use crate::decode::file::File;
use crate::error::ThumbnailError;

/// The properties of an item that is a picture.
#[derive(Debug, Clone)]
pub(crate) struct Properties<'a> {
    /// Width and height as stored, in pixels.
    pub(crate) size: (u32, u32),
    /// The visible part of it.
    pub(crate) window: Window,
    /// How that part is turned upright. The EXIF orientation is ignored (ISO/IEC 23000-22,
    /// 7.3.6.5).
    pub(crate) orientation: Orientation,
    /// An ICC profile.
    pub(crate) profile: Option<&'a [u8]>,
    /// The colours as code points.
    pub(crate) cicp: Option<Cicp>,
    /// Which operating point of a layered AV1 picture is shown.
    #[cfg_attr(not(feature = "avif"), expect(dead_code, reason = "only AV1 has them"))]
    pub(crate) operating_point: u8,
    /// Which layer of it is shown, if that is told.
    #[cfg_attr(not(feature = "avif"), expect(dead_code, reason = "only AV1 has them"))]
    pub(crate) layer: Option<u16>,
    /// The HEVC configuration record, which the decoder needs before the data.
    pub(crate) hevc_configuration: Option<&'a [u8]>,
}

/// A part of a picture, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) x: u32,
    pub(crate) y: u32,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

impl<'a> Properties<'a> {
    /// Reads the properties of `item`, which has the size `size` if it does not tell another.
    pub(super) fn of(
        file: &File<'_>,
        container: &Container<'a>,
        item: &Item<'a>,
        size: Option<(u32, u32)>,
    ) -> Result<Self, ThumbnailError> {
        let broken = || file.corrupt("what it says of an item makes no sense");
        let (mut told_size, mut aperture, mut is_turned) = (item.size, None, false);
        let mut turn = Turn::default();
        let (mut profile, mut cicp) = (None, None);
        let (mut operating_point, mut layer) = (0, None);
        let mut hevc_configuration = None;
        for property in container.properties_of(item) {
            let (kind, payload, is_essential) = property.ok_or_else(broken)?;
            let mut fields = Fields::new(payload);
            match (&kind, payload) {
                (b"ispe", _) => {
                    let mut read = || {
                        Some((
                            fields.id(false)?,
                            fields.id(false)?,
                            fields.id(true)?,
                            fields.id(true)?,
                        ))
                    };
                    let (_, _, width, height) = read().ok_or_else(broken)?;
                    told_size = told_size.or(Some((width, height)));
                }
                (b"clap", _) if !is_turned && aperture.is_none() => {
                    aperture = Some(Aperture::of(&mut fields).ok_or_else(broken)?);
                }
                (b"irot", &[angle, ..]) => {
                    turn.anticlockwise(angle & 3);
                    is_turned = true;
                }
                (b"imir", &[axis, ..]) => {
                    turn.mirror(axis & 1 == 1);
                    is_turned = true;
                }
                (
                    b"colr",
                    [b'p', b'r', b'o', b'f', icc @ ..] | [b'r', b'I', b'C', b'C', icc @ ..],
                ) => {
                    profile = profile.or(Some(icc));
                }
                (b"colr", [b'n', b'c', b'l', b'x', numbers @ ..]) => {
                    cicp = cicp.or(Cicp::of(numbers));
                }
                (b"a1op", &[point, ..]) => operating_point = point,
                (b"hvcC", payload) => hevc_configuration = hevc_configuration.or(Some(payload)),
                (b"lsel", &[high, low, ..]) => layer = Some(u16::from_be_bytes([high, low])),
                // Where in the data layers lie is told for those who fetch them one by one.
                (b"av1C" | b"auxC" | b"colr" | b"pixi" | b"pasp" | b"a1lx", _) => {}
                _ if is_essential => {
                    let name = String::from_utf8_lossy(&kind).into_owned();
                    return Err(
                        file.unsupported(format!("a property {name:?} that must be heeded"))
                    );
                }
                _ => {}
            }
        }
        let size = told_size.or(size);
        let size = size.ok_or_else(|| file.corrupt("it does not say how large an item is"))?;
        let window = match aperture {
            Some(aperture) => aperture.window(size).ok_or_else(broken)?,
            None => Window { x: 0, y: 0, width: size.0, height: size.1 },
        };
        Ok(Self {
            size,
            window,
            orientation: turn.orientation(),
            profile,
            cicp,
            operating_point,
            layer,
            hevc_configuration,
        })
    }
}

/// A clean aperture (14496-12, 12.1.4): width, height, and the offset of its centre from the
/// picture's, each a fraction.
struct Aperture([(u32, u32); 4]);

impl Aperture {
    fn of(fields: &mut Fields<'_>) -> Option<Self> {
        let mut next = || Some((fields.id(true)?, fields.id(true)?));
        Some(Self([next()?, next()?, next()?, next()?]))
    }

    /// The aperture in whole pixels; `None` if it is not within the picture.
    fn window(&self, size: (u32, u32)) -> Option<Window> {
        let Self([width, height, right, down]) = self;
        let (x, width) = Self::side(size.0, *width, *right)?;
        let (y, height) = Self::side(size.1, *height, *down)?;
        Some(Window { x, y, width, height })
    }

    fn side(of: u32, length: (u32, u32), off: (u32, u32)) -> Option<(u32, u32)> {
        let length = length.0.checked_div(length.1).filter(|&length| (1..=of).contains(&length))?;
        // The numerator is signed.
        let (numerator, denominator) = (i64::from(off.0.cast_signed()), i64::from(off.1));
        let twice = (2 * numerator).checked_div(denominator)?;
        let start = (i64::from(of) - i64::from(length) + twice).div_euclid(2);
        let start = u32::try_from(start).ok()?;
        (start.checked_add(length)? <= of).then_some((start, length))
    }
}

/// Rotations and mirrorings combined: first quarter turns clockwise, then a horizontal flip.
#[derive(Debug, Default, Clone, Copy)]
struct Turn {
    quarters: u8,
    is_mirrored: bool,
}

impl Turn {
    fn anticlockwise(&mut self, quarters: u8) {
        // A mirrored picture is turned the other way.
        self.quarters =
            (self.quarters + if self.is_mirrored { quarters } else { 4 - quarters }) % 4;
    }

    /// Flips left and right, or top and bottom. The latter is the former with half a turn.
    fn mirror(&mut self, is_sideways: bool) {
        self.is_mirrored = !self.is_mirrored;
        self.quarters = (self.quarters + if is_sideways { 0 } else { 2 }) % 4;
    }

    fn orientation(self) -> Orientation {
        match (self.quarters, self.is_mirrored) {
            (0, false) => Orientation::NoTransforms,
            (1, false) => Orientation::Rotate90,
            (2, false) => Orientation::Rotate180,
            (_, false) => Orientation::Rotate270,
            (0, true) => Orientation::FlipHorizontal,
            (1, true) => Orientation::Rotate90FlipH,
            (2, true) => Orientation::FlipVertical,
            (_, true) => Orientation::Rotate270FlipH,
        }
    }
}
