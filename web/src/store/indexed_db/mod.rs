//! Runs in IndexedDB.
//!
//! ```text
//! meta         "format", "epoch", "uuid", "last_opened"
//! runs         run                        -> the run's record
//! segments     [run, branch, number]      -> segment
//! imports      [run, 0]                   -> configuration;  [run, 1] -> the imported text
//! trash        [run, revision, n]         -> a piece: branch + 1 (0: the record), number, bytes
//! checkpoints  kept for later
//! ```
//!
//! Values are `Uint8Array`s below 64 KiB wherever possible: larger ones a browser keeps in files
//! beside its database. Durability is passed by name, since `idb` does not: *strict* waits for the
//! medium, *relaxed* for the operating system, which survives a killed browser but not a power cut.

pub(crate) mod js;
pub(crate) mod keys;
mod lock;
mod open;
mod sentinel;
pub(crate) mod transaction;

use self::js::refused_by_idb;
use self::keys::{beyond, bytes_of, key, numbers, pack, piece_of, run_of};
use self::lock::{Election, WriterLock, elect};
use self::transaction::{Conditions, Mode, transact};
use super::{Commit, Condition, Disk, RawRun, Store, StoreError, TrashPiece, Write};
use crate::protocol::RunId;
use idb::{Database, KeyRange, ObjectStore, Query, Request, Transaction};
use js_sys::Array;
use std::cell::Cell;
use std::rc::Rc;
use tabletop_core::record::digest_of;
use wasm_bindgen::JsValue;

const META: &str = "meta";
const RUNS: &str = "runs";
const SEGMENTS: &str = "segments";
const IMPORTS: &str = "imports";
const TRASH: &str = "trash";
const STORES: [&str; 6] = [META, RUNS, SEGMENTS, "checkpoints", IMPORTS, TRASH];

/// A store in IndexedDB.
pub type IndexedDbStore = Store<IndexedDb>;

/// What a handle may do; handlers of the lock and the database change it too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Writer { epoch: u64 },
    Reader,
    Fenced,
    Closed,
}

/// A database, open.
pub struct IndexedDb {
    name: String,
    uuid: String,
    connection: JsValue,
    database: Database,
    role: Rc<Cell<Role>>,
    lock: Option<WriterLock>,
    /// Whether the sentinel names this database.
    remembered: bool,
}

impl core::fmt::Debug for IndexedDb {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("IndexedDb")
            .field("name", &self.name)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

impl Drop for IndexedDb {
    fn drop(&mut self) {
        self.database.close();
    }
}

impl IndexedDb {
    /// Opens a database, and becomes its writer if no other tab is. Also answers whether it is
    /// another database than the one that last held runs here: those are lost.
    ///
    /// # Errors
    /// There is no IndexedDB, it does not answer, or a newer Tabletop wrote it.
    pub async fn open(name: &str) -> Result<(Self, bool), StoreError> {
        let connection = open::connect(name).await?;
        let mut database = Database::try_from(connection.clone()).map_err(refused_by_idb)?;
        let role = Rc::new(Cell::new(Role::Reader));
        let (on_close, on_change) = (Rc::clone(&role), Rc::clone(&role));
        database.on_close(move |_| on_close.set(Role::Closed));
        let changing = connection.clone();
        database.on_version_change(move |_| {
            // A newer Tabletop, or somebody who deletes it: whoever does not let go blocks them.
            on_change.set(Role::Closed);
            js::call(&changing, "close", &[]).ok();
        });
        let uuid = open::identify(&connection).await?;
        let remembered = sentinel::read(name).await;
        let lost = remembered.as_ref().is_some_and(|remembered| *remembered != uuid);
        let remembered = remembered.is_some() && !lost;
        let name = name.to_owned();
        let mut disk = Self { name, uuid, connection, database, role, lock: None, remembered };
        disk.become_writer(false).await?;
        Ok((disk, lost))
    }

