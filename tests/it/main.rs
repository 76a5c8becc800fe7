//! The integration tests, one binary. Table of contents:
//!
//! - `interleavings`: two writers of one key, in every order their steps can take
//! - `reconcile`: one key against a store that injects faults, row by row of the failure table
//! - `batch`: which messages fail, and who is spared
//! - `architecture`: who may name whom in `src/`

mod architecture;
mod batch;
mod interleavings;
mod memory;
mod reconcile;
