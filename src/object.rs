//! Where pictures lie and where their thumbnails go: buckets, keys, and the check that keeps the
//! service from making thumbnails of thumbnails. This module computes names; it does not access S3.

mod layout;
pub mod pattern;
mod reference;
mod role;

pub use layout::{Layout, LayoutError, Placement};
pub use reference::{MAX_KEY_BYTES, ObjectRef};
pub use role::{Exclusion, Role};
