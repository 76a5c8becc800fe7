//! s3-thumbnailer.
pub mod thumbnail;
