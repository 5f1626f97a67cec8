//! Views as text: the same picture in a golden, a pull request and a terminal.

mod columns;
pub mod tablet;
