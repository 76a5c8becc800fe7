//! Processes that do not do as Lambda expects.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;

#[tokio::test(start_paused = true)]
async fn a_process_that_never_starts_is_not_waited_for_without_end() {
    let api = RuntimeApi::start().await.unwrap();
    let error = api.invoke(String::new(), START).await.unwrap_err().to_string();
    assert_eq!(error, format!("no process asked {} for an event within 30 s", api.address));
}
