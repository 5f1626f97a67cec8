//! The measurement on IndexedDB, in a worker.

use super::{DATABASE, Kept, Operation, Row, Said, Staged, middle};
use crate::store::StoreError;
use crate::store::indexed_db::js::{call, deferred, get, global, refused, refused_by_idb, within};
use crate::store::indexed_db::keys::{bytes_of, pack};
use crate::store::indexed_db::transaction::{Mode, create_stores, transact};
use idb::{Event as _, Factory, KeyRange, ObjectStore, Query, Request as _};
use js_sys::{Array, Uint8Array};
use std::cell::Cell;
use std::rc::Rc;
use tabletop_core::inode::{
    Attributes, ChunkChange, ChunkInfo, Geometry, InodeKey, InodeStore, Keys, Layout, Modify, RecordKey, wire,
};
use tabletop_core::kv;
use tabletop_core::kv::{Write, WriteBatch};
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use wasm_bindgen_futures::JsFuture;

const FILE: InodeKey = InodeKey { fs: 1, ino: 100 };
/// Names of the object stores.
const STORES: [&str; 2] = ["whole", "split"];
/// Bytes of one write.
const INFO_LEN: u64 = 4_096;
/// Writes of a chunk: as many as there are places for them.
const INFOS_PER_CHUNK: u64 = Geometry::DEFAULT.chunk_size / INFO_LEN;
/// Rows that go in with one transaction.
const FILL_ROWS: u64 = 5_000;
/// Rows of one page of a scan: so much is in memory at a time.
const PAGE_ROWS: u32 = 4_096;
/// A run is at least so long, ms: the clock is coarse.
const RUN_MS: f64 = 20.0;
/// Runs of an operation at most.
const RUNS_MAX: usize = 15;
/// No new run begins after so long, ms.
const OPERATION_MS: f64 = 2_500.0;

/// How long the browser may take to open the database, ms.
const OPEN_MS: u32 = 30_000;

/// Why it ended early.
enum Ended {
    Stopped,
    Failed(StoreError),
}

