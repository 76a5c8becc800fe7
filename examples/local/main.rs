//! What `make run` starts: the whole service on this machine. Pictures are uploaded to an S3 in
//! this process, SQS events announce them ten at a time, and the function's own batch handler
//! answers. The results are files: the thumbnails, `report.json` and a contact sheet, `index.html`.
//! Not the Lambda binary (that is `examples/invoke`), and no AWS account is touched.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line program: the summary goes to standard output, errors do not"
)]

mod args;
mod feed;
mod folder;
mod ledger;
mod output;
mod page;
mod placeholders;
mod report;
mod rules;
mod settings;
mod summary;
mod text;
mod upload;
mod uploads;

use std::process::ExitCode;
use std::time::Instant;

use s3_thumbnailer::config::Config;
use support::s3::EmbeddedS3;

use args::{Args, Parsed};
use output::Output;
use report::Report;
use rules::Rules;

/// The bucket that everything happens in.
const BUCKET: &str = "pictures";
/// Where the pictures go: the function's default.
const SOURCE_PREFIX: &str = "images/";
/// Where the thumbnails come out: the function's default.
const THUMBNAIL_PREFIX: &str = "thumbnails/";

/// An error to print to the user.
type Failure = Box<dyn std::error::Error + Send + Sync>;

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
    // A decoder's panic is in the report; printed here, it would only garble the progress bar.
    let ordinary = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().name() == Some("main") {
            ordinary(panic);
        }
    }));
    match run(&args, |name| args.setting(name)).await {
        Ok(report) => {
            print!("{}", summary::of(&report, args.rules(), &args.out));
            if report.summary.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => refuse(&error),
    }
}

fn refuse(error: &Failure) -> ExitCode {
    eprintln!("error: {error}");
    ExitCode::from(2)
}

async fn run(args: &Args, setting: impl Fn(&str) -> Option<String>) -> Result<Report, Failure> {
    let config = Config::from_lookup(&setting)?;
    let rules = Rules::new(&config, setting("THUMBNAIL_RULES").as_deref())?;
    let found = match &args.images {
        Some(folder) => folder::find(folder, &args.out)?,
        None => folder::drawn(),
    };
    let output = Output::open(&args.out)?;

    let directory = tempfile::tempdir()?;
    let s3 = EmbeddedS3::start(directory.path()).await?;
    let client = s3.client();
    client.create_bucket().bucket(BUCKET).send().await?;
    let uploaded = uploads::upload(&client, found.pictures).await;

    let begun = Instant::now();
    let mut finished = feed::feed(config, client.clone(), uploaded.done).await?;
    let elapsed = begun.elapsed();

    finished.extend(uploaded.failed);
    finished.extend(found.unusable);
    for upload in &mut finished {
        rules.place(upload);
    }
    let report = Report::new(finished, elapsed);
    output.write(&client, &report, &rules).await?;
    Ok(report)
}

#[cfg(test)]
mod tests;
