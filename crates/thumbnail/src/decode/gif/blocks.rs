//! The blocks of a GIF (GIF89a, appendix B). Unknown extensions and stray zeros are passed over, as
//! browsers do.

const EXTENSION: u8 = 0x21;
const FRAME: u8 = 0x2C;
const CONTROL: u8 = 0xF9;
const APPLICATION: u8 = 0xFF;

/// The extension of an ICC profile.
const PROFILE: &[u8] = b"\x0BICCRGBG1012";

/// The colours of a file without any: none are defined, and most readers take these two.
const BLACK_AND_WHITE: &[u8] = &[0, 0, 0, 255, 255, 255];

/// What comes before the first block.
#[derive(Clone, Copy)]
pub(super) struct Screen<'a> {
    pub(super) width: u16,
    pub(super) height: u16,
    /// Red, green and blue of each colour.
    palette: Option<&'a [u8]>,
}

/// A frame that was not decoded.
#[derive(Clone, Copy)]
pub(super) struct Frame<'a> {
    /// Where it lies on the screen, in pixels from the left and from the top.
    pub(super) place: (u16, u16),
    pub(super) width: u16,
    pub(super) height: u16,
    pub(super) is_interlaced: bool,
    pub(super) palette: &'a [u8],
    /// The payload of the control extension before it: flags, delay and transparent colour.
    pub(super) control: Option<&'a [u8; 4]>,
    /// The number of bits of the first codes, and the blocks of coded pixels without the empty one
    /// that ends them.
    pub(super) data: &'a [u8],
    /// Whether the file ends within them.
    pub(super) is_cut: bool,
}

/// Walks from frame to frame.
#[derive(Clone)]
pub(super) struct Blocks<'a> {
    pub(super) screen: Screen<'a>,
    rest: &'a [u8],
    /// The blocks of an ICC profile that was passed.
    pub(super) profile: Option<&'a [u8]>,
}

impl<'a> Blocks<'a> {
    /// `None` if the file ends before its first block.
    pub(super) fn of(source: &'a [u8]) -> Option<Self> {
        let (&[w0, w1, h0, h1, flags, _, _], rest) = source.get(6..)?.split_first_chunk::<7>()?;
        let (palette, rest) = split_palette(flags, rest)?;
        let (width, height) = (u16::from_le_bytes([w0, w1]), u16::from_le_bytes([h0, h1]));
        Some(Self { screen: Screen { width, height, palette }, rest, profile: None })
    }

    /// Whether the file ends before another block begins.
    pub(super) fn has_ended(&self) -> bool {
        self.rest.is_empty()
    }

    /// Reads an extension; `None` if it breaks off.
    fn extension(&mut self, after: &'a [u8], control: &mut Option<&'a [u8; 4]>) -> Option<()> {
        let (&label, blocks) = after.split_first()?;
        let (passed, rest) = split_blocks(blocks);
        let rest = rest?;
        match label {
            CONTROL => *control = blocks.get(1..)?.first_chunk().or(*control),
            APPLICATION if self.profile.is_none() => self.profile = passed.strip_prefix(PROFILE),
            _ => {}
        }
        self.rest = rest;
        Some(())
    }

    /// Reads a frame; `None` if its header breaks off.
    fn frame(&mut self, after: &'a [u8], control: Option<&'a [u8; 4]>) -> Option<Frame<'a>> {
        let (&[x0, x1, y0, y1, w0, w1, h0, h1, flags], rest) = after.split_first_chunk::<9>()?;
        let (palette, rest) = split_palette(flags, rest)?;
        let (passed, after) = split_blocks(rest.get(1..)?);
        let number = |low, high| u16::from_le_bytes([low, high]);
        self.rest = after.unwrap_or_default();
        Some(Frame {
            place: (number(x0, x1), number(y0, y1)),
            width: number(w0, w1),
            height: number(h0, h1),
            is_interlaced: flags & 0x40 != 0,
            palette: palette.or(self.screen.palette).unwrap_or(BLACK_AND_WHITE),
            control,
            data: rest.get(..=passed.len())?,
            is_cut: after.is_none(),
        })
    }
}

impl<'a> Iterator for Blocks<'a> {
    type Item = Frame<'a>;

    fn next(&mut self) -> Option<Frame<'a>> {
        let mut control = None;
        loop {
            let (&block, after) = self.rest.split_first()?;
            match block {
                EXTENSION => {
                    if self.extension(after, &mut control).is_none() {
                        self.rest = &[];
                    }
                }
                FRAME => {
                    let frame = self.frame(after, control);
                    if frame.is_none() {
                        self.rest = &[];
                    }
                    return frame;
                }
                0 => self.rest = after,
                // The end, or what no reader knows.
                _ => return None,
            }
        }
    }
}

/// Splits a table of colours off, if the flags say that there is one.
fn split_palette(flags: u8, rest: &[u8]) -> Option<(Option<&[u8]>, &[u8])> {
    if flags & 0x80 == 0 {
        return Some((None, rest));
    }
    let (palette, rest) = rest.split_at_checked(3 << ((flags & 7) + 1))?;
    Some((Some(palette), rest))
}

/// Splits blocks off, without the empty one that ends them, and what follows that one; nothing does
/// if the file ends first.
fn split_blocks(all: &[u8]) -> (&[u8], Option<&[u8]>) {
    let mut rest = all;
    loop {
        let passed = all.get(..all.len() - rest.len()).unwrap_or_default();
        match rest.split_first() {
            Some((0, after)) => return (passed, Some(after)),
            Some((&length, after)) => match after.get(usize::from(length)..) {
                Some(after) => rest = after,
                None => return (passed, None),
            },
            None => return (passed, None),
        }
    }
}

/// The contents of blocks, joined.
pub(super) fn joined(mut blocks: &[u8]) -> Vec<u8> {
    let mut contents = Vec::new();
    while let Some((&length, after)) = blocks.split_first()
        && let Some((block, after)) = after.split_at_checked(usize::from(length))
    {
        contents.extend(block);
        blocks = after;
    }
    contents
}