impl From<StoreError> for Ended {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

/// Bytes of keys and values.
#[derive(Clone, Copy, Default)]
struct Moved {
    read: u64,
    written: u64,
}

/// Removes what a measurement left behind. Waits for whoever still has it open.
///
/// # Errors
/// What the browser said.
pub async fn remove() -> Result<(), String> {
    delete().await.map_err(|error| error.to_string())
}

async fn delete() -> Result<(), StoreError> {
    let factory = global("indexedDB").map_err(|thrown| refused(&thrown))?;
    let request = call(&factory, "deleteDatabase", &[&DATABASE.into()]).map_err(|thrown| refused(&thrown))?;
    let (gone, resolve, reject) = deferred();
    let failed = {
        let request = request.clone();
        Closure::<dyn FnMut()>::new(move || {
            let why = get(&request, "error").unwrap_or_default();
            reject.call1(&JsValue::NULL, &why).ok();
        })
    };
    let handlers = [("onsuccess", resolve.as_ref()), ("onerror", failed.as_ref())];
    for (name, handler) in handlers {
        js_sys::Reflect::set(&request, &name.into(), handler).map_err(|thrown| refused(&thrown))?;
    }
    JsFuture::from(gone).await.map_err(|thrown| refused(&thrown))?;
    Ok(())
}

/// Measures inodes of so many chunk infos, sizes rising. `stop` is looked at between transactions.
///
/// Says the last word itself: done, stopped or failed; the database is gone then.
pub async fn run(sizes: &[u32], stop: Rc<Cell<bool>>, say: impl Fn(Said)) {
    let outcome = measured(sizes, &stop, &say).await;
    let removed = delete().await;
    say(match (outcome, removed) {
        (Err(Ended::Failed(error)), _) | (_, Err(error)) => Said::Failed(error.to_string()),
        (Err(Ended::Stopped), Ok(())) => Said::Stopped,
        (Ok(()), Ok(())) => Said::Done,
    });
}

async fn measured(sizes: &[u32], stop: &Cell<bool>, say: &impl Fn(Said)) -> Result<(), Ended> {
    // Somebody who was killed may have left one.
    delete().await?;
    let bench = Bench { connection: open().await?, keys: Keys::default(), stop };
    let result = bench.all(sizes, say).await;
    call(&bench.connection, "close", &[]).map_err(|thrown| refused(&thrown))?;
    result
}

/// The database, made anew.
async fn open() -> Result<JsValue, StoreError> {
    let factory = Factory::new().map_err(refused_by_idb)?;
    let mut request = factory.open(DATABASE, Some(1)).map_err(refused_by_idb)?;
    let (opened, resolve, reject) = deferred();
    request.on_upgrade_needed(|event| {
        // Where this fails a store is missing, and the first transaction says so.
        let database = event.target().and_then(|request| request.database());
        database.map_err(refused_by_idb).and_then(|database| create_stores(&database, &STORES)).ok();
    });
    request.on_success(move |event| {
        if let Ok(database) = event.target().and_then(|request| request.database()) {
            resolve.call1(&JsValue::NULL, &database.into()).ok();
        }
    });
    request.on_error(move |event| {
        let error = event.target().and_then(|request| request.error()).ok().flatten();
        reject.call1(&JsValue::NULL, &error.into()).ok();
    });
    within(opened.into(), OPEN_MS).await.map_err(|thrown| refused(&thrown))
}

/// The info of an id: ids rise by one, each chunk's list is full before the next begins.
fn info(id: u64) -> ChunkInfo {
    let place = id - 1;
    let start = Geometry::DEFAULT.start(place / INFOS_PER_CHUNK);
    // A stride that is coprime to their number visits every place of the chunk once.
    ChunkInfo::written(id, start + INFO_LEN * (place * 4_099 % INFOS_PER_CHUNK), INFO_LEN)
}

fn change(id: u64) -> ChunkChange {
    ChunkChange::append(Geometry::DEFAULT.place(info(id).offset).index, vec![info(id)])
}

/// An inode without infos.
fn fresh(length: u64) -> Attributes {
    Attributes { length, atime: 0, nlink: 1 }
}

fn clock() -> f64 {
    // There is one in every worker.
    let clock = global("performance").unwrap_or_default();
    call(&clock, "now", &[]).ok().and_then(|now| now.as_f64()).unwrap_or_default()
}

fn put_all(store: &ObjectStore, batch: &WriteBatch) -> Result<(), StoreError> {
    for (key, write) in batch.writes() {
        match write {
            Write::Put(value) => store.put(&pack(value), Some(&pack(key))).map(drop),
            Write::Delete => store.delete(pack(key)).map(drop),
            Write::Add(_) => return Err(StoreError::Unpackable("an addition without a value".into())),
        }
        .map_err(refused_by_idb)?;
    }
    Ok(())
}

fn corrupt(error: impl core::fmt::Display) -> StoreError {
    StoreError::Damaged { what: error.to_string() }
}

struct Bench<'a> {
    connection: JsValue,
    keys: Keys,
    stop: &'a Cell<bool>,
}

