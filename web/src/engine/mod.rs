//! What a worker runs: a session over a store. No drawing, no words of the page.
//!
//! ```text
//! SessionOn<S, D>   one open run over one store, whatever its lab: seek, play, fork, compare, save
//!     D: Desk       what only the lab understands: [`TabletDesk`], or the boards'
//!   OpenRun<T>      the run that is open, around a [`Line`]: a timeline without its lab's types
//! ```
//!
//! [`SessionOn`] answers requests one after another and saves in between; `questions` looks into the
//! past without moving the cursor; [`reader`] is where pasted text is read.

mod answers;
pub mod boards;
mod desk;
mod line;
mod moves;
mod open_run;
mod questions;
pub mod reader;
mod session;
mod tablet;

#[cfg(test)]
mod board_tests;
#[cfg(test)]
mod pick_tests;
#[cfg(test)]
mod tests;

pub use desk::{Begun, Desk, Did, Moved, Replayed};
pub use line::Line;
pub use open_run::{OpenRun, Spot};
pub use session::{Session, SessionOn};
pub use tablet::{TabletDesk, TabletRun};
