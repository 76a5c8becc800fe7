//! The decoder's process, seen from inside: gives up everything that it does not need, and then
//! answers requests on its standard input until that ends.

use std::io::{self, Read as _, Write as _};
use std::process::ExitCode;

use crate::decoder::decode_here;
use crate::error::Av1Error;
use crate::picture::Picture;
use crate::planes::Planes;
use crate::{sandbox, wire};

/// The one argument that makes a program a decoder's process.
pub(crate) const ARGUMENT: &str = "--decode-av1-for-the-parent-process";

/// Serves if this process was started as a decoder's process, and returns its exit code then. A
/// program that calls [`isolate`](crate::isolate) calls this first, before it starts threads, opens
/// anything or reads its environment.
#[must_use]
pub fn serve_if_asked() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    let is_asked = arguments.next().is_some_and(|argument| argument == ARGUMENT);
    (is_asked && arguments.next().is_none()).then(|| serve(decode_here))
}

/// Serves with a decoder.
pub fn serve(decode: fn(&Picture<'_>) -> Result<Planes, Av1Error>) -> ExitCode {
    let protection = sandbox::enter();
    let mut greeting = wire::GREETING.to_vec();
    greeting.push(protection.bits());
    let mut answered = say(&greeting);
    while answered.is_ok() {
        let Some((picture, data)) = next() else { return ExitCode::SUCCESS };
        answered = answer(&decode(&Picture { data: &data, ..picture }));
    }
    ExitCode::FAILURE
}

/// The next picture and its data; `None` at the end.
fn next() -> Option<(Picture<'static>, Vec<u8>)> {
    let mut input = io::stdin().lock();
    let mut header = [0; wire::HEADER];
    input.read_exact(&mut header).ok()?;
    let (picture, length) = wire::parse(header)?;
    let mut data = Vec::new();
    data.try_reserve_exact(length).ok()?;
    data.resize(length, 0);
    input.read_exact(&mut data).ok()?;
    Some((picture, data))
}

fn answer(decoded: &Result<Planes, Av1Error>) -> io::Result<()> {
    let (status, sentence) = match decoded {
        Ok(planes) => {
            say(&[wire::DECODED])?;
            return planes.planes.iter().try_for_each(|plane| say(&plane.bytes));
        }
        Err(Av1Error::NoMemory { .. }) => return say(&[wire::NO_MEMORY]),
        Err(error @ Av1Error::Unsupported(_)) => (wire::UNSUPPORTED, error.to_string()),
        Err(error) => (wire::CORRUPT, error.to_string()),
    };
    let sentence = sentence.as_bytes();
    let sentence = sentence.get(..wire::SENTENCE).unwrap_or(sentence);
    let length = u16::try_from(sentence.len()).unwrap_or(0);
    let mut answer = vec![status];
    answer.extend(length.to_le_bytes());
    answer.extend(sentence);
    say(&answer)
}

fn say(bytes: &[u8]) -> io::Result<()> {
    let mut output = io::stdout().lock();
    output.write_all(bytes)?;
    output.flush()
}
