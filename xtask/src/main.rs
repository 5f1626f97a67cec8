//! `cargo xtask`: serve, test, bench, shots, size.

fn main() {}
