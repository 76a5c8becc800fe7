//! What the steps of one rendering share: the file, the recipe, and the metadata that is written
//! beside the pixels.

use super::color::gamut;
use super::copyright;
use super::decode::file::File;
use super::encode::notes::Notes;
use super::spec::{Gamut, Output, Recipe};

/// One file, and its recipe.
pub(super) struct Job<'a> {
    pub(super) file: File<'a>,
    pub(super) recipe: &'a Recipe,
    /// The creator and the copyright notice as EXIF, if an output keeps them.
    copyright: Option<Vec<u8>>,
}

impl<'a> Job<'a> {
    /// Reads the copyright notice, if an output keeps it.
    pub(super) fn new(file: File<'a>, recipe: &'a Recipe) -> Self {
        let wants_copyright = recipe.outputs.iter().any(|output| output.copyright);
        let copyright = if wants_copyright { copyright::exif_of(file.source) } else { None };
        Self { file, recipe, copyright }
    }

    /// The metadata of a thumbnail in the colours of `gamut`.
    pub(super) fn notes(&self, output: &Output, gamut: Gamut) -> Notes {
        Notes {
            profile: if gamut == Gamut::P3 { gamut::display_p3_profile() } else { None },
            exif: self.copyright.clone().filter(|_| output.copyright),
        }
    }
}
