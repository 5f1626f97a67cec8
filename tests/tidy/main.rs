//! The tree keeps its shape: which way modules point, what every file starts with, what no file
//! holds.
#![expect(clippy::unwrap_used, reason = "a test")]

mod files;
mod layers;
mod leftovers;
mod texts;