    /// Asks for the lock. A lock that was free leaves the epoch as it is, so that a full disk can
    /// still be opened: who lost the lock before lost the epoch with it. A stolen lock, or none at
    /// all, begins a new epoch, which fences whoever wrote until now.
    async fn become_writer(&mut self, steal: bool) -> Result<(), StoreError> {
        let role = Rc::clone(&self.role);
        let on_stolen = move || {
            if matches!(role.get(), Role::Writer { .. }) {
                role.set(Role::Fenced);
            }
        };
        let lock = match elect(&format!("tabletop writer {}", self.name), steal, on_stolen).await {
            Election::Won(lock) => Some(lock),
            Election::NoLocks => None,
            Election::Lost => return Ok(()),
        };
        let begins = steal || lock.is_none();
        let mode = if begins { Mode::Write { strict: true } } else { Mode::Read };
        let epoch = Rc::new(Cell::new(0));
        let found = Rc::clone(&epoch);
        transact(&self.connection, &[META], mode, |transaction, conditions| {
            let meta = store(transaction, META)?;
            let request = meta.get(JsValue::from_str("epoch")).map_err(refused_by_idb)?;
            conditions.when(request.into(), move |old| {
                found.set(whole(&old).unwrap_or(0) + u64::from(begins));
                if begins { put(&meta, &"epoch".into(), &(found.get() as f64).into()) } else { Ok(()) }
            });
            Ok(())
        })
        .await?;
        self.lock = lock;
        self.role.set(Role::Writer { epoch: epoch.get() });
        Ok(())
    }

    fn epoch(&self) -> Result<u64, StoreError> {
        match self.role.get() {
            Role::Writer { epoch } => Ok(epoch),
            Role::Reader => Err(StoreError::ReadOnly),
            Role::Fenced => Err(StoreError::Fenced),
            Role::Closed => Err(StoreError::Closed { why: "the browser closed it".into() }),
        }
    }

    /// A transaction that aborts unless this handle is still the writer.
    async fn write(
        &mut self,
        stores: &[&str],
        strict: bool,
        issue: impl FnOnce(&Transaction, &mut Conditions) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let epoch = self.epoch()?;
        let outcome =
            transact(&self.connection, stores, Mode::Write { strict }, |transaction, conditions| {
                let meta = transaction.object_store(META).map_err(refused_by_idb)?;
                let request = meta.get(JsValue::from_str("epoch")).map_err(refused_by_idb)?;
                conditions.when(request.into(), move |now| {
                    if whole(&now).unwrap_or(0) == epoch { Ok(()) } else { Err(StoreError::Fenced) }
                });
                issue(transaction, conditions)
            })
            .await;
        match outcome {
            Err(StoreError::Fenced) => self.role.set(Role::Fenced),
            Err(StoreError::Closed { .. }) => self.role.set(Role::Closed),
            _ => {}
        }
        outcome
    }
}

/// A number of `meta`.
fn whole(value: &JsValue) -> Option<u64> {
    value.as_f64().filter(|number| (0.0..9e15).contains(number)).map(|number| number as u64)
}

fn put(store: &ObjectStore, key: &JsValue, value: &JsValue) -> Result<(), StoreError> {
    // The request's own answer is of no use: only the transaction's is.
    store.put(value, Some(key)).map(drop).map_err(refused_by_idb)
}

fn store(transaction: &Transaction, name: &str) -> Result<ObjectStore, StoreError> {
    transaction.object_store(name).map_err(refused_by_idb)
}

/// Keys and values of a range, in one transaction's requests.
fn ask_all(store: &ObjectStore, range: Option<KeyRange>) -> Result<[JsRequest; 2], StoreError> {
    let query = range.map(Query::from);
    let keys = store.get_all_keys(query.clone(), None).map_err(refused_by_idb)?;
    let values = store.get_all(query, None).map_err(refused_by_idb)?;
    Ok([keys.into(), values.into()])
}

type JsRequest = web_sys::IdbRequest;

/// Their answers, pairwise.
fn pairs([keys, values]: [JsRequest; 2]) -> impl Iterator<Item = (JsValue, JsValue)> {
    let list = |request: JsRequest| Array::from(&request.result().unwrap_or_default()).to_vec();
    list(keys).into_iter().zip(list(values))
}

fn apply(transaction: &Transaction, run: RunId, number: u32, write: &Write) -> Result<(), StoreError> {
    let (name, key, value) = match write {
        Write::Record(bytes) => (RUNS, key(run, &[]), pack(bytes)),
        Write::Segment { branch, segment, bytes } => (SEGMENTS, key(run, &[*branch, *segment]), pack(bytes)),
        Write::Config(bytes) => (IMPORTS, key(run, &[0]), pack(bytes)),
        Write::Original(bytes) => (IMPORTS, key(run, &[1]), pack(bytes)),
        Write::Trash(piece) => {
            let revision = JsValue::from(piece.revision as f64);
            let key = Array::of3(&key(run, &[]), &revision, &number.into());
            let branch = piece.branch.map_or(0.0, |branch| f64::from(branch) + 1.0);
            (TRASH, key.into(), Array::of3(&branch.into(), &piece.segment.into(), &pack(&piece.bytes)).into())
        }
        Write::DropSegment { branch, segment } => {
            let segments = store(transaction, SEGMENTS)?;
            return segments.delete(key(run, &[*branch, *segment])).map(drop).map_err(refused_by_idb);
        }
    };
    put(&store(transaction, name)?, &key, &value)
}

impl Disk for IndexedDb {
    fn condition(&self) -> Condition {
        match self.role.get() {
            Role::Writer { .. } => Condition::Persistent,
            Role::Reader => Condition::ReadOnly,
            Role::Fenced => Condition::Fenced,
            Role::Closed => Condition::Closed,
        }
    }

