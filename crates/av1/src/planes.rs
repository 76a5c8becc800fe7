//! A decoded picture.

use crate::picture::Picture;

/// The planes of a decoded picture, without gaps between rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planes {
    pub(crate) planes: Vec<Samples>,
}

/// One plane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Samples {
    pub(crate) row_bytes: usize,
    pub(crate) bytes: Vec<u8>,
}

/// A view of one plane.
#[derive(Debug, Clone, Copy)]
pub struct Plane<'a> {
    /// Bytes of a row. A sample is a byte, or two in this machine's order if it has more than eight
    /// bits.
    pub row_bytes: usize,
    /// All rows.
    pub bytes: &'a [u8],
}

impl Planes {
    /// Planes of zeros, as large as the headers of `picture` say. `None` if they do not fit in
    /// memory.
    pub(crate) fn of(picture: &Picture<'_>) -> Option<Self> {
        let planes = picture.planes().map(|(row_bytes, rows)| {
            let length = row_bytes.checked_mul(rows)?;
            let mut bytes = Vec::new();
            bytes.try_reserve_exact(length).ok()?;
            bytes.resize(length, 0);
            Some(Samples { row_bytes, bytes })
        });
        Some(Self { planes: planes.collect::<Option<_>>()? })
    }

    /// Luma, or alpha.
    #[must_use]
    pub fn luma(&self) -> Plane<'_> {
        self.plane(0).unwrap_or(Plane { row_bytes: 0, bytes: &[] })
    }

    /// Both chroma planes, if the picture has them.
    #[must_use]
    pub fn chroma(&self) -> Option<[Plane<'_>; 2]> {
        Some([self.plane(1)?, self.plane(2)?])
    }

    fn plane(&self, index: usize) -> Option<Plane<'_>> {
        let Samples { row_bytes, bytes } = self.planes.get(index)?;
        Some(Plane { row_bytes: *row_bytes, bytes })
    }
}
