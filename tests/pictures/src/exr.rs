//! OpenEXR files with one uncompressed part in rows or tiles, written field by field, so that they
//! can be wrong as well ("OpenEXR File Layout").

/// What a file declares.
#[derive(Debug, Clone)]
pub struct Exr<'a> {
    /// Names of channels, in alphabetical order.
    pub channels: &'a [&'a str],
    /// The data window: first column, first row, last column, last row.
    pub data: [i32; 4],
    /// The display window, in the same order.
    pub display: [i32; 4],
    /// 0 means none.
    pub compression: u8,
    /// Chroma has one sample for this many pixels across and down.
    pub sampling: i32,
    /// Further attributes: name, type and content.
    pub attributes: &'a [(&'a str, &'a str, &'a [u8])],
    /// The flags after the version.
    pub flags: [u8; 3],
}

impl Exr<'_> {
    /// A file with these channels, whose data window is its display window.
    #[must_use]
    pub fn new<'a>(channels: &'a [&'a str], width: i32, height: i32) -> Exr<'a> {
        let window = [0, 0, width - 1, height - 1];
        Exr {
            channels,
            data: window,
            display: window,
            compression: 0,
            sampling: 1,
            attributes: &[],
            flags: [0; 3],
        }
    }

    /// The headers, up to the offsets of the rows.
    #[must_use]
    pub fn header(&self) -> Vec<u8> {
        let mut file = vec![0x76, 0x2F, 0x31, 0x01, 2];
        file.extend(self.flags);
        let mut channels = Vec::new();
        for name in self.channels {
            let sampling = if name.len() == 2 { self.sampling } else { 1 };
            channels.extend([name.as_bytes(), b"\0"].concat());
            // Floats of 32 bits.
            channels.extend([2_i32, 0, sampling, sampling].map(i32::to_le_bytes).concat());
        }
        channels.push(0);
        let window = |window: [i32; 4]| window.map(i32::to_le_bytes).concat();
        let one = 1_f32.to_le_bytes();
        let mut add = |name: &str, kind: &str, content: &[u8]| {
            file.extend([name.as_bytes(), b"\0", kind.as_bytes(), b"\0"].concat());
            file.extend(i32::try_from(content.len()).unwrap_or(i32::MAX).to_le_bytes());
            file.extend(content);
        };
        add("channels", "chlist", &channels);
        add("compression", "compression", &[self.compression]);
        add("dataWindow", "box2i", &window(self.data));
        add("displayWindow", "box2i", &window(self.display));
        add("lineOrder", "lineOrder", &[0]);
        add("pixelAspectRatio", "float", &one);
        add("screenWindowCenter", "v2f", &[0; 8]);
        add("screenWindowWidth", "float", &one);
        for (name, kind, content) in self.attributes {
            add(name, kind, content);
        }
        file.push(0);
        file
    }

    /// The whole file, in rows; `light` gives the sample for each channel, column and row of the
    /// data.
    #[must_use]
    pub fn file(&self, light: impl Fn(&str, i32, i32) -> f32) -> Vec<u8> {
        let [left, top, right, bottom] = self.data;
        let mut file = self.header();
        let row_bytes = (i64::from(right) - i64::from(left) + 1) * 4;
        let row_bytes = usize::try_from(row_bytes).unwrap_or(0) * self.channels.len();
        let rows = usize::try_from(i64::from(bottom) - i64::from(top) + 1).unwrap_or(0);
        let start = file.len() + rows * 8;
        for row in 0..rows {
            file.extend(((start + row * (row_bytes + 8)) as u64).to_le_bytes());
        }
        for row in top..=bottom {
            file.extend(row.to_le_bytes());
            file.extend(i32::try_from(row_bytes).unwrap_or(0).to_le_bytes());
            for channel in self.channels {
                file.extend((left..=right).flat_map(|x| light(channel, x, row).to_le_bytes()));
            }
        }
        file
    }
}
