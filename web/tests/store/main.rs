//! The store's contract: memory on the host, memory and IndexedDB in the browser.
//!
//! In the browser: `wasm-pack test --headless --chrome web --test store`.

mod builders;
mod contract;
mod memory;

/// The contract for one harness, as tests of the host or of the browser.
macro_rules! contract {
    ($name:ident, $harness:expr) => {
        contract!(
            $name, $harness,
            goes_round,
            a_failed_save_stores_nothing,
            a_fenced_writer_stores_nothing,
            a_bad_tail_is_cut_and_kept,
            what_cannot_be_read_is_left_alone,
            a_damaged_original_is_absent,
            runs_are_named_trashed_and_restored,
            a_batch_that_does_not_fit_is_refused
        );
    };
    ($name:ident, $harness:expr, $($test:ident),*) => {
        mod $name {
            $(
                #[cfg(target_arch = "wasm32")]
                #[wasm_bindgen_test::wasm_bindgen_test]
                async fn $test() {
                    crate::contract::$test($harness).await;
                }

                #[cfg(not(target_arch = "wasm32"))]
                #[test]
                fn $test() {
                    crate::memory::at_once(crate::contract::$test($harness));
                }
            )*
        }
    };
}

contract!(in_memory, crate::memory::Memory::default());

#[cfg(target_arch = "wasm32")]
mod browser;
#[cfg(target_arch = "wasm32")]
contract!(in_indexed_db, crate::browser::Browser::new());
#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
