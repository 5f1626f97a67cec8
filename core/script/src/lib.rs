//! Policies written as scripts, interpreted by rhai: the host behind [`tabletop_core::compaction::script`].
//!
//! ```text
//! Question ──▶ scope: rowsets, point, promotion, score, visible, now, base_round, knobs (constants)
//! script   ──▶ tree ──▶ run, counted ──▶ pick(first, last, why) | leave(why) ──▶ Answer, or a Fault
//! ```
//!
//! A script is a function of its question: integers only, no clock, no randomness, no state from round
//! to round, maps in order. What it may use is registered here by name; nothing else is there.
//!
//! Invariant *it ends*: operations are counted ([`limits`]), and the count is the same on every machine.
//! The wall clock is a safety net behind it; a run that it stopped says that it cannot be repeated.

mod clock;
mod faults;
pub mod limits;
mod run;
mod words;

#[cfg(test)]
mod tests;

use tabletop_core::compaction::script::{self, Host};

/// Examples to start from, by name: files of this package that its tests run.
pub const EXAMPLES: [(&str, &str); 2] = [
    ("every-ten", include_str!("../examples/every_ten.rhai")),
    ("size-based", include_str!("../examples/size_based.rhai")),
];

/// The interpreter.
pub static HOST: Host = Host { check: run::check, answer: run::answer };

/// Gives it to the program; further calls change nothing.
pub fn install() {
    script::install(&HOST);
}
