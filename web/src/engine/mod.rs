//! What the worker runs: a session over a store. No drawing, no words of the page.
//!
//! [`Session`] answers requests one after another and saves in between; [`OpenRun`] is the run
//! that is open; `questions` looks into the past without moving the cursor; [`reader`] is where pasted text is read.

mod answers;
mod moves;
mod open_run;
mod questions;
pub mod reader;
mod session;

#[cfg(test)]
mod tests;

pub use open_run::{OpenRun, Spot};
pub use session::{Session, SessionOn};
