//! `MemKv` against copies of a map; tuple keys against tuples.

use crate::naive::{Change, Map, NaiveKv, NaiveTransaction};
use proptest::collection::vec;
use proptest::prelude::*;
use std::ops::ControlFlow;
use tabletop_core::kv::{
    Element, KeyRange, MemKv, Order, OrderedKv, PageLimit, Scan, Transaction, TupleKey, TupleReader,
    WriteBatch,
};

type Pairs = Vec<(Vec<u8>, Vec<u8>)>;

fn any_key() -> impl Strategy<Value = Vec<u8>> {
    vec(prop_oneof![Just(0_u8), Just(1), Just(255)], 1..3)
}

fn any_change() -> impl Strategy<Value = Change> {
    prop_oneof![
        3 => (any_key(), vec(0_u8..3, 0..4)).prop_map(|(key, value)| Change::Put(key, value)),
        1 => any_key().prop_map(Change::Delete),
        1 => (any_key(), any_key()).prop_map(|(start, end)| Change::Clear(start, end)),
        1 => (any_key(), -3_i64..4).prop_map(|(key, amount)| Change::Add(key, amount)),
    ]
}

#[derive(Clone, Debug)]
enum Op {
    Apply(Vec<Change>),
    Begin,
    /// The first number picks an open transaction.
    Get(usize, Vec<u8>),
    Page(usize, Vec<u8>, Vec<u8>, bool, u64),
    Change(usize, Change),
    Commit(usize),
    Abandon(usize),
    Store,
}

fn any_op() -> impl Strategy<Value = Op> {
    prop_oneof![
        3 => vec(any_change(), 0..4).prop_map(Op::Apply),
        2 => Just(Op::Begin),
        4 => (0_usize..4, any_key()).prop_map(|(which, key)| Op::Get(which, key)),
        4 => (0_usize..4, any_key(), any_key(), any::<bool>(), 1_u64..4)
            .prop_map(|(which, start, end, back, keys)| Op::Page(which, start, end, back, keys)),
        4 => (0_usize..4, any_change()).prop_map(|(which, change)| Op::Change(which, change)),
        2 => (0_usize..4).prop_map(Op::Commit),
        1 => (0_usize..4).prop_map(Op::Abandon),
        1 => Just(Op::Store),
    ]
}

fn put_in(change: &Change, batch: &mut WriteBatch) {
    match change.clone() {
        Change::Put(key, value) => batch.put(key, value),
        Change::Delete(key) => batch.delete(key),
        Change::Clear(start, end) => batch.clear(KeyRange::new(start, end)),
        Change::Add(key, amount) => batch.add(key, amount),
    }
}

fn put_in_transaction(change: &Change, transaction: &mut Transaction) {
    match change.clone() {
        Change::Put(key, value) => transaction.put(key, value),
        Change::Delete(key) => transaction.delete(key),
        Change::Clear(start, end) => transaction.clear(KeyRange::new(start, end)),
        Change::Add(key, amount) => transaction.add(key, amount),
    }
}

/// A range of a map, in an order.
fn naive_range(map: &Map, start: &[u8], end: &[u8], back: bool) -> Pairs {
    let inside = map.iter().filter(|(key, _)| key.as_slice() >= start && key.as_slice() < end);
    let mut found: Pairs = inside.map(|(key, value)| (key.clone(), value.clone())).collect();
    if back {
        found.reverse();
    }
    found
}

const fn order(back: bool) -> Order {
    if back { Order::Descending } else { Order::Ascending }
}

#[derive(Default)]
struct Pair {
    kv: MemKv,
    open: Vec<(Transaction, NaiveTransaction)>,
}

