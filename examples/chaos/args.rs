//! The command line. Nothing is done here.

use std::path::PathBuf;

use lexopt::prelude::*;

use crate::Failure;

pub(crate) const HELP: &str = "\
Break everything around the function while it works, then look whether all is right.

Usage: chaos [--lambda-binary FILE] [--worker-binary FILE] [OPTIONS]

  --lambda-binary FILE   run the function, as `cargo lambda build --release` leaves it
  --worker-binary FILE   run the worker; beside the function, if both are given
  --functions N          processes of the function at once [default: 8]
  --workers N            processes of the worker at once [default: 2]
  --uploads N            keys that pictures are uploaded to [default: 200]
  --seed N               what everything that happens is drawn by [default: from the clock]
  --fault-rate X         how often traffic is spoilt, as a multiple of the usual [default: 1]
  --late-writes          also carry out writes that their sender has long given up on
  --ministack PROGRAM    the local AWS, as `bash tests/e2e/tools.sh ministack` installs it
                         [default: target/tools/ministack/bin/ministack]
  --out DIR              where report.json and the processes' logs go [default: target/chaos]
";

pub(crate) enum Parsed {
    Run(Args),
    Help,
}

#[derive(Debug)]
pub(crate) struct Args {
    pub(crate) ministack: PathBuf,
    pub(crate) lambda_binary: Option<PathBuf>,
    pub(crate) worker_binary: Option<PathBuf>,
    pub(crate) functions: usize,
    pub(crate) workers: usize,
    pub(crate) uploads: usize,
    pub(crate) seed: u64,
    pub(crate) fault_rate: f64,
    pub(crate) late_writes: bool,
    pub(crate) out: PathBuf,
}

pub(crate) fn parse() -> Result<Parsed, Failure> {
    let mut args = Args {
        ministack: PathBuf::from("target/tools/ministack/bin/ministack"),
        lambda_binary: None,
        worker_binary: None,
        functions: 8,
        workers: 2,
        uploads: 200,
        // Short enough to be typed again.
        seed: fastrand::u64(1..1_000_000),
        fault_rate: 1.0,
        late_writes: false,
        out: PathBuf::from("target/chaos"),
    };
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("ministack") => args.ministack = parser.value()?.into(),
            Long("lambda-binary") => args.lambda_binary = Some(parser.value()?.into()),
            Long("worker-binary") => args.worker_binary = Some(parser.value()?.into()),
            Long("functions") => args.functions = parser.value()?.parse()?,
            Long("workers") => args.workers = parser.value()?.parse()?,
            Long("uploads") => args.uploads = parser.value()?.parse()?,
            Long("seed") => args.seed = parser.value()?.parse()?,
            Long("fault-rate") => args.fault_rate = parser.value()?.parse()?,
            Long("late-writes") => args.late_writes = true,
            Long("out") => args.out = parser.value()?.into(),
            Short('h') | Long("help") => return Ok(Parsed::Help),
            _ => return Err(format!("{}; see --help", argument.unexpected()).into()),
        }
    }
    let binaries = [&args.lambda_binary, &args.worker_binary];
    if binaries.iter().all(|binary| binary.is_none()) {
        return Err("neither --lambda-binary nor --worker-binary is given; see --help".into());
    }
    for program in binaries.into_iter().flatten().chain([&args.ministack]) {
        if !program.is_file() {
            return Err(format!("there is no program at {}; see --help", program.display()).into());
        }
    }
    Ok(Parsed::Run(args))
}
