//! All tests of the store, for the page and for the worker.

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
                    super::contract::$test($harness).await;
                }

                #[cfg(not(target_arch = "wasm32"))]
                #[test]
                fn $test() {
                    super::memory::at_once(super::contract::$test($harness));
                }
            )*
        }
    };
}

contract!(in_memory, super::memory::Memory::default());

#[cfg(target_arch = "wasm32")]
mod browser;
#[cfg(target_arch = "wasm32")]
contract!(in_indexed_db, super::browser::Browser::new());
