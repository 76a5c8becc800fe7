//! Colours of the source to sRGB or Display P3, on the small picture. A profile that is broken, or of
//! another kind than the pixels, is ignored: the picture still shows.

mod bright;
pub(crate) mod convert;
pub(crate) mod gamut;
pub(crate) mod inks;
pub(crate) mod kind;
pub(crate) mod lab;
pub(crate) mod narrow;
pub(crate) mod profile;
pub(crate) mod tone;
mod transform;
