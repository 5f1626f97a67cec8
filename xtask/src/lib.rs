//! What the README's commands run, as a library: the browser tests use its server and its
//! WebDriver client too.
//!
//! ```text
//! main ── serve ── tools (installs what is pinned and missing) ── page (trunk, wasm-opt, split) ── server
//!      ── test  ── tools ── steps (one table) ── count (reads the runners' own totals)
//!      ── size, shots ── page, server, webdriver
//!      ── bench
//! ```
//!
//! Nothing here is needed to build the workspace with plain cargo.

pub mod answers;
pub mod bench;
pub mod count;
pub mod page;
pub mod process;
pub mod serve;
pub mod server;
pub mod shots;
pub mod size;
pub mod split;
pub mod steps;
pub mod test;
pub mod tools;
pub mod webdriver;
pub mod workspace;
