//! What the worker runs: sessions over a store. No drawing, no words of the page.
//!
//! [`session::Session`] answers requests one after another; `run` is a run that is open;
//! `questions` looks into the past; `saving` says what of it is not stored yet.

mod answers;
mod open_run;
mod questions;
pub mod session;

pub use session::Session;
