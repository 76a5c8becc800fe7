//! Verbatim copies: the source's own coded picture without the file's metadata. A thumbnail is such
//! a copy if encoding the same pixels again gives a larger file. Nothing is decoded or encoded
//! here.

mod jpeg;
mod png;

use super::encode::{mux_webp, split_webp};
use super::format::SourceFormat;
use super::spec::Output;

/// Copies the coded picture of a sound file into a file of its own. `None` if it cannot be
/// separated safely from the rest of the file, or is not of the kind that `output` asks for.
pub(super) fn copy(source: &[u8], format: SourceFormat, output: &Output) -> Option<Vec<u8>> {
    match format {
        SourceFormat::Jpeg => jpeg::copy(source, output.progressive),
        SourceFormat::Png => png::copy(source),
        SourceFormat::WebP => {
            let (None, pixels) = split_webp(source)? else { return None };
            // The copy is a simple file, without an extended header.
            let file = mux_webp((1, 1), false, &[pixels]);
            let chunks = file.get(30..)?;
            let length = u32::try_from(chunks.len() + 4).ok()?.to_le_bytes();
            Some([b"RIFF", length.as_slice(), b"WEBP", chunks].concat())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
