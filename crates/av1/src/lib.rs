#![doc = include_str!("../README.md")]

mod child;
mod decoder;
mod error;
mod limits;
mod picture;
mod planes;
mod process;
mod processes;
mod program;
mod protection;
mod sandbox;
mod wire;

use std::sync::OnceLock;

pub use child::{serve, serve_if_asked};
pub use decoder::decode_here;
pub use error::Av1Error;
pub use picture::{Layout, Picture};
pub use planes::{Plane, Planes};
pub use processes::Processes;
pub use program::Program;
pub use protection::Protection;

/// Where this process decodes, once [`isolate`] has said so.
static PROCESSES: OnceLock<Processes> = OnceLock::new();

/// From now on, [`decode`] decodes in other processes, for as long as this process lives. Returns
/// whether it is the first call; later ones change nothing.
pub fn isolate(processes: Processes) -> bool {
    PROCESSES.set(processes).is_ok()
}

/// Decodes a picture: in a process of its own after [`isolate`], and otherwise in this one.
pub fn decode(picture: &Picture<'_>) -> Result<Planes, Av1Error> {
    match PROCESSES.get() {
        Some(processes) => processes.decode(picture),
        None => decode_here(picture),
    }
}
