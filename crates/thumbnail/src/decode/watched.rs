//! A reader of a whole file that remembers whether more was requested than the file holds. Some
//! decoders report a file that ends too early as corrupt.

use std::cell::Cell;
use std::io::{BufRead, Cursor, Read, Result, Seek, SeekFrom};
use std::rc::Rc;

/// Watches a [`Reader`] that was given to a decoder.
#[derive(Clone)]
pub(super) struct Watch(Rc<Watched>);

struct Watched {
    has_ended: Cell<bool>,
    /// How many of the file's bytes can be read so far.
    readable: Cell<usize>,
}

impl Watch {
    /// Whether more was requested than could be read.
    pub(super) fn has_ended(&self) -> bool {
        self.0.has_ended.get()
    }

    /// Lets the reader read all of the file.
    pub(super) fn release(&self) {
        self.0.readable.set(usize::MAX);
    }
}

/// Reads a file, and notes when it ends too early.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    position: u64,
    watch: Watch,
}

impl<'a> Reader<'a> {
    /// A reader of all `bytes`.
    pub(super) fn new(bytes: &'a [u8]) -> (Self, Watch) {
        Self::of_first(bytes, usize::MAX)
    }

    /// A reader that pretends to end after the first `readable` bytes, until it is released.
    pub(super) fn of_first(bytes: &'a [u8], readable: usize) -> (Self, Watch) {
        let watched = Watched { has_ended: Cell::new(false), readable: Cell::new(readable) };
        let watch = Watch(Rc::new(watched));
        (Self { bytes, position: 0, watch: watch.clone() }, watch)
    }

    /// The bytes that were not read yet.
    fn rest(&self) -> &'a [u8] {
        let readable = self.bytes.get(..self.watch.0.readable.get()).unwrap_or(self.bytes);
        let start = usize::try_from(self.position).unwrap_or(usize::MAX);
        readable.get(start..).unwrap_or_default()
    }
}

impl Read for Reader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let count = self.rest().read(buffer)?;
        if count < buffer.len() {
            self.watch.0.has_ended.set(true);
        }
        self.position += count as u64;
        Ok(count)
    }
}

impl BufRead for Reader<'_> {
    fn fill_buf(&mut self) -> Result<&[u8]> {
        let rest = self.rest();
        if rest.is_empty() {
            self.watch.0.has_ended.set(true);
        }
        Ok(rest)
    }

    fn consume(&mut self, amount: usize) {
        self.position += amount as u64;
    }
}

impl Seek for Reader<'_> {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        let mut cursor = Cursor::new(self.bytes);
        cursor.set_position(self.position);
        self.position = cursor.seek(to)?;
        Ok(self.position)
    }
}
