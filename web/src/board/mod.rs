//! Every lab but the first, on one page: described by data, drawn by one hand.
//!
//! ```text
//! labs worker   BoardLab -> BoardDesk -> Picture, Said (bytes)
//! page          Reply::Board -> Shown -> panels (verbs, knobs, facts, tables) and scene (lanes)
//! ```
//!
//! Nothing here knows a lab: names, sentences and choices come from the worker in the language of
//! the page. A lab is added by one line of [`labs`](crate::engine::boards), and one of [`LABS`].

pub mod page;
pub mod protocol;
pub mod say;
pub mod scene;
pub mod text;

pub use crate::model::labs::LABS;
