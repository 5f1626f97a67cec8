//! What every store keeps to, written once. A harness opens it, harms it and makes it fail.

use super::builders::{Played, assert_same, entries};
use tabletop_core::record::{BranchLog, RunFile};
use tabletop_web::protocol::RunId;
use tabletop_web::store::{Condition, Disk, RunStore, SaveBatch, Store, StoreError, Tail, Write};

/// How the next save fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The request itself is refused for want of room.
    NoRoom,
    /// Every request succeeds, and then the transaction aborts.
    Abort,
    /// The same for want of room.
    NoRoomAtTheEnd,
}

/// One kind of store.
pub(crate) trait Harness {
    /// What it stands on.
    type Disk: Disk;
    /// The store as the page finds it after a reload; the handle before is dropped by then.
    async fn open(&mut self) -> Store<Self::Disk>;
    /// What a second tab gets while another handle writes.
    async fn second_tab(&mut self) -> Store<Self::Disk>;
    /// Changes bytes behind the store's back.
    async fn tamper(&mut self, store: &mut Store<Self::Disk>, run: RunId, write: Write);
    /// Makes saves fail until [`mend`](Self::mend).
    fn fail(&mut self, store: &mut Store<Self::Disk>, failure: Failure);
    /// They succeed again.
    fn mend(&mut self);
}

type Tab<H> = Store<<H as Harness>::Disk>;

async fn save<D: Disk>(store: &mut Store<D>, run: RunId, played: &mut Played) {
    let saved = store.append(run, played.batch(), false).await.expect("saved");
    assert!(saved.bytes > 1_000, "the configuration alone has so many");
    played.acknowledge();
}

async fn load<D: Disk>(store: &mut Store<D>, run: RunId) -> Played {
    let stored = store.load(run).await.expect("loaded");
    assert_eq!(stored.cut, None);
    Played::from_stored(stored)
}

async fn created<D: Disk>(store: &mut Store<D>, to: u64) -> (RunId, Played) {
    let run = store.new_run().await.expect("an id");
    let mut played = Played::new("run", None);
    played.play(0, to);
    save(store, run, &mut played).await;
    (run, played)
}

/// What is saved is there after a reload, in whatever pieces it was saved.
pub(crate) async fn goes_round<H: Harness>(mut harness: H) {
    let mut store: Tab<H> = harness.open().await;
    assert!(store.condition().writes());
    assert_eq!(store.list().await, Ok(Vec::new()));
    let run = store.new_run().await.expect("an id");
    let mut played = Played::new("the incident", Some(b"pasted text"));
    save(&mut store, run, &mut played).await;
    for to in [1, 2, 300, 511, 512, 513, 1_300] {
        played.play(0, to);
        save(&mut store, run, &mut played).await;
    }
    played.fork(0, 700);
    played.play(1, 720);
    played.fork(1, 710);
    played.play(2, 1_400);
    played.play(0, 1_310);
    let saved = store.append(run, played.batch(), true).await.expect("saved");
    played.acknowledge();
    drop(store);

    let mut store = harness.open().await;
    let stored = store.load(run).await.expect("loaded");
    assert_same(&stored, &played);
    assert_eq!(stored.bytes, saved.bytes);
    let mut again = Played::from_stored(stored);
    again.play(2, 1_401);
    again.play(0, 1_600);
    save(&mut store, run, &mut again).await;
    drop(store);

    let mut store = harness.open().await;
    assert_same(&store.load(run).await.expect("loaded"), &again);
    let list = store.list().await.expect("listed");
    assert_eq!(list.len(), 1);
    assert_eq!((list[0].id, list[0].name.as_str(), list[0].branches), (run, "the incident", 3));
    assert_eq!((list[0].steps, list[0].imported, list[0].trashed), (16_000, true, false));
    // Out as a file and in as another run: the same bytes.
    let file = again.file.encode().expect("packed");
    let copy = store.new_run().await.expect("an id");
    assert_ne!(copy, run);
    let RunFile { header, branches, original } = RunFile::decode(&file).expect("unpacked");
    let tails = branches.into_iter().map(|it| Tail { branch: it.branch, from: 0, entries: it.entries });
    let batch = SaveBatch { header: &header, tails: tails.collect(), original: original.as_deref() };
    store.append(copy, batch, true).await.expect("saved");
    drop(store);
    let mut store = harness.open().await;
    assert_eq!(load(&mut store, copy).await.file.encode().expect("packed"), file);
}

