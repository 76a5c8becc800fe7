//! What the decisions of arithmetic coding depend on, as segments set it.

use crate::decode::error::Error;

/// What decisions depend on (B.2.4.3), for each number of a table.
#[derive(Debug, Clone)]
pub(in crate::decode) struct Conditioning {
    /// Between which exponents a difference of DC coefficients is neither small nor large.
    pub(super) dc: [(u8, u8); 4],
    /// The last AC coefficient that counts as low.
    pub(super) ac: [u8; 4],
}

impl Default for Conditioning {
    fn default() -> Self {
        Self { dc: [(0, 1); 4], ac: [5; 4] }
    }
}

impl Conditioning {
    /// Sets what a segment contains.
    pub(in crate::decode) fn set(&mut self, segment: &[u8]) -> Result<(), Error> {
        for &[table, value] in segment.as_chunks::<2>().0 {
            let (number, bounds) = (usize::from(table & 15), (value & 15, value >> 4));
            match (table >> 4, self.dc.get_mut(number), self.ac.get_mut(number)) {
                (0, Some(dc), _) if bounds.0 <= bounds.1 => *dc = bounds,
                (1, _, Some(ac)) if (1..64).contains(&value) => *ac = value,
                _ => return Err(Error::Corrupt("the conditioning of a scan makes no sense")),
            }
        }
        Ok(())
    }
}
