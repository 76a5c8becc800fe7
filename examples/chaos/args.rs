//! The command line: parsed here, acted on elsewhere.

use std::path::PathBuf;

use lexopt::prelude::*;

use crate::Failure;

pub(crate) const HELP: &str = "\
Break everything around the function while it works, then check that nothing was lost.

Usage: chaos [--lambda-binary FILE] [--worker-binary FILE] [OPTIONS]

  --lambda-binary FILE   run this binary of the function, from `cargo lambda build --release`
  --worker-binary FILE   run this binary of the worker; if both are given, both run
  --functions N          how many processes of the function run at once [default: 8]
  --workers N            how many processes of the worker run at once [default: 2]
  --uploads N            how many keys get pictures [default: 200]
  --seed N               seed of the random numbers that decide what happens [default: random]
  --events               have them put completion events on a bus, and check those too
  --fault-rate X         how often requests fail, as a multiple of the usual rate [default: 1]
  --ministack PROGRAM    the local AWS; `bash tests/e2e/tools.sh ministack` installs it
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
    pub(crate) events: bool,
    pub(crate) fault_rate: f64,
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
        events: false,
        fault_rate: 1.0,
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
            Long("events") => args.events = true,
            Long("fault-rate") => args.fault_rate = parser.value()?.parse()?,
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
