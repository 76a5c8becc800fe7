//! What the tests and the examples share.
