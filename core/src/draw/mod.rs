//! Views as text: the same picture in a golden, a pull request and a terminal.

pub mod board;
mod columns;
pub mod tablet;