    async fn records(&mut self) -> Result<Vec<(RunId, Vec<u8>)>, StoreError> {
        let runs = transact(&self.connection, &[RUNS], Mode::Read, |transaction, _| {
            ask_all(&store(transaction, RUNS)?, None)
        })
        .await?;
        Ok(pairs(runs).filter_map(|(key, value)| Some((run_of(&key)?, bytes_of(&value)))).collect())
    }

    async fn read(&mut self, run: RunId) -> Result<Option<RawRun>, StoreError> {
        let stores = [RUNS, SEGMENTS, IMPORTS];
        let (record, segments, imports) =
            transact(&self.connection, &stores, Mode::Read, |transaction, _| {
                let record = store(transaction, RUNS)?.get(key(run, &[])).map_err(refused_by_idb)?;
                let segments = ask_all(&store(transaction, SEGMENTS)?, Some(beyond(run)?))?;
                Ok((record, segments, ask_all(&store(transaction, IMPORTS)?, Some(beyond(run)?))?))
            })
            .await?;
        let record = record.result().unwrap_or_default();
        if record.is_undefined() {
            return Ok(None);
        }
        let mut raw = RawRun { record: bytes_of(&record), ..RawRun::default() };
        for (key, value) in pairs(segments) {
            if let Some([_, branch, segment]) = numbers(&key) {
                raw.segments.push((branch, segment, bytes_of(&value)));
            }
        }
        for (key, value) in pairs(imports) {
            match numbers(&key) {
                Some([_, 0]) => raw.config = Some(bytes_of(&value)),
                Some([_, 1]) => raw.original = Some(bytes_of(&value)),
                _ => {}
            }
        }
        Ok(Some(raw))
    }

    async fn pieces(&mut self, run: RunId) -> Result<Vec<TrashPiece>, StoreError> {
        let pieces = transact(&self.connection, &[TRASH], Mode::Read, |transaction, _| {
            ask_all(&store(transaction, TRASH)?, Some(beyond(run)?))
        })
        .await?;
        Ok(pairs(pieces).filter_map(|(key, value)| piece_of(&key, &value)).collect())
    }

    async fn commit(&mut self, commit: Commit) -> Result<(), StoreError> {
        let Commit { run, expected, writes, strict } = commit;
        self.write(&[META, RUNS, SEGMENTS, IMPORTS, TRASH], strict, |transaction, conditions| {
            let record = store(transaction, RUNS)?.get(key(run, &[])).map_err(refused_by_idb)?;
            conditions.when(record.into(), move |record| {
                let found = (!record.is_undefined()).then(|| digest_of(&bytes_of(&record)));
                if found == expected { Ok(()) } else { Err(StoreError::Stale(run)) }
            });
            (0..).zip(&writes).try_for_each(|(number, write)| apply(transaction, run, number, write))
        })
        .await?;
        if !self.remembered {
            self.remembered = true;
            wasm_bindgen_futures::spawn_local(sentinel::write(self.name.clone(), self.uuid.clone()));
        }
        Ok(())
    }

    async fn last_opened(&mut self) -> Result<Option<RunId>, StoreError> {
        let request = transact(&self.connection, &[META], Mode::Read, |transaction, _| {
            store(transaction, META)?.get(JsValue::from_str("last_opened")).map_err(refused_by_idb)
        })
        .await?;
        Ok(run_of(&request.result().unwrap_or_default()))
    }

    async fn set_last_opened(&mut self, run: RunId) -> Result<(), StoreError> {
        self.write(&[META], false, |transaction, _| {
            put(&store(transaction, META)?, &"last_opened".into(), &key(run, &[]))
        })
        .await
    }

    async fn take_over(&mut self) -> Result<(), StoreError> {
        if self.role.get() == Role::Closed {
            return self.epoch().map(drop);
        }
        self.become_writer(true).await?;
        self.epoch().map(drop)
    }
}
