//! A tool for operators, for when something is wrong or was changed. It shows why messages were
//! rejected, sends them back, has keys looked at again, compares what should be there with what is,
//! and sees whether an upload gets its thumbnails. It reads the function's variables, so it knows
//! where thumbnails belong. It never makes one itself: the function does, when it is asked to look at
//! a key. When it is told to, it removes what no key leads the function to, the thumbnails of outputs
//! that left the rules, and nothing else.
//!
//! ```text
//! operate letters                     what is in the dead-letter queue, by reason
//! operate redrive [--reason REASON]   send all of it back, or only those of one reason
//! operate look KEY|PREFIX/ ...        look at a key again, or at every key under a prefix
//! operate audit [--repair]            pictures without thumbnails, thumbnails without pictures
//!               [--remove]            ... and remove the thumbnails of former outputs
//!               [--sources FILE] [--thumbnails FILE]    ... from S3 Inventory's lists, not from S3
//! operate probe [KEY]                 upload a tiny picture, wait for its thumbnails, delete it
//! ```
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command prints")]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a command reads its arguments and files, and asks AWS itself"
)]

mod audit;
mod dead_letters;
mod former;
mod listing;
mod look;
mod probe;
mod table;
#[cfg(test)]
mod tests;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use s3_thumbnailer::aws;
use s3_thumbnailer::causes::causes;
use s3_thumbnailer::config::Config;
use s3_thumbnailer::store::s3::S3Store;

type Failure = Box<dyn Error + Send + Sync>;

/// The command to run.
#[derive(Debug, PartialEq, Eq)]
enum Task {
    Letters,
    Redrive { reason: Option<String> },
    Look { keys: Vec<String> },
    Probe { key: Option<String> },
    Audit { repair: bool, remove: bool, sources: Option<PathBuf>, thumbnails: Option<PathBuf> },
}

const USAGE: &str = "operate letters | redrive [--reason REASON] | look KEY|PREFIX/ ... | \
                     probe [KEY] | audit [--repair] [--remove] [--sources FILE] [--thumbnails FILE]";

/// Reads the arguments, without the program's name.
fn task(
    arguments: impl IntoIterator<Item = impl Into<std::ffi::OsString>>,
) -> Result<Task, Failure> {
    use lexopt::prelude::{Long, Value};
    let mut parser = lexopt::Parser::from_args(arguments);
    let (mut words, mut reason, mut repair, mut remove) = (Vec::new(), None, false, false);
    let (mut sources, mut thumbnails) = (None, None);
    while let Some(argument) = parser.next()? {
        match argument {
            Value(word) => words.push(word.into_string().map_err(|_| "a key that is not UTF-8")?),
            Long("reason") => reason = Some(parser.value()?.into_string().map_err(|_| USAGE)?),
            Long("repair") => repair = true,
            Long("remove") => remove = true,
            Long("sources") => sources = Some(parser.value()?.into()),
            Long("thumbnails") => thumbnails = Some(parser.value()?.into()),
            other => return Err(other.unexpected().into()),
        }
    }
    let mut words = words.into_iter();
    let command = words.next();
    let mut keys: Vec<String> = words.collect();
    let of_audit = repair || remove || sources.is_some() || thumbnails.is_some();
    match (command.as_deref(), keys.is_empty()) {
        (Some("letters"), true) if reason.is_none() && !of_audit => Ok(Task::Letters),
        (Some("redrive"), true) if !of_audit => Ok(Task::Redrive { reason }),
        (Some("look"), false) if reason.is_none() && !of_audit => Ok(Task::Look { keys }),
        (Some("probe"), _) if reason.is_none() && !of_audit && keys.len() < 2 => {
            Ok(Task::Probe { key: keys.pop() })
        }
        (Some("audit"), true) if reason.is_none() => {
            Ok(Task::Audit { repair, remove, sources, thumbnails })
        }
        _ => Err(USAGE.into()),
    }
}

/// "1 message", "2 messages".
fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

async fn run() -> Result<(), Failure> {
    let task = task(std::env::args_os().skip(1))?;
    let config = Config::from_environment()?;
    let shared = aws::settings().load().await;
    let sqs = aws_sdk_sqs::Client::new(&shared);
    let mut settings = aws_sdk_s3::config::Builder::from(&shared);
    settings.set_force_path_style(config.custom_endpoint.then_some(true));
    let s3 = aws_sdk_s3::Client::from_conf(settings.build());
    match task {
        Task::Letters => dead_letters::print(&dead_letters::read(&sqs, &config).await?),
        Task::Redrive { reason } => {
            let sent = dead_letters::redrive(&sqs, &config, reason.as_deref()).await?;
            println!("{} sent back to the queue", counted(sent, "message"));
        }
        Task::Look { keys } => {
            let keys = listing::expand(&s3, &config, keys).await?;
            let asked = look::ask(&sqs, &config, &keys).await?;
            println!("{} will be looked at again", counted(asked, "key"));
        }
        Task::Probe { key } => {
            let canary = probe::canary(&config, key)?;
            println!("{canary} is uploaded");
            let took = probe::send(S3Store::new(s3), config, &canary).await?;
            println!("its thumbnails were there after {:.1} seconds", took.as_secs_f64());
        }
        Task::Audit { repair, remove, sources, thumbnails } => {
            let bucket = listing::source_bucket(&config)?;
            let sources = listing::sources(&s3, &config, sources.as_deref()).await?;
            let thumbnails = listing::thumbnails(&s3, &config, thumbnails.as_deref()).await?;
            let findings = audit::compare(&config.policy.layout, bucket, &sources, thumbnails);
            audit::print(&findings);
            let to_look_at = findings.to_look_at();
            let store = S3Store::new(s3);
            let former = former::tell_apart(&store, bucket, findings.unplaced).await?;
            former::print(&former);
            if repair {
                let asked = look::ask(&sqs, &config, &to_look_at).await?;
                println!("{} will be looked at again", counted(asked, "key"));
            }
            if remove {
                let removed = former::remove(&store, &former).await?;
                println!("{} of former outputs removed", counted(removed, "thumbnail"));
            }
        }
    }
    Ok(())
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("operate: {}", causes(failure.as_ref()));
            ExitCode::FAILURE
        }
    }
}
