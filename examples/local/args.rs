//! The command line, and which settings of the function may be tried out with it.

use std::path::PathBuf;

use lexopt::prelude::*;

use crate::{Failure, SOURCE_PREFIX, THUMBNAIL_PREFIX};

/// What `--help` prints.
pub(crate) const HELP: &str = "\
Make thumbnails on this machine, the way the function makes them in AWS.

Usage: local [--images DIR] [--out DIR]

  --images DIR   the pictures: every file in it and below, hidden ones aside
                 [default: some that the project draws itself]
  --out DIR      where thumbnails/, report.json and index.html go [default: target/local]

The function's settings hold here too, THUMBNAIL_SIZES=320x320 for instance.
Exit status: 0 when each picture ended as a thumbnail, skipped or rejected; 1 when any
failed; 2 when nothing was tried.
";

/// What to do.
pub(crate) struct Args {
    /// The folder of pictures; `None` for the drawn ones.
    pub(crate) images: Option<PathBuf>,
    /// Where the results go.
    pub(crate) out: PathBuf,
}

pub(crate) enum Parsed {
    Run(Args),
    Help,
}

pub(crate) fn parse() -> Result<Parsed, Failure> {
    let mut args = Args { images: None, out: PathBuf::from("target/local") };
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("images") => args.images = Some(path(&mut parser)?),
            Long("out") => args.out = path(&mut parser)?,
            Short('h') | Long("help") => return Ok(Parsed::Help),
            _ => return Err(format!("{}; see --help", argument.unexpected()).into()),
        }
    }
    Ok(Parsed::Run(args))
}

/// A path that is not empty, as `--images "$UNSET"` would have it.
fn path(parser: &mut lexopt::Parser) -> Result<PathBuf, Failure> {
    let value = parser.value()?;
    if value.is_empty() {
        return Err("a folder's name is empty".into());
    }
    Ok(value.into())
}

/// A setting of the function: as in the environment, except for where things are, which is
/// settled here.
pub(crate) fn setting(name: &str) -> Option<String> {
    match name {
        "SOURCE_PREFIX" => Some(SOURCE_PREFIX.to_owned()),
        "THUMBNAIL_PREFIX" => Some(THUMBNAIL_PREFIX.to_owned()),
        "SOURCE_BUCKET" | "THUMBNAIL_BUCKET" => None,
        name if name.starts_with("AWS_") => None,
        name => std::env::var(name).ok(),
    }
}
