//! The page.

fn main() {
    #[cfg(target_arch = "wasm32")]
    tabletop_web::app::run();
}
