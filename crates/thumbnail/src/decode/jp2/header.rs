//! Reads what a codestream tells before its data (ISO/IEC 15444-1, annex A), in the main header and
//! in the header of every part of a tile, and whether all of it is there.

use crate::decode::heif::boxes::{find_box, split_box};

/// Why headers cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broken {
    /// The file ends too early.
    Truncated,
    Corrupt,
}

/// What the headers tell.
#[derive(Debug)]
pub(super) struct Header {
    /// The corners of the picture on the reference grid: left and top, right and bottom.
    area: [(u32, u32); 2],
    /// Width and height of a tile, and where the first one begins.
    pub(super) tile: (u32, u32),
    tile_start: (u32, u32),
    /// The bits of each component's samples.
    pub(super) depths: Vec<u8>,
    /// How many channels a palette makes, or the definitions of channels name.
    pub(super) mapped: u64,
    /// The costliest coding of all headers.
    pub(super) coding: Coding,
    /// The number of parts of tiles, and of those that are the first of a tile.
    pub(super) parts: u64,
    begun: u64,
}

/// How samples are coded (annex A.6.1).
#[derive(Debug, Clone, Copy)]
pub(super) struct Coding {
    pub(super) layers: u64,
    /// How many times the picture is halved, at most.
    pub(super) levels: u32,
    /// The smallest blocks on each level, the highest first: the logarithms of width and height.
    pub(super) blocks: [(u32, u32); MAX_LEVELS + 1],
    /// Whether each pass over a block may be stored by itself.
    pub(super) is_in_passes: bool,
}

/// The most levels that are told apart: more are none.
const MAX_LEVELS: usize = 32;

/// The logarithms of the sides of blocks that no header makes smaller.
const LARGEST_BLOCK: (u32, u32) = (10, 10);

/// Markers (table A.2).
const START: u16 = 0xFF4F;
const SIZE: u16 = 0xFF51;
const CODING: u16 = 0xFF52;
const CODING_OF_COMPONENT: u16 = 0xFF53;
const TILE_PART: u16 = 0xFF90;
const DATA: u16 = 0xFF93;
const END: u16 = 0xFFD9;

impl Header {
    pub(super) fn of(source: &[u8]) -> Result<Self, Broken> {
        let (stream, mapped) = codestream(source)?;
        let mut segments = Segments(stream);
        let mut header = Self {
            area: [(0, 0); 2],
            tile: (0, 0),
            tile_start: (0, 0),
            begun: 0,
            depths: Vec::new(),
            mapped,
            coding: Coding {
                layers: 1,
                levels: 0,
                blocks: [LARGEST_BLOCK; MAX_LEVELS + 1],
                is_in_passes: false,
            },
            parts: 0,
        };
        if segments.marker()? != START {
            return Err(Broken::Corrupt);
        }
        header.read(&mut segments, TILE_PART)?;
        if header.depths.is_empty() {
            return Err(Broken::Corrupt);
        }
        loop {
            match Segments(segments.0).marker()? {
                TILE_PART => segments = header.read_part(segments.0)?,
                END => return Ok(header),
                _ => return Err(Broken::Corrupt),
            }
        }
    }

    /// Width and height on the reference grid.
    pub(super) fn grid(&self) -> (u32, u32) {
        let [(left, top), (right, bottom)] = self.area;
        (right.saturating_sub(left), bottom.saturating_sub(top))
    }

    /// The number of tiles.
    pub(super) fn tiles(&self) -> u64 {
        let count = |start: u32, end: u32, tile: u32| {
            u64::from(end.saturating_sub(start).div_ceil(tile.max(1)))
        };
        let [_, (right, bottom)] = self.area;
        let across = count(self.tile_start.0, right, self.tile.0);
        across.saturating_mul(count(self.tile_start.1, bottom, self.tile.1))
    }

    /// Whether some tiles have no data.
    pub(super) fn lacks_tiles(&self) -> bool {
        self.begun < self.tiles()
    }

    /// Reads segments up to the marker `end`, which is left.
    fn read(&mut self, segments: &mut Segments<'_>, end: u16) -> Result<(), Broken> {
        loop {
            let rest = segments.0;
            let marker = segments.marker()?;
            if marker == end {
                segments.0 = rest;
                return Ok(());
            }
            // These have no content.
            if (0xFF30..=0xFF3F).contains(&marker) {
                continue;
            }
            let content = segments.content()?;
            let sense = match marker {
                SIZE => self.size(content),
                CODING => self.coding(content),
                CODING_OF_COMPONENT => self.coding_of_component(content),
                _ => Some(()),
            };
            sense.ok_or(Broken::Corrupt)?;
        }
    }

