//! What a decoder's process can do, and what becomes of a picture in which it misbehaves.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics says why")]
#![expect(clippy::cast_possible_truncation, reason = "pictures are drawn, and small")]

use std::time::{Duration, Instant};

use isolated_av1::{
    Av1Error, Layout, Picture, Planes, Processes, Program, Protection, decode_here,
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_misbehaving-av1");

fn processes() -> Processes {
    Processes::new(Program::at(PROGRAM), Duration::from_secs(30))
}

/// A picture that makes the process misbehave.
fn asking(what: &str) -> Picture<'_> {
    Picture {
        data: what.as_bytes(),
        width: 64,
        height: 48,
        depth: 8,
        layout: Layout::Full,
        largest: (64, 48),
        frames: 1,
        operating_point: 0,
        shows_last: false,
        memory: 16 << 20,
    }
}

fn ask(processes: &Processes, what: &str) -> Result<Planes, Av1Error> {
    processes.decode(&asking(what))
}

/// AV1 data of a picture with a gradient, 4:4:4, 8 bits.
fn coded(width: usize, height: usize) -> Vec<u8> {
    let pixels: Vec<[u8; 4]> =
        (0..width * height).map(|at| [(at % width) as u8, (at / width) as u8, 77, 255]).collect();
    let pixels: Vec<_> = pixels.into_iter().map(Into::into).collect();
    let encoder = ravif::Encoder::new().with_speed(10).with_bit_depth(ravif::BitDepth::Eight);
    let file = encoder.encode_rgba(ravif::Img::new(&pixels[..], width, height)).unwrap();
    // The media data box is the last one.
    let at = file.avif_file.windows(4).position(|kind| kind == b"mdat").unwrap();
    file.avif_file[at + 4..].to_vec()
}

fn picture(data: &[u8]) -> Picture<'_> {
    Picture { data, width: 160, height: 120, largest: (160, 120), memory: 64 << 20, ..asking("") }
}

#[test]
fn a_picture_comes_out_of_a_process_as_it_does_here() {
    let data = coded(160, 120);
    let here = decode_here(&picture(&data)).unwrap();
    assert_eq!(here.luma().bytes.len(), 160 * 120);
    let [blue, red] = here.chroma().unwrap();
    assert_eq!((blue.row_bytes, red.bytes.len()), (160, 160 * 120));
    assert!(here.luma().bytes.iter().any(|sample| *sample != here.luma().bytes[0]));
    let processes = processes();
    for _ in 0..3 {
        assert_eq!(processes.decode(&picture(&data)).unwrap(), here);
    }
}

#[test]
fn a_picture_that_differs_from_its_headers_is_corrupt_and_the_process_goes_on() {
    let data = coded(160, 120);
    let processes = processes();
    for wrong in [
        Picture { width: 128, ..picture(&data) },
        Picture { depth: 10, ..picture(&data) },
        Picture { layout: Layout::HalfBoth, ..picture(&data) },
        Picture { data: &data[..data.len() / 2], ..picture(&data) },
        Picture { data: b"no AV1", ..picture(&data) },
        Picture { data: b"", ..picture(&data) },
    ] {
        let refused = processes.decode(&wrong);
        assert!(matches!(refused, Err(Av1Error::Corrupt(_))), "{refused:?}");
    }
    assert!(processes.decode(&picture(&data)).is_ok());
}

#[test]
fn the_process_has_no_environment() {
    let said = ask(&processes(), "environment").unwrap_err();
    assert_eq!(said.to_string(), "0 variables");
}

#[cfg(target_os = "linux")]
#[test]
fn whatever_needs_more_than_memory_and_pipes_ends_the_process() {
    // The kernels that this runs on have seccomp; emulators have not.
    assert!(protection().system_calls, "this kernel has no seccomp: {}", protection());
    let processes = processes();
    for what in
        ["read a file", "write a file", "list descriptors", "connect", "send", "start", "thread"]
    {
        let said = ask(&processes, what).unwrap_err();
        assert!(matches!(said, Av1Error::Died { .. }), "{what}: {said}");
        // SIGSYS, which seccomp sends.
        assert!(said.to_string().contains("signal: 31"), "{what}: {said}");
    }
    assert!(!std::path::Path::new("/tmp/misbehaving-av1").exists());
    assert_eq!(ask(&processes, "count").unwrap_err().to_string(), "still here");
}

/// What this kernel keeps a process from.
fn protection() -> Protection {
    use std::sync::Mutex;
    static TOLD: Mutex<Protection> = Mutex::new(Protection { system_calls: false, files: false });
    let processes = processes().telling(|protection| *TOLD.lock().unwrap() = protection);
    ask(&processes, "count").unwrap_err();
    *TOLD.lock().unwrap()
}

#[test]
fn a_process_that_ends_costs_one_picture() {
    let data = coded(160, 120);
    let processes = processes();
    for what in ["abort", "panic", "exit"] {
        let said = ask(&processes, what).unwrap_err();
        assert!(matches!(said, Av1Error::Died { .. }), "{what}: {said}");
        assert!(processes.decode(&picture(&data)).is_ok(), "after {what}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_process_gets_no_more_memory_than_its_picture_was_foretold_to_take() {
    let processes = processes();
    let began = Instant::now();
    let said = ask(&processes, "allocate").unwrap_err();
    assert!(matches!(said, Av1Error::Died { .. }), "{said}");
    // It did not have to fill the machine first.
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    assert_eq!(ask(&processes, "count").unwrap_err().to_string(), "still here");
}

#[test]
fn a_process_that_takes_too_long_is_killed_in_time() {
    let limit = Duration::from_millis(300);
    let processes = Processes::new(Program::at(PROGRAM), limit);
    let began = Instant::now();
    let said = ask(&processes, "loop").unwrap_err();
    assert!(matches!(said, Av1Error::TooSlow { limit: told } if told == limit), "{said}");
    assert!(began.elapsed() >= limit);
    assert_eq!(ask(&processes, "count").unwrap_err().to_string(), "still here");
}

#[test]
fn an_answer_of_another_shape_than_the_headers_say_is_not_believed() {
    let processes = processes();
    for what in ["lie", "babble"] {
        let said = ask(&processes, what).unwrap_err();
        assert!(matches!(said, Av1Error::Died { .. }), "{what}: {said}");
        assert_eq!(ask(&processes, "count").unwrap_err().to_string(), "still here", "{what}");
    }
}

#[test]
fn a_program_that_is_not_there_or_is_no_decoder_is_said_to_be_so() {
    for program in ["/nowhere/at-all", "/bin/true", "/bin/cat"] {
        let processes = Processes::new(Program::at(program), Duration::from_secs(30));
        let said = ask(&processes, "count").unwrap_err();
        assert!(matches!(said, Av1Error::NotStarted(_)), "{program}: {said}");
    }
}

#[test]
fn as_many_pictures_as_come_are_decoded_at_once() {
    let data = coded(160, 120);
    let here = decode_here(&picture(&data)).unwrap();
    let processes = processes();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..3 {
                    assert_eq!(processes.decode(&picture(&data)).unwrap(), here);
                }
            });
        }
    });
}
