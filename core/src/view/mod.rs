//! Plain data that a screen, a table or a text drawing needs. One file per lab.
//!
//! A view is taken from a state for a window and knows nothing of pixels, colours or words.

pub mod board;
pub mod tablet;
