//! The map against the standard one.

use super::*;
use crate::base::Rng;
use crate::kv::TupleKey;
use alloc::collections::BTreeMap;
use core::ops::Bound;

/// Keys as the meta-service has them, and some that share nothing, end early or are empty.
fn any_key(rng: &mut Rng, many: u64) -> Vec<u8> {
    let number = rng.below(many);
    let key = match rng.below(10) {
        0 => return (0..rng.below(4)).map(|_| [0, 1, 255][rng.below(3) as usize]).collect(),
        1 | 2 => TupleKey::new().str("stats").str("i").u64(number / 8).u64(1).u64(number),
        3 => TupleKey::new().str("stats").str("i").u64(number / 8).u64(1).u64(number).str("rows"),
        // Alike for more bytes than blocks are told apart by.
        4 => TupleKey::new().str(&"long".repeat(17)).u64(number),
        _ => TupleKey::new().str("meta").str("i").str("rowset").u64(number / 3).i64(rng.below(5) as i64 - 1),
    };
    key.into_bytes()
}

fn check(ours: &SortedBytes, theirs: &BTreeMap<Vec<u8>, Vec<u8>>, rng: &mut Rng, many: u64) {
    let as_slices = |(key, value): (&Vec<u8>, &Vec<u8>)| (key.clone(), value.clone());
    let owned = |(key, value): (&[u8], &[u8])| (key.to_vec(), value.to_vec());
    assert_eq!(ours.len(), theirs.len());
    assert!(ours.begin.iter().copied().eq(ours.blocks.iter().map(|block| beginning(&block.lows[0]))));
    assert!(ours.iter().map(owned).eq(theirs.iter().map(as_slices)));
    assert!(ours.before(None).map(owned).eq(theirs.iter().rev().map(as_slices)));
    for _ in 0..20 {
        let key = any_key(rng, many);
        assert!(ours.from(&key).map(owned).eq(theirs.range(key.clone()..).map(as_slices)));
        let before = (Bound::Unbounded, Bound::Excluded(key.clone()));
        assert!(ours.before(Some(&key)).map(owned).eq(theirs.range(before).rev().map(as_slices)));
    }
    let bytes = postcard::to_allocvec(ours).expect("plain data");
    assert_eq!(bytes, postcard::to_allocvec(theirs).expect("plain data"));
    assert_eq!(&postcard::from_bytes::<SortedBytes>(&bytes).expect("just written"), ours);
}

#[test]
fn does_what_the_standard_map_does() {
    for (seed, many) in [(1, 40), (2, 1_000), (3, 30_000)] {
        let mut rng = Rng::new(seed);
        let (mut ours, mut theirs) = (SortedBytes::default(), BTreeMap::new());
        // It grows, stays, and shrinks to nothing.
        for (rounds, put) in [(30_000, 8), (10_000, 5), (60_000, 1)] {
            for _ in 0..rounds {
                let key = any_key(&mut rng, many);
                let new: Option<Vec<u8>> =
                    (rng.below(10) < put).then(|| (0..rng.below(9)).map(|_| rng.below(3) as u8).collect());
                assert_eq!(ours.get(&key), theirs.get(&key).map(Vec::as_slice));
                let mut seen = None;
                ours.change(&key, |old| {
                    seen = old.map(<[u8]>::to_vec);
                    new.clone()
                });
                let old = match new {
                    Some(value) => theirs.insert(key, value),
                    None => theirs.remove(&key),
                };
                assert_eq!(seen, old);
            }
            check(&ours, &theirs, &mut rng, many);
        }
        for key in theirs.keys().cloned().collect::<Vec<_>>() {
            ours.change(&key, |_| None::<Vec<u8>>);
        }
        assert!(ours.is_empty() && ours.blocks.is_empty());
    }
}

#[test]
fn keys_in_order_fill_their_pages() {
    let mut map = SortedBytes::default();
    for number in 0..20_000 {
        map.change(TupleKey::new().str("txn").u64(number).as_bytes(), |_| Some([]));
    }
    let pages: usize = map.blocks.iter().map(|block| block.pages.len()).sum();
    assert!(pages <= 20_000 / ENTRIES + 1, "{pages}");
    assert!(map.blocks.len() <= pages / PAGES + 1, "{}", map.blocks.len());
}

#[test]
fn kinds_that_share_a_block_are_split_like_any_others() {
    // The first key is of no kind, so its block takes all.
    let (mut ours, mut theirs) = (SortedBytes::default(), BTreeMap::new());
    let mut rng = Rng::new(3);
    for number in 0..40_000 {
        let name = ["a", "b", "c", "d"][rng.below(4) as usize];
        let key =
            if number == 0 { TupleKey::new() } else { TupleKey::new().str(name).u64(rng.below(20_000)) };
        ours.change(key.as_bytes(), |_| Some([1]));
        theirs.insert(key.into_bytes(), alloc::vec![1]);
    }
    assert!(ours.blocks.len() > 4, "{}", ours.blocks.len());
    check(&ours, &theirs, &mut rng, 1_000);
    for key in theirs.keys() {
        assert!(ours.get(key).is_some());
        ours.change(key, |_| None::<Vec<u8>>);
    }
    assert!(ours.is_empty());
}

#[test]
fn compares_as_slices_do() {
    let mut rng = Rng::new(7);
    for _ in 0..50_000 {
        let mut one = || -> Vec<u8> {
            let length = rng.below(20);
            (0..length).map(|_| [0, 1, 255][(rng.below(40) / 19) as usize]).collect()
        };
        let (a, b) = (one(), one());
        assert_eq!(compare(&a, &b), a.cmp(&b), "{a:?} {b:?}");
        let same = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
        assert_eq!(shared(&a, &b), same);
    }
}
