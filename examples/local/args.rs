//! The command line, and the function's settings that apply here.

use std::path::PathBuf;

use lexopt::prelude::*;

use crate::{Failure, rules, settings};

/// What `--help` prints.
pub(crate) const HELP: &str = "\
Make thumbnails on this machine, the way the function makes them in AWS.

Usage: local [--images DIR] [--out DIR]

  --images DIR   the pictures: every file in it and below, except hidden ones
                 [default: pictures that the project draws]
  --out DIR      where thumbnails/, report.json and index.html go [default: target/local]

The function's settings work here too, for instance THUMBNAIL_SIZES=320x320. If none of
them is about thumbnails, examples/local/rules.json applies to the pictures that the
project draws.
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

/// A path that is not empty, as that of `--images "$UNSET"` is.
fn path(parser: &mut lexopt::Parser) -> Result<PathBuf, Failure> {
    let value = parser.value()?;
    if value.is_empty() {
        return Err("the name of a folder is empty".into());
    }
    Ok(value.into())
}

impl Args {
    /// A setting of the function. If the environment does not say which thumbnails to make,
    /// [`rules::DRAWN`] applies to the pictures that the project draws.
    pub(crate) fn setting(&self, name: &str) -> Option<String> {
        settings::setting(name, self.is_as_drawn().then_some(rules::DRAWN))
    }

    /// Where the rules come from, if there are any.
    pub(crate) fn rules(&self) -> Option<&'static str> {
        let name = "THUMBNAIL_RULES";
        let from = if self.is_as_drawn() { "examples/local/rules.json" } else { name };
        self.setting(name).map(|_| from)
    }

    fn is_as_drawn(&self) -> bool {
        self.images.is_none() && !settings::name_thumbnails()
    }
}
