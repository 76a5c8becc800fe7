//! A decoder's process that does what its pictures say instead of decoding them. The sandbox is the
//! real one.
#![allow(clippy::panic, reason = "it misbehaves on purpose")]

use std::fs;
use std::io::{self, Write as _};
use std::net::{TcpStream, UdpSocket};
use std::process::{Command, ExitCode};

use isolated_av1::{Av1Error, Picture, Planes};

fn main() -> ExitCode {
    isolated_av1::serve(misbehave)
}

/// Says what it got hold of, in an error.
fn misbehave(picture: &Picture<'_>) -> Result<Planes, Av1Error> {
    let got = match picture.data {
        b"environment" => format!("{} variables", std::env::vars_os().count()),
        b"read a file" => format!("{:?}", fs::read("/etc/passwd").map(|file| file.len())),
        b"write a file" => format!("{:?}", fs::write("/tmp/misbehaving-av1", "here")),
        b"list descriptors" => format!("{:?}", fs::read_dir("/proc/self/fd").map(Iterator::count)),
        b"connect" => format!("{:?}", TcpStream::connect("127.0.0.1:9").map(drop)),
        b"send" => format!("{:?}", UdpSocket::bind("127.0.0.1:0").map(drop)),
        b"start" => format!("{:?}", Command::new("/bin/true").status()),
        b"thread" => format!("{:?}", std::thread::Builder::new().spawn(|| ()).map(drop)),
        b"abort" => std::process::abort(),
        b"panic" => panic!("on purpose"),
        b"exit" => std::process::exit(0),
        b"loop" => loop {
            std::hint::spin_loop();
        },
        b"allocate" => {
            let mut all: Vec<Vec<u8>> = Vec::new();
            loop {
                all.push(vec![1; 1 << 20]);
            }
        }
        // The parent is told that planes come.
        b"lie" => {
            let _ = io::stdout().write_all(&[0, 1, 2, 3]).and_then(|()| io::stdout().flush());
            std::process::exit(0);
        }
        b"babble" => format!("{:?}", io::stdout().write_all(b"babble")),
        b"count" => "still here".to_owned(),
        _ => return isolated_av1::decode_here(picture),
    };
    Err(Av1Error::Corrupt(got))
}
