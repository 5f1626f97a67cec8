//! The tree keeps its shape: which way modules point, what every file starts with, what no file
//! holds.

mod files;
mod layers;
mod leftovers;
mod texts;