/// A save that fails says so, stores nothing, and may be sent again.
pub(crate) async fn a_failed_save_stores_nothing<H: Harness>(mut harness: H) {
    for failure in [Failure::NoRoom, Failure::Abort, Failure::NoRoomAtTheEnd] {
        let mut store: Tab<H> = harness.open().await;
        let (run, mut played) = created(&mut store, 600).await;
        let before = played.clone();
        played.fork(0, 100);
        played.play(1, 101);
        played.play(0, 1_200);
        harness.fail(&mut store, failure);
        let error = store.append(run, played.batch(), false).await.expect_err("it fails");
        harness.mend();
        match failure {
            Failure::Abort => assert!(matches!(error, StoreError::Aborted { .. }), "{error}"),
            Failure::NoRoom | Failure::NoRoomAtTheEnd => assert!(error.is_quota(), "{error}"),
        }
        let mut reader = harness.second_tab().await;
        assert_same(&reader.load(run).await.expect("loaded"), &before);
        save(&mut store, run, &mut played).await;
        assert_same(&reader.load(run).await.expect("loaded"), &played);
        drop((store, reader));
        // A run whose first save fails is not there at all.
        let mut store = harness.open().await;
        let fresh = store.new_run().await.expect("an id");
        let mut played = Played::new("second", None);
        played.play(0, 3);
        harness.fail(&mut store, failure);
        store.append(fresh, played.batch(), false).await.expect_err("it fails");
        harness.mend();
        assert_eq!(store.load(fresh).await, Err(StoreError::NoSuchRun(fresh)));
        save(&mut store, fresh, &mut played).await;
    }
}

/// Who is taken over stores nothing more; who takes over sees all that was saved.
pub(crate) async fn a_fenced_writer_stores_nothing<H: Harness>(mut harness: H) {
    let mut first: Tab<H> = harness.open().await;
    let (run, mut played) = created(&mut first, 20).await;
    let mut second = harness.second_tab().await;
    assert_eq!(second.condition(), Condition::ReadOnly);
    let mut copy = load(&mut second, run).await;
    copy.play(0, 21);
    assert_eq!(second.append(run, copy.batch(), false).await, Err(StoreError::ReadOnly));
    assert_eq!(second.rename(run, "mine").await, Err(StoreError::ReadOnly));
    played.play(0, 25);
    save(&mut first, run, &mut played).await;

    second.take_over().await.expect("taken over");
    assert!(second.condition().writes());
    let before = played.clone();
    played.play(0, 30);
    assert_eq!(first.append(run, played.batch(), false).await, Err(StoreError::Fenced));
    assert_eq!(first.condition(), Condition::Fenced);
    assert_eq!(first.trash(run).await, Err(StoreError::Fenced));
    assert_eq!(first.set_last_opened(run).await, Err(StoreError::Fenced));

    // The copy was read before the first tab's last save: it must not be written over.
    assert_eq!(second.append(run, copy.batch(), false).await, Err(StoreError::Stale(run)));
    let stored = second.load(run).await.expect("loaded");
    assert_same(&stored, &before);
    let mut copy = Played::from_stored(stored);
    copy.play(0, 40);
    save(&mut second, run, &mut copy).await;

    // And back again.
    first.take_over().await.expect("taken over");
    assert_eq!(first.append(run, played.batch(), false).await, Err(StoreError::Stale(run)));
    assert_same(&first.load(run).await.expect("loaded"), &copy);
    copy.play(0, 41);
    assert_eq!(second.append(run, copy.batch(), false).await, Err(StoreError::Fenced));
}

