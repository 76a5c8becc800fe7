//! Other libraries, each in a process of its own that waits to be asked. A question is a line of
//! words, `go` (time a case), `write` (put its thumbnails into a folder); the answer is a line of
//! JSON.

use std::error::Error;
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
    /// The ways it knows to make several thumbnails of one picture.
    ways: Vec<String>,
    /// The day, as ISO 8601 has it.
    pub(crate) date: String,
}

#[derive(Deserialize)]
struct Timing {
    ms: f64,
}

#[derive(Deserialize)]
struct Peak {
    peak_kib: Option<u64>,
}

/// How a process is started.
struct Program {
    command: PathBuf,
    script: PathBuf,
    /// Where its library is installed, where it does not know.
    package: PathBuf,
    /// The cases as JSON.
    cases: PathBuf,
}

impl Program {
    fn command(&self) -> Command {
        let mut command = Command::new(&self.command);
        command.arg(&self.script).arg(&self.package).arg(&self.cases);
        // Node hands work of this kind to threads; there is to be one.
        command.env("UV_THREADPOOL_SIZE", "1");
        command
    }
}

/// One library, up and waiting.
pub(crate) struct Opponent {
    program: Program,
    process: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
    hello: Hello,
}

impl Opponent {
    fn start(program: Program) -> Result<Self, Box<dyn Error>> {
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
            .map_err(|error| format!("{} said {line:?}: {error}", program.script.display()))?;
        Ok(Self { program, process, questions, answers, hello })
    }

    fn ask<T: for<'de> Deserialize<'de>>(&mut self, words: &[&str]) -> Result<T, Box<dyn Error>> {
        writeln!(self.questions, "{}", words.join("\t"))?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        serde_json::from_str(&line)
            .map_err(|error| format!("asked {words:?}, was told {line:?}: {error}").into())
    }

    /// The ways it knows to do a case.
    pub(crate) fn ways(&self, case: &Case) -> Vec<String> {
        let several = case.boxes.len() > 1;
        self.hello.ways.iter().take(if several { usize::MAX } else { 1 }).cloned().collect()
    }

    /// Does a case once, and says how many milliseconds it took.
    pub(crate) fn time(&mut self, case: &Case, way: &str) -> Result<f64, Box<dyn Error>> {
        Ok(self.ask::<Timing>(&["go", &case.name, way])?.ms)
    }

    /// Does a case once, and hands out its thumbnails.
    pub(crate) fn thumbnails(
        &mut self,
        case: &Case,
        way: &str,
        folder: &Path,
    ) -> Result<Vec<Vec<u8>>, Box<dyn Error>> {
        let place = folder.to_str().ok_or("a folder whose name is not text")?;
        let files: Vec<String> = self.ask(&["write", &case.name, way, place])?;
        files.iter().map(|file| Ok(fs::read(file)?)).collect()
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

/// All of them.
pub(crate) struct Opponents {
    pub(crate) sharp: Opponent,
    pub(crate) pillow: Option<Opponent>,
}

impl Opponents {
    /// Starts them, and tells them the cases.
    pub(crate) fn start(folder: &Path, cases: &[Case]) -> Result<Self, Box<dyn Error>> {
        fs::create_dir_all(folder)?;
        let file = folder.join("cases.json");
        fs::write(&file, serde_json::to_string(cases)?)?;
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/compare");
        let sharp = std::env::var_os("SHARP").ok_or("SHARP names no folder; see `make bench`")?;
        let sharp = Opponent::start(Program {
            command: "node".into(),
            script: scripts.join("sharp.mjs"),
            package: sharp.into(),
            cases: file.clone(),
        })?;
        let pillow = std::env::var_os("PILLOW").map(PathBuf::from).map(|package| {
            let (command, script) = (package.join("python3"), scripts.join("pillow.py"));
            Opponent::start(Program { command, script, package, cases: file })
        });
        Ok(Self { sharp, pillow: pillow.transpose()? })
    }

    pub(crate) fn versions(&self) -> Vec<Hello> {
        std::iter::once(&self.sharp).chain(&self.pillow).map(|one| one.hello.clone()).collect()
    }
}
