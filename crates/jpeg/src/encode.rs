//! The encoder (ITU-T T.81): baseline, or progressive in one scan for the DC coefficients of all
//! components and one for the AC coefficients of each. The Huffman codes are made for the picture.
//! Samples become coefficients ([`transform`]), coefficients become tokens ([`tokens`]), tokens get
//! codes ([`huffman`]), and all of it becomes a file ([`segments`]).

mod error;
mod huffman;
mod segments;
mod tokens;
mod transform;

pub use error::EncodeError;

use crate::planes::Planes;
use segments::Writer;
use tokens::Component;
use transform::Quantizer;

/// How a file is written.
///
/// ```
/// use scaled_jpeg::{Chroma, Decoder, Encoder, Planes};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let red = [200, 30, 30].repeat(40 * 30);
/// let planes = Planes::of_rgb(40, 30, &red, Chroma::Half);
/// let file = Encoder { quality: 80, ..Encoder::default() }.encode(&planes)?;
/// assert_eq!(Decoder::new(&file)?.width(), 40);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Encoder<'a> {
    /// From 1 to 100, as libjpeg counts it. The default is 75.
    pub quality: u8,
    /// Whether the file is progressive: its first part is enough for a coarse picture. The default
    /// is `false`, for a baseline file.
    pub is_progressive: bool,
    /// EXIF data: a TIFF structure of at most 65,527 bytes, written unchanged. None by default.
    pub exif: Option<&'a [u8]>,
    /// The ICC profile of the colours, at most 16 MB. None by default, which means sRGB.
    pub profile: Option<&'a [u8]>,
}

impl Default for Encoder<'_> {
    fn default() -> Self {
        Self { quality: 75, is_progressive: false, exif: None, profile: None }
    }
}

impl Encoder<'_> {
    /// Writes planes of luma and chroma as a file of at most 65,535 pixels each way.
    pub fn encode(&self, planes: &Planes) -> Result<Vec<u8>, EncodeError> {
        let quantizers = [Quantizer::of_luma(self.quality), Quantizer::of_chroma(self.quality)];
        let mut components: Vec<Component<'_>> = planes
            .all()
            .zip([0, 1, 1])
            .map(|(plane, kind)| Component::new(plane, planes.sampling(plane), kind))
            .collect();
        let mut writer = Writer::new(planes.luma.width, planes.luma.height)?;
        if let Some(exif) = self.exif {
            writer.exif(exif)?;
        }
        if let Some(profile) = self.profile {
            writer.profile(profile)?;
        }
        writer.frame(&components, &quantizers, self.is_progressive);
        for scan in &tokens::scans(&mut components, &quantizers, self.is_progressive) {
            writer.scan(scan);
        }
        Ok(writer.finish())
    }
}
