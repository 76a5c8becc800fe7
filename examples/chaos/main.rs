//! What `make chaos` starts: breaks everything around the function while it works, and then checks
//! that all is right. A local AWS holds the bucket and the queues. Release binaries run as
//! processes behind a proxy that spoils their traffic. Messages are repeated, reordered and
//! delayed; objects change while they are processed; processes are killed. Once all is quiet again,
//! every thumbnail is compared with its source. Not a benchmark, and no AWS account is touched.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line program: the summary goes to standard output, errors do not"
)]

mod alarms;
mod announced;
mod args;
mod change;
mod content;
mod counts;
mod dead_letters;
mod driver;
mod fleet;
mod hold_up;
mod ledger;
mod local_aws;
mod logs;
mod plan;
mod poller;
mod post;
mod report;
mod reported;
mod storm;
#[cfg(test)]
mod tests;
mod trouble;
mod verdict;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use s3_thumbnailer::config::Config;
use support::proxy::Proxy;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::sleep;

use announced::Announced;
use args::{Args, Parsed};
use counts::Counts;
use fleet::Fleet;
use ledger::Ledger;
use local_aws::LocalAws;
use plan::Plan;
use post::Post;
use report::Report;
use storm::Storm;
use verdict::{Findings, What};

/// An error to print to the user.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The bucket that everything happens in.
const BUCKET: &str = "pictures";
/// A bucket that the function does not look after.
const OTHER_BUCKET: &str = "somebody-elses";
/// The function's timeout: how long it may take for a batch.
const FUNCTION_TIME: Duration = Duration::from_secs(15);
/// The queue's visibility timeout: the function's, and as long as a write may be late. So the
/// message of a killed process comes back after the last of its writes. It is not six times the
/// function's timeout, as AWS advises, so that these messages come back soon.
const VISIBILITY: Duration = Duration::from_secs(30);
const _: () = assert!(
    VISIBILITY.as_secs() > FUNCTION_TIME.as_secs() + hold_up::LATE.as_secs(),
    "a late write would come after the message"
);
/// How long the storm goes on after the last upload.
const AFTERMATH: Duration = Duration::from_secs(8);
/// How often a message is delivered at most. Fewer times than with the template, so that a message
/// that fails for ever is soon in the dead-letter queue; with the delays in between, it takes some
/// 45 seconds.
const MAX_RECEIVES: u32 = 6;

#[tokio::main]
async fn main() -> ExitCode {
    let args = match args::parse() {
        Ok(Parsed::Run(args)) => args,
        Ok(Parsed::Help) => {
            print!("{}", args::HELP);
            return ExitCode::SUCCESS;
        }
        Err(error) => return refuse(&error),
    };
    // Some pictures make their decoder panic on purpose: not worth printing.
    let ordinary = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().name() == Some("main") {
            ordinary(panic);
        }
    }));
    match Box::pin(until_interrupted(run(&args))).await {
        Ok(report) => {
            print!("{report}");
            if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => refuse(&error),
    }
}

fn refuse(error: &Failure) -> ExitCode {
    eprintln!("error: {error}");
    ExitCode::from(2)
}

/// Drops `work` when this process is asked to end, so that the processes that it started end too.
async fn until_interrupted(
    work: impl Future<Output = Result<Report, Failure>>,
) -> Result<Report, Failure> {
    let mut terminated = signal(SignalKind::terminate())?;
    tokio::select! {
        ended = work => ended,
        _ = tokio::signal::ctrl_c() => Err("interrupted".into()),
        _ = terminated.recv() => Err("terminated".into()),
    }
}

async fn run(args: &Args) -> Result<Report, Failure> {
    let began = Instant::now();
    let plan = Plan::draw(args.seed, args.uploads);
    println!("chaos: {} uploads, seed {}, {} steps", args.uploads, args.seed, plan.steps.len());
    let logs = args.out.join("logs");
    let _ = std::fs::remove_dir_all(&logs);
    std::fs::create_dir_all(&logs)?;

    let counts = Counts::default();
    let aws = LocalAws::start(&args.ministack, &logs).await?;
    let storm = Arc::new(Storm::new(args.seed, args.fault_rate, counts.clone()));
    let judge = Arc::clone(&storm);
    let proxy = Proxy::start(aws.address, Arc::new(move |head| judge.judge(head))).await?;
    let settings = aws.settings(&proxy.endpoint(), args.events);
    let config = Config::from_lookup(|name| {
        settings.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
    })?;

    let ledger = Ledger::default();
    let post = Post::open(aws.clone(), args.seed, counts.clone());
    let fleet = Fleet::start(args, &aws, &settings, &logs, &counts)?;
    storm.begin();
    driver::follow(&plan, &aws, &ledger, &storm, &fleet, &counts).await?;
    sleep(AFTERMATH).await;
    storm.end();
    fleet.stop_killing();
    println!("chaos: the storm is over after {:.0} s", began.elapsed().as_secs_f64());

    let mut findings = Findings::default();
    dead_letters::settle(&aws, &fleet, &ledger, &counts, &mut findings).await?;
    storm.last_write().await;
    let reported = fleet.reported();
    for complaint in fleet.stop().await {
        findings.add(What::Died, &complaint, "to go on".to_owned(), "its end".to_owned());
    }
    drop(post);
    let points = logs::metrics(&logs, alarms::NAMESPACE, &storm.weather(), &counts)?;
    alarms::judge(&points, &counts, &mut findings)?;
    reported.judge(&logs::outcomes(&logs)?, &mut findings);
    let announced = Announced::take(&aws, &counts).await?;
    announced.judge(&ledger, &mut findings);
    let announced = args.events.then_some(&announced);
    verdict::judge(&aws, &config, &ledger, announced, &counts, &mut findings).await?;
    let report = Report::new(args, began.elapsed(), counts.all(), findings);
    report.write(&args.out)?;
    Ok(report)
}
