//! A reader of a whole file that remembers whether it was asked for more than the file holds. Some
//! decoders keep the end of the file to themselves and call what they miss corrupt.

use std::cell::Cell;
use std::io::{BufRead, Cursor, Read, Result, Seek, SeekFrom};

use image::{ImageDecoder, ImageResult};

use super::{Demand, File, Picture};
use crate::error::ThumbnailError;

/// Reads a file, and notes when it ends too early.
pub(super) struct Reader<'a> {
    bytes: Cursor<&'a [u8]>,
    has_ended: &'a Cell<bool>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8], has_ended: &'a Cell<bool>) -> Self {
        Self { bytes: Cursor::new(bytes), has_ended }
    }
}

impl Read for Reader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let count = self.bytes.read(buffer)?;
        if count < buffer.len() {
            self.has_ended.set(true);
        }
        Ok(count)
    }
}

impl BufRead for Reader<'_> {
    fn fill_buf(&mut self) -> Result<&[u8]> {
        let rest = self.bytes.fill_buf()?;
        if rest.is_empty() {
            self.has_ended.set(true);
        }
        Ok(rest)
    }

    fn consume(&mut self, amount: usize) {
        self.bytes.consume(amount);
    }
}

impl Seek for Reader<'_> {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        self.bytes.seek(to)
    }
}

impl File<'_> {
    /// Lets one of the `image` crate's decoders read the header, out of the first `longest` bytes.
    pub(super) fn header<'a, D>(
        &'a self,
        longest: usize,
        has_ended: &'a Cell<bool>,
        decoder: impl FnOnce(Reader<'a>) -> ImageResult<D>,
    ) -> std::result::Result<D, ThumbnailError> {
        let start = self.source.get(..longest).unwrap_or(self.source);
        let header = decoder(Reader::new(start, has_ended));
        // What was read of a number that goes on is another number.
        if has_ended.get() && start.len() < self.source.len() {
            let source = format!("its header is longer than {longest} bytes").into();
            return Err(ThumbnailError::Undecodable { format: self.format, source });
        }
        header
            .map_err(|error| self.refuse(error, 0))
            .map_err(|error| self.truncated_if(has_ended.get(), error))
    }

    /// Runs one of the `image` crate's decoders that do not tell a file cut short from others.
    pub(super) fn read_watched<'a, D: ImageDecoder>(
        &'a self,
        demand: &Demand,
        has_ended: &'a Cell<bool>,
        decoder: impl FnOnce(Reader<'a>) -> ImageResult<D>,
    ) -> std::result::Result<Picture, ThumbnailError> {
        self.read(decoder(Reader::new(self.source, has_ended)), demand, None)
            .map_err(|error| self.truncated_if(has_ended.get(), error))
    }

    /// Calls a file truncated that makes no sense, or none that is known, when its decoder asked for more of it.
    pub(super) fn truncated_if(&self, has_ended: bool, error: ThumbnailError) -> ThumbnailError {
        match error {
            ThumbnailError::Undecodable { source, .. }
            | ThumbnailError::Unsupported { source, .. }
                if has_ended =>
            {
                self.truncated(Some(source))
            }
            error => error,
        }
    }
}