/// A bad tail is cut off, reported once, kept, and never written over.
pub(crate) async fn a_bad_tail_is_cut_and_kept<H: Harness>(mut harness: H) {
    let mut store: Tab<H> = harness.open().await;
    let (run, mut played) = created(&mut store, 1_500).await;
    played.fork(0, 1_200);
    played.play(1, 1_210);
    played.fork(0, 100);
    played.play(2, 105);
    save(&mut store, run, &mut played).await;
    let header = &played.file.header;
    let log = BranchLog::new(header.root(), header.lab, 0);
    let mut bytes = log.append(&entries(0, 1_500)).expect("packed").segments.remove(1).1;
    bytes[500] ^= 1;
    let segment = Write::Segment { branch: 0, segment: 1, bytes: bytes.clone() };
    harness.tamper(&mut store, run, segment).await;

    // A reader reports and changes nothing.
    let mut reader = harness.second_tab().await;
    assert!(reader.load(run).await.expect("loaded").cut.is_some());
    assert_eq!(reader.trash_pieces(run).await, Ok(Vec::new()));
    drop((store, reader));

    let mut store = harness.open().await;
    let stored = store.load(run).await.expect("loaded");
    let cut = stored.cut.clone().expect("a cut");
    assert_eq!((cut.kept, cut.branch, cut.dropped.as_slice(), cut.segments), (517, 0, &[1][..], 3));
    assert!(cut.why.contains("CRC"), "{}", cut.why);
    assert_eq!(stored.branches[0].entries, entries(0, 512));
    let ids: Vec<u32> = stored.header.branches.iter().map(|branch| branch.id).collect();
    assert_eq!(ids, [0, 2]);
    assert_eq!(stored.header.branches[0].head_digest, stored.branches[0].entries.last().map(|it| it.digest));
    let pieces = store.trash_pieces(run).await.expect("kept");
    let places: Vec<_> = pieces.iter().map(|piece| (piece.branch, piece.segment)).collect();
    assert_eq!(places, [(None, 0), (Some(0), 1), (Some(0), 2), (Some(1), 0)]);
    assert_eq!(pieces[1].bytes, bytes);

    // Play goes on from the cut; the next reading is whole and the pieces are still there.
    let mut again = Played::from_stored(stored);
    again.play(0, 600);
    save(&mut store, run, &mut again).await;
    drop(store);
    let mut store = harness.open().await;
    assert_same(&store.load(run).await.expect("loaded"), &again);
    assert_eq!(store.trash_pieces(run).await, Ok(pieces));

    // The tail gone altogether, twice: the pieces of each cut stand side by side.
    harness.tamper(&mut store, run, Write::DropSegment { branch: 0, segment: 1 }).await;
    let cut = store.load(run).await.expect("loaded").cut.expect("a cut");
    assert!(cut.why.contains("missing"), "{}", cut.why);
    assert_eq!(store.trash_pieces(run).await.expect("kept").len(), 5);
    assert_eq!(store.load(run).await.expect("loaded").cut, None);
}

/// Damage that leaves no run refuses it and leaves its bytes; the other runs are not touched.
pub(crate) async fn what_cannot_be_read_is_left_alone<H: Harness>(mut harness: H) {
    let mut store: Tab<H> = harness.open().await;
    let (good, _) = created(&mut store, 5).await;
    let (run, played) = created(&mut store, 600).await;
    let header = &played.file.header;
    let log = BranchLog::new(header.root(), header.lab, 0);
    let whole = log.append(&entries(0, 600)).expect("packed").segments;
    let mut newer = whole[0].1.clone();
    newer[4] = 9;
    harness.tamper(&mut store, run, Write::Segment { branch: 0, segment: 0, bytes: newer }).await;
    assert_eq!(store.load(run).await, Err(StoreError::NewerFormat { found: 9 }));
    let bytes = whole[0].1.clone();
    harness.tamper(&mut store, run, Write::Segment { branch: 0, segment: 0, bytes }).await;
    assert_same(&store.load(run).await.expect("nothing was cut"), &played);

    harness.tamper(&mut store, run, Write::Config(vec![8; 1_000])).await;
    assert!(matches!(store.load(run).await, Err(StoreError::Damaged { .. })));
    harness.tamper(&mut store, run, Write::Config(vec![9; 1_000])).await;
    assert_same(&store.load(run).await.expect("loaded"), &played);

    harness.tamper(&mut store, run, Write::Record(b"TTrr\x02\0\0\0....".to_vec())).await;
    assert_eq!(store.load(run).await, Err(StoreError::NewerFormat { found: 2 }));
    harness.tamper(&mut store, run, Write::Record(b"nonsense".to_vec())).await;
    assert!(matches!(store.load(run).await, Err(StoreError::Damaged { .. })));
    assert!(store.append(run, played.batch(), false).await.is_err(), "what was not read is not added to");
    let list = store.list().await.expect("listed");
    assert_eq!(list.len(), 2);
    assert!(list[1].name.contains("damaged"), "{}", list[1].name);
    assert_eq!(list[0].id, good);
    assert!(store.load(good).await.is_ok());
    assert_ne!(store.new_run().await, Ok(run));
}

