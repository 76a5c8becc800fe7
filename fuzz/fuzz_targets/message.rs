//! Any text at all, as the body of a message: parsed or refused, and whatever is parsed holds the keys
//! that it says and no more of them than there is room for.
#![no_main]

use libfuzzer_sys::fuzz_target;
use s3_thumbnailer::notification;

fuzz_target!(|body: &str| {
    // Parsing is pure: the same body always means the same.
    let parsed = format!("{:?}", notification::parse(body));
    assert_eq!(parsed, format!("{:?}", notification::parse(body)));
});
