//! The wall clock of the safety net, ms from any moment on.

#[cfg(target_arch = "wasm32")]
pub(crate) fn now_ms() -> u64 {
    js_sys::Date::now() as u64
}

#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn now_ms() -> u64 {
    use std::sync::OnceLock;
    #[expect(clippy::disallowed_types, reason = "only how long a script took is asked, never its result")]
    static START: OnceLock<std::time::Instant> = OnceLock::new();
    #[expect(clippy::disallowed_types, reason = "the same")]
    let start = START.get_or_init(std::time::Instant::now);
    start.elapsed().as_millis() as u64
}
