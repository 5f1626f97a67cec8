//! The engine's worker.

fn main() {
    #[cfg(target_arch = "wasm32")]
    tabletop_web::link::run();
}
