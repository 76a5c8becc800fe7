//! The processes that decode: started when they are needed, kept while they behave.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::error::Av1Error;
use crate::picture::Picture;
use crate::planes::Planes;
use crate::process::Process;
use crate::program::Program;
use crate::protection::Protection;

/// Processes that decode, as many as pictures are decoded at once. Idle ones are kept.
#[derive(Debug)]
pub struct Processes {
    program: Program,
    limit: Duration,
    idle: Mutex<Vec<Process>>,
    on_first: Mutex<Option<fn(Protection)>>,
}

impl Processes {
    /// Processes of `program`, each of which is killed when a picture takes longer than `limit`.
    /// None is started before the first picture.
    #[must_use]
    pub fn new(program: Program, limit: Duration) -> Self {
        Self { program, limit, idle: Mutex::default(), on_first: Mutex::default() }
    }

    /// The same; `tell` is told once what protects the others from them, when the first is started.
    #[must_use]
    pub fn telling(self, tell: fn(Protection)) -> Self {
        Self { on_first: Mutex::new(Some(tell)), ..self }
    }

    /// Decodes a picture in one of the processes. A process that behaves oddly is not used again.
    pub fn decode(&self, picture: &Picture<'_>) -> Result<Planes, Av1Error> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(used) = idle {
            match self.decode_in(used, picture) {
                // An earlier picture may be to blame.
                Err(Av1Error::Died { .. }) => {}
                decoded => return decoded,
            }
        }
        self.decode_in(self.start()?, picture)
    }

    fn decode_in(&self, mut process: Process, picture: &Picture<'_>) -> Result<Planes, Av1Error> {
        let decoded = process.decode(picture, self.limit);
        if !matches!(decoded, Err(Av1Error::Died { .. } | Av1Error::TooSlow { .. })) {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(process);
        }
        decoded
    }

    fn start(&self) -> Result<Process, Av1Error> {
        let process = Process::start(&self.program).map_err(Av1Error::NotStarted)?;
        let tell = self.on_first.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(tell) = tell {
            tell(process.protection());
        }
        Ok(process)
    }
}
