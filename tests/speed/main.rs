//! The native half of `cargo xtask bench`'s comparison; see `cases.rs`.

mod cases;

use std::sync::OnceLock;

#[expect(clippy::disallowed_types, reason = "a bench measures the wall clock")]
fn nanoseconds() -> f64 {
    static BEGAN: OnceLock<std::time::Instant> = OnceLock::new();
    BEGAN.get_or_init(std::time::Instant::now).elapsed().as_secs_f64() * 1e9
}

fn main() {
    cases::all(nanoseconds, |(name, ns)| println!("speed|{name}|{ns:.2}"));
}
