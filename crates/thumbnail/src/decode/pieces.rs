//! Reads slices one after another, as if they were one file: the parts of a file that a decoder
//! needs, without a copy of them.

use std::borrow::Cow;
use std::io::{BufRead, Error, ErrorKind, Read, Result, Seek, SeekFrom};

/// A reader of slices.
pub(super) struct Pieces<'a> {
    slices: Vec<Cow<'a, [u8]>>,
    /// The piece to read from, and how many of its bytes were read.
    piece: usize,
    read: usize,
}

impl<'a> Pieces<'a> {
    pub(super) fn new(slices: Vec<Cow<'a, [u8]>>) -> Self {
        Self { slices, piece: 0, read: 0 }
    }

    fn position(&self) -> u64 {
        let before: usize = self.slices.iter().take(self.piece).map(|piece| piece.len()).sum();
        (before + self.read) as u64
    }
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Pieces<'_> {
    fn fill_buf(&mut self) -> Result<&[u8]> {
        while self.slices.get(self.piece).is_some_and(|piece| piece.len() <= self.read) {
            (self.piece, self.read) = (self.piece + 1, 0);
        }
        let piece = self.slices.get(self.piece).map(AsRef::as_ref).unwrap_or_default();
        Ok(piece.get(self.read..).unwrap_or_default())
    }

    fn consume(&mut self, amount: usize) {
        self.read += amount;
    }
}

impl Seek for Pieces<'_> {
    /// Positions behind the end are the end.
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        let length = self.slices.iter().map(|piece| piece.len() as u64).sum::<u64>();
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => length.checked_add_signed(by),
            SeekFrom::Current(by) => self.position().checked_add_signed(by),
        };
        let target = target.ok_or(Error::from(ErrorKind::InvalidInput))?.min(length);
        (self.piece, self.read) = (0, usize::try_from(target).unwrap_or(usize::MAX));
        while let Some(piece) = self.slices.get(self.piece)
            && piece.len() < self.read
        {
            (self.piece, self.read) = (self.piece + 1, self.read - piece.len());
        }
        Ok(target)
    }
}