impl Pair {
    fn apply(&mut self, naive: &mut NaiveKv, op: &Op) {
        let count = self.open.len();
        match op {
            Op::Apply(changes) => {
                let mut batch = WriteBatch::new();
                for change in changes {
                    put_in(change, &mut batch);
                }
                self.kv.apply(&batch);
                // A batch that came to nothing is no commit; a copy more in the twin does no harm.
                naive.apply(changes);
            }
            Op::Begin => self.open.push((self.kv.begin(), naive.begin())),
            Op::Store => {
                let bytes = postcard::to_allocvec(&self.kv).expect("a store can be stored");
                let read: MemKv = postcard::from_bytes(&bytes).expect("and read again");
                assert_eq!(read, self.kv);
                self.kv = read;
                for (ours, _) in &mut self.open {
                    let bytes = postcard::to_allocvec(ours).expect("so can a transaction");
                    let read: Transaction = postcard::from_bytes(&bytes).expect("and read again");
                    assert_eq!(read, *ours);
                    *ours = read;
                }
            }
            _ if count == 0 => {}
            Op::Get(which, key) => {
                let (ours, theirs) = &mut self.open[which % count];
                assert_eq!(ours.get(&self.kv, key), naive.seen(theirs).get(key).cloned());
                // What it put there itself it did not read from the store.
                if !theirs.changes.iter().any(|change| hides(change, key)) {
                    theirs.read.push((key.clone(), Some(key.clone())));
                } else if let Some(Change::Add(..)) =
                    theirs.changes.iter().rev().find(|change| touches(change, key))
                {
                    theirs.read.push((key.clone(), Some(key.clone())));
                }
            }
            Op::Page(which, start, end, back, keys) => {
                let (ours, theirs) = &mut self.open[which % count];
                let expected = naive_range(&naive.seen(theirs), start, end, *back);
                let mut scan = Scan::new(KeyRange::new(start.clone(), end.clone()), order(*back));
                let mut got = Pairs::new();
                let page = ours.page(&self.kv, &mut scan, PageLimit::keys(*keys), |key, value| {
                    got.push((key.to_vec(), value.to_vec()));
                    ControlFlow::Continue(())
                });
                let shown = expected.len().min(*keys as usize);
                assert_eq!(got, expected[..shown]);
                assert_eq!((page.keys, page.done), (shown as u64, expected.len() < *keys as usize));
                let last = got.last().map(|(key, _)| key.clone());
                theirs.read.push(match (last, page.done, back) {
                    (Some(last), false, false) => (start.clone(), Some(last)),
                    (Some(last), false, true) => (last, Some(before(end))),
                    _ => (start.clone(), Some(before(end))),
                });
            }
            Op::Change(which, change) => {
                let (ours, theirs) = &mut self.open[which % count];
                put_in_transaction(change, ours);
                theirs.changes.push(change.clone());
            }
            Op::Commit(which) => {
                let (ours, theirs) = self.open.remove(which % count);
                let wrote = !ours.batch().is_empty();
                let committed = self.kv.commit(ours).is_ok();
                if wrote {
                    assert_eq!(committed, naive.commit(&theirs));
                } else {
                    assert!(committed, "nothing was written");
                }
            }
            Op::Abandon(which) => {
                let (ours, _) = self.open.remove(which % count);
                self.kv.abandon(ours);
            }
        }
        let now = naive.now();
        let bytes: usize = now.iter().map(|(key, value)| key.len() + value.len()).sum();
        assert_eq!((self.kv.len(), self.kv.bytes()), (now.len(), bytes as u64));
        assert_eq!(self.kv.open_count(), self.open.len() as u64);
        if self.open.is_empty() {
            assert_eq!(self.kv.former_count(), 0);
        }
    }
}

/// The last key before an end, good enough for keys of at most two bytes: all that lies before it.
fn before(end: &[u8]) -> Vec<u8> {
    let mut last = end.to_vec();
    if let Some(byte) = last.pop()
        && byte > 0
    {
        last.extend([byte - 1, u8::MAX, u8::MAX]);
    }
    last
}

fn touches(change: &Change, key: &[u8]) -> bool {
    match change {
        Change::Put(other, _) | Change::Delete(other) | Change::Add(other, _) => other == key,
        Change::Clear(start, end) => start.as_slice() <= key && key < end.as_slice(),
    }
}

/// Whether what the store holds does not matter any more.
fn hides(change: &Change, key: &[u8]) -> bool {
    touches(change, key) && !matches!(change, Change::Add(..))
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn a_store_with_snapshots_is_copies_of_a_map(ops in vec(any_op(), 1..40), back in any::<bool>()) {
        let (mut pair, mut naive) = (Pair::default(), NaiveKv::new());
        for op in &ops {
            pair.apply(&mut naive, op);
        }
        let mut scan = Scan::new(KeyRange::default(), order(back));
        let mut got = Pairs::new();
        while !scan.is_done() {
            scan.page(&pair.kv, PageLimit::keys(2), |key, value| {
                got.push((key.to_vec(), value.to_vec()));
                ControlFlow::Continue(())
            });
        }
        prop_assert_eq!(got, naive_range(naive.now(), &[], &[255; 4], back));
    }

    #[test]
    fn keys_are_ordered_as_their_tuples(one in any_tuple(), other in any_tuple()) {
        let (first, second) = (key_of(&one), key_of(&other));
        prop_assert_eq!(first.cmp(&second), one.cmp(&other));
        prop_assert_eq!(KeyRange::prefix(first.clone()).contains(&second), other.starts_with(&one));
        prop_assert_eq!(TupleReader::elements(&first), Ok(one));
    }

    #[test]
    fn any_bytes_are_a_tuple_or_are_refused(bytes in vec(any_byte(), 0..30)) {
        if let Ok(elements) = TupleReader::elements(&bytes) {
            prop_assert_eq!(key_of(&elements), bytes);
        }
    }
}

fn any_byte() -> impl Strategy<Value = u8> {
    prop_oneof![Just(0_u8), Just(1), Just(0x10), Just(0x11), Just(0x12), Just(255), any::<u8>()]
}

fn any_element() -> impl Strategy<Value = Element> {
    prop_oneof![
        vec(prop_oneof![Just(0_u8), Just(1), Just(2), Just(255)], 0..4).prop_map(Element::Bytes),
        (-3_i64..4).prop_map(|number| Element::Integer(number.into())),
        any::<i64>().prop_map(|number| Element::Integer(number.into())),
        any::<u64>().prop_map(|number| Element::Integer(number.into())),
    ]
}

fn any_tuple() -> impl Strategy<Value = Vec<Element>> {
    vec(any_element(), 0..4)
}

fn key_of(elements: &[Element]) -> Vec<u8> {
    let key = elements.iter().fold(TupleKey::new(), |key, element| match element {
        Element::Bytes(bytes) => key.bytes(bytes),
        Element::Integer(number) => match i64::try_from(*number) {
            Ok(number) => key.i64(number),
            Err(_) => key.u64(u64::try_from(*number).expect("integers are at most 2^64 - 1")),
        },
    });
    key.into_bytes()
}
