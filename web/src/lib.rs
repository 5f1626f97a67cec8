//! Tabletop in the browser: the page, the engine's worker, the JavaScript API.
//!
//! Everything that can run without a browser (protocol, model, layout, session) compiles and is
//! tested on the host as well.

#![cfg_attr(target_arch = "wasm32", recursion_limit = "512")]

#[cfg(all(target_arch = "wasm32", feature = "api"))]
pub mod api;
#[cfg(target_arch = "wasm32")]
#[macro_use]
mod panels;

pub mod board;
pub mod engine;
pub mod measure;
pub mod model;
pub mod picks;
pub mod player;
pub mod protocol;
pub mod stage;
pub mod store;
pub mod text;
pub mod unpack;

#[cfg(target_arch = "wasm32")]
pub mod app;
#[cfg(target_arch = "wasm32")]
pub mod link;
#[cfg(target_arch = "wasm32")]
pub mod link_importer;
#[cfg(target_arch = "wasm32")]
pub mod link_measure;
#[cfg(target_arch = "wasm32")]
mod platform;
#[cfg(target_arch = "wasm32")]
pub mod script_part;
