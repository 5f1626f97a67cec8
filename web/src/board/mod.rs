//! Every lab but the first, on one page: described by data, drawn by one hand.
//!
//! ```text
//! labs worker   BoardLab -> BoardDesk -> Picture, Said (bytes)
//! page          Reply::Board -> Shown -> panels (verbs, knobs, facts, tables) and scene (lanes)
//! ```
//!
//! Nothing here knows a lab: names, sentences and choices come from the worker in the language of
//! the page. A lab is added by one line of [`labs`](crate::engine::boards::labs), and one of [`LABS`](crate::model::labs::LABS).

pub mod about;
#[cfg(target_arch = "wasm32")]
pub(crate) mod canvas;
pub mod page;
#[cfg(target_arch = "wasm32")]
pub(crate) mod panels;
pub mod protocol;
pub mod say;
pub mod scene;
