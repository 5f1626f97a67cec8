//! Tabletop in the browser: the page, the engine's worker, the JavaScript API.
//!
//! Everything that can run without a browser (protocol, model, layout, session) compiles and is
//! tested on the host as well.

pub mod protocol;
pub mod stage;
