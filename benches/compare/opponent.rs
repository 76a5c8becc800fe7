//! Other libraries, each in a process of its own that waits to be asked. A question is a line of
//! words, `go` (time a case), `write` (put its thumbnails into a folder); the answer is a line of
//! JSON.

use std::error::Error;
use std::ffi::OsString;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde::{Deserialize, Serialize};

use super::case::Case;

/// What a process says of itself before the first question.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Hello {
    /// Name and version of the library, and of what it stands on.
    pub(crate) version: String,
    /// The ways it knows to make thumbnails.
    ways: Vec<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Answer<T> {
    /// It cannot do the case, and says why.
    Cannot {
        cannot: String,
    },
    Done(T),
}

#[derive(Deserialize)]
struct Timing {
    ms: f64,
}

#[derive(Deserialize)]
struct Peak {
    peak_kib: Option<u64>,
}

/// The bytes of thumbnails, or why they cannot be made.
pub(crate) type Made = Result<Vec<Vec<u8>>, String>;

/// How a process is started.
#[derive(Clone)]
struct Program {
    command: PathBuf,
    /// What it is given before the cases: a script, and where its library is installed.
    arguments: Vec<OsString>,
    /// The cases as JSON.
    cases: PathBuf,
}

impl Program {
    fn command(&self) -> Command {
        let mut command = Command::new(&self.command);
        command.args(&self.arguments).arg(&self.cases);
        // Node and oximg hand work to threads; there is to be one.
        command.env("UV_THREADPOOL_SIZE", "1").env("OXIMG_OVERLAP", "0");
        command.env("OXIMG_WEBP_DECODE_THREADS", "0");
        command
    }
}

/// One library, up and waiting.
pub(crate) struct Opponent {
    pub(crate) name: &'static str,
    program: Program,
    process: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
    pub(crate) hello: Hello,
}

impl Opponent {
    fn start(name: &'static str, program: Program) -> Result<Self, Box<dyn Error>> {
        let mut process = program
            .command()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{}: {error}", program.command.display()))?;
        let questions = process.stdin.take().ok_or("no way to ask")?;
        let mut answers = BufReader::new(process.stdout.take().ok_or("no way to answer")?);
        let mut line = String::new();
        answers.read_line(&mut line)?;
        let hello = serde_json::from_str(&line)
            .map_err(|error| format!("{name} said {line:?}: {error}"))?;
        Ok(Self { name, program, process, questions, answers, hello })
    }

    /// The inner error is why it cannot do what it was asked for.
    fn ask<T: for<'de> Deserialize<'de>>(
        &mut self,
        words: &[&str],
    ) -> Result<Result<T, String>, Box<dyn Error>> {
        writeln!(self.questions, "{}", words.join("\t"))?;
        let mut line = String::new();
        if self.answers.read_line(&mut line)? == 0 {
            // A process that a picture ended is no opponent in this case, but in the next one.
            *self = Self::start(self.name, self.program.clone())?;
            return Ok(Err("its process ended".to_owned()));
        }
        let answer = serde_json::from_str(&line)
            .map_err(|error| format!("asked {words:?}, was told {line:?}: {error}"))?;
        Ok(match answer {
            Answer::Done(done) => Ok(done),
            Answer::Cannot { cannot } => Err(cannot),
        })
    }

    /// The ways it knows to do a case: those of sharp differ only in how they make several
    /// thumbnails.
    pub(crate) fn ways(&self, case: &Case) -> Vec<String> {
        let all = self.name != "sharp" || case.boxes.len() > 1;
        self.hello.ways.iter().take(if all { usize::MAX } else { 1 }).cloned().collect()
    }

    /// Does a case once, and says how many milliseconds it took.
    pub(crate) fn time(&mut self, case: &Case, way: &str) -> Result<f64, Box<dyn Error>> {
        Ok(self.ask::<Timing>(&["go", &case.name, way])??.ms)
    }

    /// Does a case once, and hands out its thumbnails, or why it cannot.
    pub(crate) fn thumbnails(
        &mut self,
        case: &Case,
        way: &str,
        folder: &Path,
    ) -> Result<Made, Box<dyn Error>> {
        let place = folder.to_str().ok_or("a folder whose name is not text")?;
        let files: Vec<String> = match self.ask(&["write", &case.name, way, place])? {
            Ok(files) => files,
            Err(cannot) => return Ok(Err(cannot)),
        };
        Ok(Ok(files.iter().map(fs::read).collect::<Result<_, _>>()?))
    }

    /// The peak memory, in MiB, of a process that starts, does a case once, and ends.
    pub(crate) fn peak_mib(&self, case: &Case, way: &str) -> Result<Option<f64>, Box<dyn Error>> {
        let mut command = self.program.command();
        let output = command.arg(&case.name).arg(way).stderr(Stdio::inherit()).output()?;
        let peak: Peak = serde_json::from_slice(&output.stdout)?;
        Ok(peak.peak_kib.map(mib))
    }
}

impl Drop for Opponent {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
pub(crate) fn mib(kib: u64) -> f64 {
    kib as f64 / 1024.0
}

/// Starts every opponent that the environment names, and tells them the cases in the file: sharp
/// and Pillow, and if `all`, oximg and djxl.
pub(crate) fn start(cases: &Path, all: bool) -> Result<Vec<Opponent>, Box<dyn Error>> {
    let named = |variable: &str| std::env::var_os(variable).filter(|value| !value.is_empty());
    let program = |command: PathBuf, arguments: Vec<OsString>| Program {
        command,
        arguments,
        cases: cases.to_owned(),
    };
    let python = |package: &OsString| Path::new(package).join("python3");
    let script = |name| super::here(name).into_os_string();
    let sharp = named("SHARP").ok_or("SHARP names no folder; see `make bench`")?;
    let sharp = program("node".into(), vec![script("sharp.mjs"), sharp]);
    let mut opponents = vec![Opponent::start("sharp", sharp)?];
    let pillow = named("PILLOW");
    if let Some(package) = pillow.clone() {
        let program = program(python(&package), vec![script("pillow.py"), package]);
        opponents.push(Opponent::start("Pillow", program)?);
    }
    if !all {
        return Ok(opponents);
    }
    match named("OXIMG") {
        Some(side) => {
            let program = program(side.into(), vec!["-".into()]);
            opponents.push(Opponent::start("oximg", program)?);
        }
        None => println!("oximg cannot be had: OXIMG names no program; see `make bench`"),
    }
    match (named("DJXL"), pillow) {
        (Some(djxl), Some(package)) => {
            let program = program(python(&package), vec![script("djxl.py"), djxl]);
            opponents.push(Opponent::start("djxl", program)?);
        }
        _ => println!("djxl cannot be had: it is not installed (Debian: libjxl-tools)"),
    }
    Ok(opponents)
}
