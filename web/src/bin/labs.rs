//! The worker of every lab but the first.

fn main() {
    #[cfg(target_arch = "wasm32")]
    tabletop_web::link::run_labs();
}