impl Bench<'_> {
    fn go_on(&self) -> Result<(), Ended> {
        if self.stop.get() { Err(Ended::Stopped) } else { Ok(()) }
    }

    async fn all(&self, sizes: &[u32], say: &impl Fn(Said)) -> Result<(), Ended> {
        // Appends are measured, too, so ids go on behind the rows that are there.
        let mut rows = 0;
        let whole: u64 = sizes.iter().map(|&infos| u64::from(infos)).sum::<u64>().max(1);
        let mut before = 0;
        for &infos in sizes {
            let at = u64::from(infos);
            let progress = |part: u64, filling| {
                let done = (before + at * part / 1_000) * 1_000 / whole;
                say(Said::Progress { done: done.min(1_000) as u32, infos, filling });
            };
            progress(0, true);
            self.fill_whole(at).await?;
            while rows < at {
                self.go_on()?;
                let until = at.min(rows + FILL_ROWS);
                self.fill_split(rows, until).await?;
                rows = until;
                progress(rows * 700 / at, true);
            }
            let mut step = 700;
            for operation in Operation::ALL {
                for kept in Kept::ALL {
                    progress(step, false);
                    step += 50;
                    let row = self.timed(infos, kept, operation, &mut rows).await?;
                    say(Said::Row(row));
                }
            }
            before += at;
        }
        Ok(())
    }

    /// Runs of an operation until there are enough.
    async fn timed(
        &self,
        infos: u32,
        kept: Kept,
        operation: Operation,
        rows: &mut u64,
    ) -> Result<Row, Ended> {
        let (mut times, mut count, mut moved) = (Vec::new(), 0, Moved::default());
        let mut whole = u64::from(infos);
        let began = clock();
        // The first one warms up, and tells how many make a run.
        let mut runs = 0;
        let mut in_run = 1;
        while runs == 0 || (times.len() < RUNS_MAX && clock() - began < OPERATION_MS) || times.is_empty() {
            // The value has grown by the appends that were timed: back to the number that is named.
            if kept == Kept::Whole && whole > u64::from(infos) + u64::from(infos) / 20 {
                self.fill_whole(infos.into()).await?;
                whole = infos.into();
            }
            let from = clock();
            for _ in 0..in_run {
                self.go_on()?;
                moved = match (operation, kept) {
                    (Operation::Append, Kept::Whole) => {
                        whole += 1;
                        self.append(kept, whole).await?
                    }
                    (Operation::Append, Kept::Split) => {
                        *rows += 1;
                        self.append(kept, *rows).await?
                    }
                    (Operation::Read, Kept::Whole) => self.read_whole(u64::from(infos)).await?,
                    (Operation::Read, Kept::Split) => self.read_split(u64::from(infos)).await?,
                    (Operation::LookUp, _) => self.look_up(kept).await?,
                };
            }
            let took = clock() - from;
            let slow = took >= RUN_MS;
            if runs > 0 || slow {
                times.push(1_000.0 * took / f64::from(in_run));
                count += in_run;
            } else {
                in_run = (RUN_MS / took.max(0.05)).ceil().clamp(1.0, 400.0) as u32;
            }
            runs += 1;
        }
        let (median_us, least_us) = middle(&mut times).unwrap_or_default();
        let Moved { read, written } = moved;
        Ok(Row { infos, kept, operation, median_us, least_us, count, read, written })
    }

    fn layout(kept: Kept) -> (Layout, &'static str, RecordKey) {
        match kept {
            Kept::Whole => (Layout::Monolithic, STORES[0], RecordKey::Inode(FILE)),
            Kept::Split => (Layout::Split, STORES[1], RecordKey::Aux(FILE)),
        }
    }

    /// Puts the inode with so many infos, as one value.
    async fn fill_whole(&self, infos: u64) -> Result<(), StoreError> {
        let mut store = InodeStore::new(kv::MemKv::new(), self.keys, Layout::Monolithic);
        store.insert(FILE, fresh(info(infos).end()), 1).map_err(corrupt)?;
        let mut changes: Vec<ChunkChange> = Vec::new();
        for id in 1..=infos {
            let change = change(id);
            match changes.last_mut() {
                Some(last) if last.index == change.index => last.add.extend(change.add),
                _ => changes.push(change),
            }
        }
        store.modify(FILE, &Modify { changes, ..Modify::default() }, 2).map_err(corrupt)?;
        let key = self.keys.encode(&RecordKey::Inode(FILE));
        let value = kv::OrderedKv::get(store.kv(), &key).unwrap_or_default();
        drop(store);
        let mut batch = WriteBatch::new();
        batch.put(key, value);
        self.put(STORES[0], &batch).await
    }

    /// Puts rows behind those that are there, and what belongs to them.
    async fn fill_split(&self, from: u64, until: u64) -> Result<(), StoreError> {
        let mut store = InodeStore::new(kv::MemKv::new(), self.keys, Layout::Split);
        store.insert(FILE, fresh(info(until).end()), 1).map_err(corrupt)?;
        for id in from + 1..=until {
            store
                .modify(FILE, &Modify { changes: vec![change(id)], ..Modify::default() }, id)
                .map_err(corrupt)?;
        }
        let mut batch = WriteBatch::new();
        kv::OrderedKv::visit(
            store.kv(),
            &kv::KeyRange::default(),
            kv::Order::Ascending,
            &mut |key, value| {
                batch.put(key, value);
                core::ops::ControlFlow::Continue(())
            },
        );
        self.put(STORES[1], &batch).await
    }

    async fn put(&self, name: &str, batch: &WriteBatch) -> Result<(), StoreError> {
        transact(&self.connection, &[name], Mode::Write { strict: false }, |transaction, _| {
            put_all(&transaction.object_store(name).map_err(refused_by_idb)?, batch)
        })
        .await
    }

    /// One more info, by the core's code between a get and the puts of one transaction.
    async fn append(&self, kept: Kept, id: u64) -> Result<Moved, StoreError> {
        let (layout, name, needed) = Self::layout(kept);
        let keys = self.keys;
        let key = keys.encode(&needed);
        let moved = Rc::new(Cell::new(Moved::default()));
        let count = Rc::clone(&moved);
        transact(&self.connection, &[name], Mode::Write { strict: false }, |transaction, conditions| {
            let store = transaction.object_store(name).map_err(refused_by_idb)?;
            let request = store.get(pack(&key)).map_err(refused_by_idb)?;
            conditions.when(request.into(), move |value| {
                let value = bytes_of(&value);
                let read = (key.len() + value.len()) as u64;
                let mut far = InodeStore::new(Staged::default().with(key.clone(), value), keys, layout);
                let modify = Modify { changes: vec![change(id)], ..Modify::default() };
                far.modify(FILE, &modify, id).map_err(corrupt)?;
                let batch = far.kv().batch();
                count.set(Moved { read, written: batch.cost().bytes_written });
                put_all(&store, batch)
            });
            Ok(())
        })
        .await?;
        Ok(moved.get())
    }

    async fn get(&self, name: &str, key: &[u8]) -> Result<Vec<u8>, StoreError> {
        let request = transact(&self.connection, &[name], Mode::Read, |transaction, _| {
            transaction.object_store(name).and_then(|store| store.get(pack(key))).map_err(refused_by_idb)
        })
        .await?;
        Ok(bytes_of(&request.result().map_err(refused_by_idb)?))
    }

    async fn read_whole(&self, infos: u64) -> Result<Moved, StoreError> {
        let key = self.keys.encode(&RecordKey::Inode(FILE));
        let value = self.get(STORES[0], &key).await?;
        let read = (key.len() + value.len()) as u64;
        let far = InodeStore::new(Staged::default().with(key, value), self.keys, Layout::Monolithic);
        let (lists, _) = far.read(FILE, None).map_err(corrupt)?;
        let found = lists.iter().map(|(_, list)| list.len() as u64).sum::<u64>();
        complete(found, infos)?;
        Ok(Moved { read, written: 0 })
    }

    /// Pages of a range of keys; each is forgotten before the next one comes.
    async fn read_split(&self, infos: u64) -> Result<Moved, StoreError> {
        let all = self.keys.of_inode(2, FILE, None);
        let upper = pack(&all.end.unwrap_or_default());
        let (mut lower, mut open) = (pack(&all.start), false);
        let (mut read, mut found, mut page) = (0, 0, Vec::new());
        loop {
            let range = KeyRange::bound(&lower, &upper, Some(open), Some(true)).map_err(refused_by_idb)?;
            let [keys, values] = transact(&self.connection, &[STORES[1]], Mode::Read, |transaction, _| {
                let store = transaction.object_store(STORES[1]).map_err(refused_by_idb)?;
                let query = Some(Query::from(range));
                let keys = store.get_all_keys(query.clone(), Some(PAGE_ROWS)).map_err(refused_by_idb)?;
                let values = store.get_all(query, Some(PAGE_ROWS)).map_err(refused_by_idb)?;
                Ok([web_sys::IdbRequest::from(keys), values.into()])
            })
            .await?
            .map(|request| request.result().unwrap_or_default().unchecked_into::<Array>());
            for (key, value) in keys.iter().zip(values.iter()) {
                // Whatever a binary key was put as, it comes back as an ArrayBuffer.
                let (key, value) = (Uint8Array::new(&key).to_vec(), bytes_of(&value));
                read += (key.len() + value.len()) as u64;
                if self.keys.decode(&key).is_none() {
                    return Err(corrupt("a key that is none"));
                }
                page.clear();
                wire::decode_list(&value, &mut page).map_err(corrupt)?;
                found += page.len() as u64;
            }
            if keys.length() < PAGE_ROWS {
                complete(found, infos)?;
                return Ok(Moved { read, written: 0 });
            }
            (lower, open) = (keys.get(keys.length() - 1), true);
        }
    }

    async fn look_up(&self, kept: Kept) -> Result<Moved, StoreError> {
        let (layout, name, _) = Self::layout(kept);
        let key = self.keys.encode(&RecordKey::Inode(FILE));
        let value = self.get(name, &key).await?;
        let read = (key.len() + value.len()) as u64;
        let far = InodeStore::new(Staged::default().with(key, value), self.keys, layout);
        far.attributes(FILE).map_err(corrupt)?;
        Ok(Moved { read, written: 0 })
    }
}

/// Whether all are there that must be; appends that were timed come on top.
fn complete(found: u64, infos: u64) -> Result<(), StoreError> {
    if found >= infos { Ok(()) } else { Err(corrupt(format_args!("{found} of {infos} chunk infos"))) }
}
