//! The built page (`dist`), end to end in headless Chromium. `cargo xtask test` builds it first.
#![expect(clippy::unwrap_used, reason = "a test")]

mod access;
mod importing;
mod keeping;
mod killing;
mod labs;
mod opening;
mod page;
mod parts;
mod picking;
mod playing;
mod scripting;
mod seeing;
mod trouble;
