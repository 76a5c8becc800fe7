//! PSD and PSB files, written section by section, so that they can be wrong as well ("Adobe
//! Photoshop File Formats Specification").

/// What a file declares.
#[derive(Debug, Clone)]
pub struct Psd<'a> {
    /// A PSB, with longer lengths.
    pub is_big: bool,
    /// Width and height in pixels.
    pub size: (u32, u32),
    /// Channels in the merged picture.
    pub channels: u16,
    /// Bits of a sample.
    pub depth: u16,
    /// 0 bitmap, 1 grey, 2 indexed, 3 RGB, 4 CMYK, 7 multichannel, 8 duotone, 9 L*a*b*.
    pub mode: u16,
    /// The palette, or the inks of a duotone.
    pub palette: &'a [u8],
    /// Image resources: number and content.
    pub resources: &'a [(u16, &'a [u8])],
    /// The layer section, without its length.
    pub layers: &'a [u8],
}

impl Psd<'_> {
    /// A file without layers.
    #[must_use]
    pub fn new<'a>(mode: u16, depth: u16, channels: u16, size: (u32, u32)) -> Psd<'a> {
        let (palette, resources, layers) = (&[], &[], &[]);
        Psd { is_big: false, size, channels, depth, mode, palette, resources, layers }
    }

    /// Everything before the merged picture.
    #[must_use]
    pub fn header(&self) -> Vec<u8> {
        let (width, height) = self.size;
        let mut file = b"8BPS\0".to_vec();
        file.push(if self.is_big { 2 } else { 1 });
        file.extend([0; 6]);
        file.extend(self.channels.to_be_bytes());
        file.extend([height, width].map(u32::to_be_bytes).concat());
        file.extend([self.depth, self.mode].map(u16::to_be_bytes).concat());
        file.extend(length(self.palette));
        file.extend(self.palette);
        let mut resources = Vec::new();
        for (number, content) in self.resources {
            resources.extend(b"8BIM");
            resources.extend(number.to_be_bytes());
            resources.extend([0, 0]);
            resources.extend(length(content));
            resources.extend(*content);
            resources.resize(resources.len().next_multiple_of(2), 0);
        }
        file.extend(length(&resources));
        file.extend(resources);
        if self.is_big {
            file.extend([0; 4]);
        }
        file.extend(length(self.layers));
        file.extend(self.layers);
        file
    }

    /// The whole file; `rows` has all rows of the first channel, then those of the second, and so
    /// on.
    #[must_use]
    pub fn file(&self, rows: &[Vec<u8>], in_runs: bool) -> Vec<u8> {
        let mut file = self.header();
        file.extend([0, u8::from(in_runs)]);
        if !in_runs {
            file.extend(rows.concat());
            return file;
        }
        let rows: Vec<Vec<u8>> = rows.iter().map(|row| packed(row)).collect();
        for row in &rows {
            let length = length(row);
            file.extend(if self.is_big { &length[..] } else { &length[2..] });
        }
        file.extend(rows.concat());
        file
    }
}

fn length(bytes: &[u8]) -> [u8; 4] {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes()
}

/// Apple's `PackBits` with every kind of run: equal bytes, if there are two or more; different
/// bytes; and now and then the run without a meaning.
fn packed(mut row: &[u8]) -> Vec<u8> {
    let mut packed = vec![128];
    while let Some(&byte) = row.first() {
        let equal = row.iter().take(128).take_while(|&&next| next == byte).count();
        let count = if equal > 1 {
            packed.push(u8::try_from(257 - equal).unwrap_or(0));
            packed.push(byte);
            equal
        } else {
            let pairs = row.windows(2).take(127);
            let count = pairs.take_while(|pair| pair.first() != pair.last()).count().max(1);
            packed.push(u8::try_from(count - 1).unwrap_or(0));
            packed.extend(row.iter().take(count));
            count
        };
        row = row.get(count..).unwrap_or_default();
    }
    packed
}
