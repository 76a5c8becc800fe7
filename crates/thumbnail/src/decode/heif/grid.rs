//! A picture that is cut into tiles, each an item of its own (ISO/IEC 23008-12, 6.6.2.3).

use super::boxes::Fields;

/// Rows and columns of tiles of equal size, and the size of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Grid {
    pub(crate) rows: u32,
    pub(crate) columns: u32,
    /// Width and height of the picture, in pixels: tiles may extend beyond it on the right and
    /// below.
    pub(crate) size: (u32, u32),
}

impl Grid {
    /// Reads the data of a grid item.
    pub(crate) fn of(data: &[u8]) -> Option<Self> {
        let mut fields = Fields::new(data);
        let [0, flags, rows, columns] = fields.bytes()? else { return None };
        let is_wide = flags & 1 == 1;
        let size = (fields.id(is_wide)?, fields.id(is_wide)?);
        Some(Self { rows: u32::from(rows) + 1, columns: u32::from(columns) + 1, size })
    }

    /// Pixels of the picture.
    pub(super) fn pixels(&self) -> u64 {
        u64::from(self.size.0) * u64::from(self.size.1)
    }
}
