//! The program that decoder's processes run.

use std::path::{Path, PathBuf};
use std::{env, io};

/// A program that calls [`serve_if_asked`](crate::serve_if_asked) first.
#[derive(Debug, Clone)]
pub struct Program {
    paths: Vec<PathBuf>,
}

impl Program {
    /// This process's own program.
    ///
    /// Where an emulator runs it, the kernel cannot start the file itself, so the name that this
    /// process was started by is tried as well.
    #[must_use]
    pub fn this() -> Self {
        let name = env::args_os().next().map(PathBuf::from);
        Self { paths: env::current_exe().ok().into_iter().chain(name).collect() }
    }

    /// The program in this file.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { paths: vec![path.into()] }
    }

    /// The first of its paths that can be started.
    pub(crate) fn start<T>(&self, start: impl Fn(&Path) -> io::Result<T>) -> io::Result<T> {
        let mut started = Err(io::ErrorKind::NotFound.into());
        for path in &self.paths {
            started = start(path);
            if started.is_ok() {
                break;
            }
        }
        started
    }
}
