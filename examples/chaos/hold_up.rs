//! How a write of a thumbnail is held up while its source is changed.

use std::time::Duration;

use support::proxy::Fault;

/// How long a stalled write takes. Its sender waits for it.
const STALLED: Duration = Duration::from_secs(5);
/// How late a late write is carried out. Its sender has given up after ten seconds; its message
/// comes back afterwards.
pub(crate) const LATE: Duration = Duration::from_secs(12);
/// How late a very late write is carried out: after its message has come back. By then nobody looks
/// at the key any more, and only the write's own condition can stop it.
const VERY_LATE: Duration = Duration::from_secs(90);

/// How a write is held up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HoldUp {
    Stalled,
    Late,
    VeryLate,
}

impl HoldUp {
    /// What it is counted as.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Stalled => "stall, in an ambush",
            Self::Late => "late write, in an ambush",
            Self::VeryLate => "very late write, in an ambush",
        }
    }

    pub(crate) fn fault(self) -> Fault {
        match self {
            Self::Stalled => Fault::Stall(STALLED),
            Self::Late => Fault::CarryOutLate(LATE),
            Self::VeryLate => Fault::CarryOutLate(VERY_LATE),
        }
    }
}
