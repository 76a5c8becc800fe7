//! APPn segments, in which applications store how colours are coded, the ICC profile and EXIF data.

use super::header::Frame;
use super::marker::{APP0, APP14};
use super::rows::Color;

const APP1: u8 = APP0 + 1;
const APP2: u8 = APP0 + 2;
const APP15: u8 = APP0 + 15;

/// What the APPn segments of a file contain.
#[derive(Debug, Clone, Default)]
pub(super) struct AppSegments<'a> {
    /// The TIFF structure of the first EXIF segment.
    pub(super) exif: Option<&'a [u8]>,
    /// Parts of the ICC profile: the number of each, how many there are, and the part itself.
    profile: Vec<(u8, u8, &'a [u8])>,
    is_jfif: bool,
    /// The colour transform that Adobe's segment names, if there is one.
    pub(super) adobe: Option<u8>,
    /// The number of bytes in APPn segments.
    pub(super) bytes: usize,
}

impl<'a> AppSegments<'a> {
    pub(super) fn note(&mut self, marker: u8, segment: &'a [u8]) {
        if (APP0..=APP15).contains(&marker) {
            self.bytes += segment.len();
        }
        match marker {
            APP0 => self.is_jfif |= segment.starts_with(b"JFIF\0"),
            APP1 => self.exif = self.exif.or(segment.strip_prefix(b"Exif\0\0")),
            APP2 => {
                if let Some([number, count, part @ ..]) = segment.strip_prefix(b"ICC_PROFILE\0")
                    && self.profile.len() < usize::from(u8::MAX)
                {
                    self.profile.push((*number, *count, part));
                }
            }
            // The colour transform follows the version and two sets of flags.
            APP14 if segment.starts_with(b"Adobe") => self.adobe = segment.get(11).copied(),
            _ => {}
        }
    }

    /// The ICC profile, if all its parts are present (ICC.1:2022, B.4).
    pub(super) fn profile(&self) -> Option<Vec<u8>> {
        let mut parts = self.profile.clone();
        parts.sort_unstable_by_key(|&(number, ..)| number);
        let &(_, count, _) = parts.first()?;
        let numbers = parts.iter().map(|&(number, ..)| number);
        numbers.eq(1..=count).then(|| parts.iter().flat_map(|(.., part)| *part).copied().collect())
    }

    /// The colours that the components stand for: as APPn segments say, otherwise by libjpeg's
    /// rules.
    pub(super) fn color(&self, frame: &Frame) -> Option<Color> {
        let ids: Vec<u8> = frame.components.iter().map(|component| component.id).collect();
        match (ids.as_slice(), self.adobe) {
            ([_], _) => Some(Color::Grey),
            ([_, _, _], Some(0)) | (b"RGB", None) if !self.is_jfif => Some(Color::Rgb),
            ([_, _, _], _) => Some(Color::YCbCr),
            ([_, _, _, _], None | Some(0)) => Some(Color::Cmyk),
            ([_, _, _, _], Some(_)) => Some(Color::Ycck),
            _ => None,
        }
    }
}
