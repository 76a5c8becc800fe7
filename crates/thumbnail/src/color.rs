//! Converts the colours of the small picture to sRGB or Display P3. A profile that is broken, or
//! does not match the kind of pixels, is ignored: the picture can be shown without it.

mod bright;
mod chromaticities;
pub(crate) mod convert;
pub(crate) mod gamut;
pub(crate) mod inks;
pub(crate) mod kind;
pub(crate) mod lab;
pub(crate) mod luma;
mod mended;
pub(crate) mod narrow;
pub(crate) mod profile;
pub(crate) mod tone;
mod transform;
