//! What AVIF and HEIC share: a container of items, in which pictures are coded by one codec or
//! another.

pub(super) mod bits;
pub(super) mod boxes;
pub(super) mod cicp;
pub(super) mod codec;
mod container;
mod grid;
mod items;
mod layer;
mod pixels;
pub(super) mod properties;
mod reader;
pub(super) mod scene;
pub(super) mod tracks;
