//! Keeps what is not memory-safe out of this process: AV1 is decoded in processes that have nothing.
//! Only programs use this module; tests and tools decode where they are.

use std::process::ExitCode;
use std::time::Duration;

/// Serves if this process was started as a decoder's process, and returns its exit code then. A
/// program calls this before anything else.
#[must_use]
pub fn serve_if_asked() -> Option<ExitCode> {
    #[cfg(feature = "avif")]
    return isolated_av1::serve_if_asked();
    #[cfg(not(feature = "avif"))]
    None
}

/// From now on, AV1 is decoded in other processes of this program. Each is killed when a picture takes
/// longer than `render_timeout`.
pub fn begin(render_timeout: Duration) {
    #[cfg(feature = "avif")]
    {
        use isolated_av1::{Processes, Program};
        let processes = Processes::new(Program::this(), render_timeout);
        isolated_av1::isolate(processes.telling(tell));
    }
    #[cfg(not(feature = "avif"))]
    let _ = render_timeout;
}

/// Says once what protects the others from a decoder's process.
#[cfg(feature = "avif")]
fn tell(protection: isolated_av1::Protection) {
    if protection.system_calls {
        tracing::info!(%protection, "AV1 is decoded in a process of its own");
    } else {
        tracing::warn!(
            %protection,
            "AV1 is decoded in a process of its own, which this kernel does not lock in: it has no seccomp"
        );
    }
}
