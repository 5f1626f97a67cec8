//! The worker that reads pasted text.

fn main() {
    #[cfg(target_arch = "wasm32")]
    tabletop_web::link_importer::run();
}
