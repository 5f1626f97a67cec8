//! The harness of the store in memory.

use super::contract::{Failure, Harness};
use tabletop_web::protocol::RunId;
use tabletop_web::store::{MemoryDisk, MemoryStore, StoreError, Write};

/// All handles share one disk.
#[derive(Debug)]
pub(crate) struct Memory {
    disk: MemoryStore,
}

impl Default for Memory {
    fn default() -> Self {
        Self { disk: MemoryStore::new("a test") }
    }
}

impl Harness for Memory {
    type Disk = MemoryDisk;

    async fn open(&mut self) -> MemoryStore {
        self.disk.second_tab().reload()
    }

    async fn second_tab(&mut self) -> MemoryStore {
        self.disk.second_tab()
    }

    async fn tamper(&mut self, store: &mut MemoryStore, run: RunId, write: Write) {
        store.disk_mut().tamper(run, write);
    }

    fn fail(&mut self, store: &mut MemoryStore, failure: Failure) {
        let why = String::from("a test");
        store.disk_mut().fail_next(match failure {
            Failure::NoRoom | Failure::NoRoomAtTheEnd => StoreError::Quota { why },
            Failure::Abort => StoreError::Aborted { why },
        });
    }

    fn mend(&mut self) {}
}

/// Runs a future that never waits.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn at_once<T>(future: impl Future<Output = T>) -> T {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(future).poll(&mut context) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => panic!("memory never waits"),
    }
}