/// A damaged original is absent; the run plays on.
pub(crate) async fn a_damaged_original_is_absent<H: Harness>(mut harness: H) {
    let mut store: Tab<H> = harness.open().await;
    let run = store.new_run().await.expect("an id");
    let mut played = Played::new("import", Some(b"pasted"));
    played.play(0, 4);
    save(&mut store, run, &mut played).await;
    harness.tamper(&mut store, run, Write::Original(b"Pasted".to_vec())).await;
    let stored = store.load(run).await.expect("loaded");
    assert_eq!((stored.original, stored.cut), (None, None));
    played.play(0, 5);
    save(&mut store, run, &mut played).await;
}

/// Names, trash and the run opened last outlive a reload.
pub(crate) async fn runs_are_named_trashed_and_restored<H: Harness>(mut harness: H) {
    let mut store: Tab<H> = harness.open().await;
    let (run, mut played) = created(&mut store, 5).await;
    assert_eq!(store.last_opened().await, Ok(None));
    store.set_last_opened(run).await.expect("remembered");
    store.rename(run, "named").await.expect("renamed");
    store.trash(run).await.expect("trashed");
    // It may still be saved; that does not take it out.
    played.file.header.name = "named".into();
    played.play(0, 6);
    save(&mut store, run, &mut played).await;
    drop(store);
    let mut store = harness.open().await;
    let list = store.list().await.expect("listed");
    assert_eq!((list[0].name.as_str(), list[0].trashed), ("named", true));
    assert_eq!(store.last_opened().await, Ok(Some(run)));
    store.restore(run).await.expect("restored");
    let stored = store.load(run).await.expect("loaded");
    assert!(!stored.trashed);
    assert_same(&stored, &played);
    assert_eq!(store.rename(RunId(99), "x").await, Err(StoreError::NoSuchRun(RunId(99))));
}

/// A batch that does not fit what is stored is refused before anything is written.
pub(crate) async fn a_batch_that_does_not_fit_is_refused<H: Harness>(mut harness: H) {
    let mut store: Tab<H> = harness.open().await;
    let (run, played) = created(&mut store, 5).await;
    let refuse = async |store: &mut Tab<H>, batch: SaveBatch<'_>| {
        store.append(run, batch, false).await.expect_err("refused")
    };
    let mut next = played.clone();
    next.play(0, 7);
    let tails = vec![Tail { branch: 0, from: 6, entries: entries(6, 7) }];
    let gap = SaveBatch { tails, ..next.batch() };
    assert_eq!(refuse(&mut store, gap).await, StoreError::Gap { branch: 0, stored: 5, from: 6 });
    let count = SaveBatch { tails: Vec::new(), ..next.batch() };
    assert!(matches!(refuse(&mut store, count).await, StoreError::Batch(_)));
    let mut other = next.clone();
    other.file.header.seed = 43;
    assert!(matches!(refuse(&mut store, other.batch()).await, StoreError::Batch(_)));
    let mut backwards = next.clone();
    backwards.file.branches[0].entries[6].after = 3;
    assert!(matches!(refuse(&mut store, backwards.batch()).await, StoreError::Unpackable(_)));
    save(&mut store, run, &mut next).await;
    assert_same(&store.load(run).await.expect("loaded"), &next);
    // A run made up under an id that is taken.
    drop(store);
    let mut store = harness.open().await;
    let mut fresh = Played::new("other", None);
    fresh.play(0, 2);
    assert_eq!(store.append(run, fresh.batch(), false).await, Err(StoreError::Stale(run)));
    assert_same(&store.load(run).await.expect("loaded"), &next);
}
