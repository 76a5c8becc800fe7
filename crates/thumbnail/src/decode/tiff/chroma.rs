//! Luma and chroma whose chroma has fewer samples, outside of a JPEG (TIFF 6.0, section 21): a unit
//! has the luma of several pixels, and the chroma that they share.

/// How units of luma and chroma are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Units {
    /// Pixels across and down that share chroma.
    across: usize,
    down: usize,
}

impl Units {
    /// `None` if there are no such units.
    pub(super) fn new([across, down]: [u64; 2]) -> Option<Self> {
        let side = |pixels: u64| match pixels {
            1 | 2 | 4 => usize::try_from(pixels).ok(),
            _ => None,
        };
        Some(Self { across: side(across)?, down: side(down)? })
    }

    fn bytes(self) -> usize {
        self.across * self.down + 2
    }

    /// Bytes of the units for some rows of pixels.
    pub(super) fn bytes_of(self, width: usize, rows: usize) -> usize {
        width.div_ceil(self.across) * rows.div_ceil(self.down) * self.bytes()
    }

    /// Writes every pixel's luma and chroma to `pixels`.
    pub(super) fn expand(self, units: &[u8], width: usize, pixels: &mut Vec<u8>) {
        for row in units.chunks_exact(width.div_ceil(self.across) * self.bytes()) {
            for y in 0..self.down {
                let end = pixels.len() + width * 3;
                for unit in row.chunks_exact(self.bytes()) {
                    let (luma, chroma) = unit.split_at(unit.len() - 2);
                    let luma = luma.chunks_exact(self.across).nth(y).unwrap_or_default();
                    for luma in luma {
                        pixels.push(*luma);
                        pixels.extend(chroma);
                    }
                }
                // The last unit may extend beyond the row.
                pixels.truncate(end);
            }
        }
    }
}