    /// Reads the header of a part of a tile, and returns what follows the part (annex A.4.2).
    fn read_part<'a>(&mut self, part: &'a [u8]) -> Result<Segments<'a>, Broken> {
        let mut segments = Segments(part);
        segments.marker()?;
        let &[_, _, l3, l2, l1, l0, number, ..] = segments.content()? else {
            return Err(Broken::Corrupt);
        };
        let length = match u32::from_be_bytes([l3, l2, l1, l0]) {
            // The last part ends where the codestream does.
            0 => part.len().saturating_sub(2),
            length => length as usize,
        };
        let (part, rest) = part.split_at_checked(length).ok_or(Broken::Truncated)?;
        // What was read is the marker and ten bytes.
        let mut segments = Segments(part.get(12..).ok_or(Broken::Corrupt)?);
        self.parts += 1;
        self.begun += u64::from(number == 0);
        match self.read(&mut segments, DATA) {
            // The part ends before its data, not the file.
            Err(Broken::Truncated) => Err(Broken::Corrupt),
            other => other.map(|()| Segments(rest)),
        }
    }

    /// Reads sizes (annex A.5.1).
    fn size(&mut self, content: &[u8]) -> Option<()> {
        let (numbers, _) = content.get(2..34)?.as_chunks::<4>();
        let numbers: Vec<u32> = numbers.iter().map(|&number| u32::from_be_bytes(number)).collect();
        let &[right, bottom, left, top, tile_width, tile_height, tile_left, tile_top] =
            numbers.as_slice()
        else {
            return None;
        };
        self.area = [(left, top), (right, bottom)];
        self.tile = (tile_width, tile_height);
        self.tile_start = (tile_left, tile_top);
        let (components, _) = content.get(36..)?.as_chunks::<3>();
        self.depths = components.iter().map(|&[depth, ..]| (depth & 0x7F) + 1).collect();
        (tile_width > 0 && tile_height > 0).then_some(())
    }

    fn coding(&mut self, content: &[u8]) -> Option<()> {
        let &[flags, _, high, low, _, ref parameters @ ..] = content else { return None };
        self.coding.layers = self.coding.layers.max(u16::from_be_bytes([high, low]).into());
        self.coding.add(flags, parameters)
    }

    fn coding_of_component(&mut self, content: &[u8]) -> Option<()> {
        let place = if self.depths.len() < 257 { 1 } else { 2 };
        let (&flags, parameters) = content.get(place..)?.split_first()?;
        self.coding.add(flags, parameters)
    }
}

impl Coding {
    /// Takes account of the parameters of a component (table A.15).
    fn add(&mut self, flags: u8, parameters: &[u8]) -> Option<()> {
        let &[levels, width, height, style, _, ref precincts @ ..] = parameters else {
            return None;
        };
        self.levels = self.levels.max(levels.into());
        self.is_in_passes |= style & 0b101 != 0;
        let block = (u32::from(width & 0xF) + 2, u32::from(height & 0xF) + 2);
        // Precincts are told for the lowest level first.
        for (height, smallest) in (0..=usize::from(levels)).rev().zip(&mut self.blocks) {
            let precinct = precincts.get(height).filter(|_| flags & 1 == 1);
            let precinct = precinct.map_or((15, 15), |&both| (both & 0xF, both >> 4));
            // Above the lowest level, a precinct is cut into halves.
            let half = u32::from(height > 0);
            let side =
                |block: u32, precinct: u8| block.min(u32::from(precinct).saturating_sub(half));
            smallest.0 = smallest.0.min(side(block.0, precinct.0));
            smallest.1 = smallest.1.min(side(block.1, precinct.1));
        }
        Some(())
    }
}

/// The codestream of a file, and how many channels the boxes before it name (annex I).
fn codestream(source: &[u8]) -> Result<(&[u8], u64), Broken> {
    if source.starts_with(&START.to_be_bytes()) {
        return Ok((source, 0));
    }
    let (mut rest, mut mapped) = (source, 0);
    while !rest.is_empty() {
        let (kind, payload, after) = split_box(rest).ok_or(Broken::Truncated)?;
        match &kind {
            b"jp2h" => {
                let map = find_box(payload, *b"cmap").map_or(0, |map| map.len() as u64 / 4);
                let palette = find_box(payload, *b"pclr").and_then(|palette| palette.get(2));
                let columns = palette.map_or(0, |&columns| u64::from(columns));
                let defined =
                    find_box(payload, *b"cdef").map_or(0, |channels| channels.len() as u64 / 6);
                mapped = map.max(columns).max(defined).max(mapped);
            }
            b"jp2c" => return Ok((payload, mapped)),
            _ => {}
        }
        rest = after;
    }
    Err(Broken::Truncated)
}

/// Markers, and the content of those that have any.
struct Segments<'a>(&'a [u8]);

impl<'a> Segments<'a> {
    fn marker(&mut self) -> Result<u16, Broken> {
        let (&marker, rest) = self.0.split_first_chunk().ok_or(Broken::Truncated)?;
        self.0 = rest;
        let marker = u16::from_be_bytes(marker);
        if marker < 0xFF00 { Err(Broken::Corrupt) } else { Ok(marker) }
    }

    fn content(&mut self) -> Result<&'a [u8], Broken> {
        let (&length, _) = self.0.split_first_chunk().ok_or(Broken::Truncated)?;
        let length = u16::from_be_bytes(length);
        let (segment, rest) = self.0.split_at_checked(length.into()).ok_or(Broken::Truncated)?;
        self.0 = rest;
        segment.get(2..).ok_or(Broken::Corrupt)
    }
}
