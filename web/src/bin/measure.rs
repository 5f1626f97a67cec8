//! The worker that measures this browser's IndexedDB.

fn main() {
    #[cfg(target_arch = "wasm32")]
    tabletop_web::link_measure::run();
}
