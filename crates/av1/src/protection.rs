//! What keeps a decoder's process from the rest of the machine.

use std::fmt;

/// What the kernel keeps a decoder's process from. Both are `false` where the kernel is not Linux, or
/// an old one, or emulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Protection {
    /// Every system call but those for memory and its own pipes ends the process (seccomp).
    pub system_calls: bool,
    /// No file can be opened, whatever calls get through (Landlock).
    pub files: bool,
}

impl Protection {
    pub(crate) fn bits(self) -> u8 {
        u8::from(self.system_calls) | u8::from(self.files) << 1
    }

    pub(crate) fn of_bits(bits: u8) -> Self {
        Self { system_calls: bits & 1 != 0, files: bits & 2 != 0 }
    }
}

impl fmt::Display for Protection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match (self.system_calls, self.files) {
            (true, true) => "seccomp and Landlock",
            (true, false) => "seccomp",
            (false, true) => "Landlock",
            (false, false) => "nothing",
        })
    }
}
