//! Counts the frames in a file, their pixels, and how often they are played, by walking over blocks
//! and chunks. Nothing is decoded.

use crate::format::SourceFormat;

/// The result of a walk over a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Count {
    /// Frames in the file.
    pub(super) frames: u32,
    /// Pixels of all frames, by the sizes that the frames declare.
    pub(super) pixels: u64,
    /// How often the animation is played; 0 means for ever.
    pub(super) plays: u32,
}

impl Count {
    fn add(&mut self, width: u32, height: u32) {
        self.frames = self.frames.saturating_add(1);
        self.pixels = self.pixels.saturating_add(u64::from(width) * u64::from(height));
    }
}

/// Counts frames; `None` for formats without animations. If a file ends early, what comes before
/// its end is counted.
pub(super) fn count(source: &[u8], format: SourceFormat) -> Option<Count> {
    let mut count = Count::default();
    match format {
        SourceFormat::Gif => {
            count.plays = 1;
            gif(source, &mut count)
        }
        SourceFormat::WebP => webp(source, &mut count),
        SourceFormat::Png => png(source, &mut count),
        _ => return None,
    };
    Some(count)
}

/// GIF89a, appendix B. An animation without the NETSCAPE2.0 extension is played once.
fn gif(source: &[u8], count: &mut Count) -> Option<()> {
    let table = |flags: u8| if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) };
    let (&[_, _, _, _, flags, _, _], rest) = source.get(6..)?.split_first_chunk::<7>()?;
    let mut rest = rest.get(table(flags)..)?;
    loop {
        let (&block, after) = rest.split_first()?;
        rest = match block {
            0x21 => {
                if let Some(loops) = after.strip_prefix(b"\xFF\x0BNETSCAPE2.0\x03\x01") {
                    let &[low, high] = loops.first_chunk::<2>()?;
                    // The number of repetitions; 0 means for ever.
                    let again = u32::from(u16::from_le_bytes([low, high]));
                    count.plays = if again == 0 { 0 } else { again + 1 };
                }
                skip_blocks(after.get(1..)?)?
            }
            0x2C => {
                let (&[_, _, _, _, w0, w1, h0, h1, flags], after) =
                    after.split_first_chunk::<9>()?;
                let side = |low, high| u32::from(u16::from_le_bytes([low, high]));
                count.add(side(w0, w1), side(h0, h1));
                skip_blocks(after.get(table(flags) + 1..)?)?
            }
            // Stray zeros are passed over.
            0 => after,
            _ => return None,
        };
    }
}

fn skip_blocks(mut rest: &[u8]) -> Option<&[u8]> {
    loop {
        let (&length, after) = rest.split_first()?;
        if length == 0 {
            return Some(after);
        }
        rest = after.get(usize::from(length)..)?;
    }
}

/// RFC 9649, section 2.7.
fn webp(source: &[u8], count: &mut Count) -> Option<()> {
    let mut rest = source.get(12..)?;
    loop {
        let (&[a, b, c, d, l0, l1, l2, l3], after) = rest.split_first_chunk::<8>()?;
        let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
        let payload = after.get(..length)?;
        match (&[a, b, c, d], payload) {
            (b"ANIM", &[_, _, _, _, low, high, ..]) => {
                count.plays = u32::from(u16::from_le_bytes([low, high]));
            }
            (b"ANMF", &[_, _, _, _, _, _, w0, w1, w2, h0, h1, h2, ..]) => {
                let side = |bytes: [u8; 3]| {
                    let [a, b, c] = bytes;
                    u32::from_le_bytes([a, b, c, 0]) + 1
                };
                count.add(side([w0, w1, w2]), side([h0, h1, h2]));
            }
            _ => {}
        }
        rest = after.get(length + length % 2..)?;
    }
}

/// PNG, third edition, 11.3.6: the `acTL` chunk, and the `fcTL` chunk of every frame.
fn png(source: &[u8], count: &mut Count) -> Option<()> {
    let mut rest = source.get(8..)?;
    loop {
        let (&[l3, l2, l1, l0, name @ ..], after) = rest.split_first_chunk::<8>()?;
        let length = u32::from_be_bytes([l3, l2, l1, l0]) as usize;
        let payload = after.get(..length)?;
        match (&name, payload) {
            (b"acTL", &[_, _, _, _, p3, p2, p1, p0]) => {
                count.plays = u32::from_be_bytes([p3, p2, p1, p0]);
            }
            (b"fcTL", &[_, _, _, _, w3, w2, w1, w0, h3, h2, h1, h0, ..]) => {
                count.add(
                    u32::from_be_bytes([w3, w2, w1, w0]),
                    u32::from_be_bytes([h3, h2, h1, h0]),
                );
            }
            _ => {}
        }
        rest = after.get(length.checked_add(4)?..)?;
    }
}
