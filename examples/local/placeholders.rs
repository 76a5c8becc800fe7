//! Placeholders as a page shows them: decoded from a thumbnail's metadata into pictures of some
//! twenty pixels, which are part of the page itself.

use std::collections::HashMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Serialize;

/// An object's user metadata, by name.
pub(crate) type Metadata = HashMap<String, String>;

/// The width of a `BlurHash`'s picture in pixels; its height follows from the thumbnail's shape.
const BLUR_WIDTH: u32 = 24;

/// What can be shown before a thumbnail has loaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Placeholders {
    /// The `ThumbHash`, as an address that holds the picture.
    pub(crate) thumb_hash: String,
    /// The `BlurHash`, likewise.
    pub(crate) blur_hash: String,
    /// The dominant colour, `#rrggbb`.
    pub(crate) dominant: String,
    /// Whether the picture is opaque. A placeholder behind a transparent one would show through.
    pub(crate) is_opaque: bool,
}

impl Placeholders {
    /// Those in the `metadata` of a thumbnail of this size; `None` if it has none.
    pub(crate) fn read(metadata: &Metadata, (width, height): (u32, u32)) -> Option<Self> {
        let hash = BASE64_STANDARD.decode(metadata.get("thumbhash")?).ok()?;
        let (across, down, pixels) = thumbhash::thumb_hash_to_rgba(&hash).ok()?;
        let is_opaque = pixels.chunks_exact(4).all(|pixel| pixel.last() == Some(&u8::MAX));
        let size = (u32::try_from(across).ok()?, u32::try_from(down).ok()?);
        let blur_height = (BLUR_WIDTH * height / width.max(1)).clamp(1, BLUR_WIDTH * 4);
        let blur =
            blurhash::decode(metadata.get("blurhash")?, BLUR_WIDTH, blur_height, 1.0).ok()?;
        let dominant = metadata.get("dominant-color")?.clone();
        let digits = dominant.strip_prefix('#')?;
        let is_color = digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        is_color.then_some(Self {
            thumb_hash: address(size, &pixels)?,
            blur_hash: address((BLUR_WIDTH, blur_height), &blur)?,
            dominant,
            is_opaque,
        })
    }
}

/// A `data:` address of a PNG.
fn address((width, height): (u32, u32), pixels: &[u8]) -> Option<String> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgba);
    encoder.write_header().ok()?.write_image_data(pixels).ok()?;
    Some(format!("data:image/png;base64,{}", BASE64_STANDARD.encode(file)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata() -> Metadata {
        // The first example of each algorithm's own documentation.
        let texts = [
            ("thumbhash", "1QcSHQRnh493V4dIh4eXh1h4kJUI"),
            ("blurhash", "LEHV6nWB2yk8pyo0adR*.7kCMdnj"),
            ("dominant-color", "#a1b2c3"),
        ];
        texts.map(|(name, text)| (name.to_owned(), text.to_owned())).into()
    }

    #[test]
    fn placeholders_become_pictures_that_stand_in_the_page() {
        let shown = Placeholders::read(&metadata(), (300, 200)).unwrap();
        for (address, size) in [(&shown.thumb_hash, (23, 32)), (&shown.blur_hash, (24, 16))] {
            let file = address.strip_prefix("data:image/png;base64,").unwrap();
            let file = BASE64_STANDARD.decode(file).unwrap();
            let picture = image::load_from_memory(&file).unwrap();
            assert_eq!((picture.width(), picture.height()), size);
        }
        assert_eq!((shown.dominant.as_str(), shown.is_opaque), ("#a1b2c3", true));
    }

    #[test]
    fn invalid_placeholders_are_not_shown() {
        let mut cases = 0;
        for (name, text) in [
            ("thumbhash", "*"),
            ("thumbhash", ""),
            ("blurhash", "x"),
            ("dominant-color", "red;}"),
            ("dominant-color", "#12345g"),
        ] {
            let mut metadata = metadata();
            metadata.insert(name.to_owned(), text.to_owned());
            assert_eq!(Placeholders::read(&metadata, (300, 200)), None, "{name} {text}");
            cases += 1;
        }
        assert_eq!(cases, 5);
        assert_eq!(Placeholders::read(&Metadata::new(), (300, 200)), None);
    }
}
