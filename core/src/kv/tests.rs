//! The smallest cases that show what is meant. `tests/models/kv.rs` has the rest.

use super::*;
use alloc::vec;
use alloc::vec::Vec;
use core::ops::ControlFlow;

fn txn(number: u64) -> Vec<u8> {
    TupleKey::new().str("txn").u64(number).into_bytes()
}

fn keys(kv: &MemKv, scan: &mut Scan, limit: PageLimit) -> (Vec<Vec<u8>>, bool) {
    let mut keys = Vec::new();
    let page = scan.page(kv, limit, |key, _| {
        keys.push(key.to_vec());
        ControlFlow::Continue(())
    });
    (keys, page.done)
}

#[test]
fn a_number_has_one_form_and_its_order() {
    assert_eq!(TupleKey::new().i64(7), TupleKey::new().u64(7));
    let ordered =
        [i64::MIN, -300, -1, 0, 1, 255, 256, i64::MAX].map(|number| TupleKey::new().i64(number).into_bytes());
    assert!(ordered.is_sorted());
    assert!(TupleKey::new().i64(i64::MAX) < TupleKey::new().u64(u64::MAX));
    let second_form = [&[0x11], 5_i64.to_be_bytes().as_slice()].concat();
    assert_eq!(TupleReader::new(&second_form).integer(), Err(DecodeError { at: 0, expected: "an integer" }));
}

#[test]
fn a_zero_byte_does_not_end_a_string() {
    let ordered = [&b""[..], b"\0", b"\0\0", b"\0a", b"\x01", b"a", b"a\0", b"a\0b", b"a\x01", b"b"];
    let keys = ordered.map(|bytes| TupleKey::new().bytes(bytes).i64(-1).into_bytes());
    assert!(keys.is_sorted());
    for (bytes, key) in ordered.iter().zip(&keys) {
        let mut reader = TupleReader::new(key);
        assert_eq!((reader.bytes(), reader.i64(), reader.is_done()), (Ok(bytes.to_vec()), Ok(-1), true));
    }
}

#[test]
fn a_wrong_element_is_named_and_not_passed() {
    let key = TupleKey::new().str("a").i64(-1);
    let mut reader = TupleReader::new(key.as_bytes());
    assert_eq!(reader.u64(), Err(DecodeError { at: 0, expected: "an integer" }));
    assert_eq!(reader.str().as_deref(), Ok("a"));
    assert_eq!(reader.u64(), Err(DecodeError { at: 4, expected: "an integer from 0 to 2^64 - 1" }));
    assert_eq!(reader.i64(), Ok(-1));
    assert_eq!(TupleReader::new(b"\x10a").bytes().map_err(|error| error.at), Err(0));
}

#[test]
fn a_scan_resumes_behind_the_last_key_of_its_page() {
    let mut kv = MemKv::new();
    let mut batch = WriteBatch::new();
    for number in [3, 4, 900] {
        batch.put(txn(number), b"v");
    }
    batch.put(TupleKey::new().str("txo"), b"v");
    kv.apply(&batch);
    let mut scan = Scan::prefix(TupleKey::new().str("txn"));
    assert_eq!(keys(&kv, &mut scan, PageLimit::keys(2)), (vec![txn(3), txn(4)], false));
    let mut more = WriteBatch::new();
    more.put(txn(4), b"behind us");
    more.put(txn(5), b"before us");
    kv.apply(&more);
    assert_eq!(keys(&kv, &mut scan, PageLimit::NONE), (vec![txn(5), txn(900)], true));
    assert!(scan.is_done());
    let used = kv.used();
    assert_eq!((used.scans, used.keys_read, used.commits, used.keys_written), (2, 4, 2, 6));
    let bytes = 15 * 4 + 1 + 1 + 9 + 1;
    assert_eq!(used.bytes_read, bytes, "six of a string, nine of a number, the values");
}

#[test]
fn who_reads_what_another_changed_is_refused() {
    let mut kv = MemKv::new();
    let (mut a, mut b) = (kv.begin(), kv.begin());
    assert_eq!((a.get(&kv, &txn(3)), b.get(&kv, &txn(3))), (None, None));
    a.put(txn(3), b"a");
    b.put(txn(4), b"b");
    assert_eq!(kv.commit(a), Ok(CommitVersion(1)));
    assert_eq!(b.get(&kv, &txn(3)), None, "one snapshot");
    let conflict = kv.commit(b).expect_err("it read what changed");
    assert_eq!(
        (conflict.key.clone(), conflict.changed_at, conflict.began_at),
        (txn(3), CommitVersion(1), CommitVersion(0))
    );
    assert_eq!(
        alloc::format!("{conflict}"),
        r#"conflict: a key read at 0 was changed at 1: "txn" 3 (run the transaction again)"#
    );
    assert_eq!((kv.get(&txn(4)), kv.open_count(), kv.former_count()), (None, 0, 0));
}

#[test]
fn a_key_that_comes_into_a_scanned_range_conflicts_behind_it_not() {
    for (number, refused) in [(1, true), (2, true), (3, false)] {
        let mut kv = MemKv::new();
        let mut batch = WriteBatch::new();
        batch.put(txn(2), b"");
        batch.put(txn(4), b"");
        kv.apply(&batch);
        let mut reader = kv.begin();
        let mut scan = Scan::prefix(TupleKey::new().str("txn"));
        reader.page(&kv, &mut scan, PageLimit::keys(1), |_, _| ControlFlow::Continue(()));
        reader.put(b"seen", b"");
        let mut batch = WriteBatch::new();
        batch.put(txn(number), b"new");
        kv.apply(&batch);
        assert_eq!(kv.commit(reader).is_err(), refused, "{number}");
    }
}

#[test]
fn additions_never_conflict() {
    let mut kv = MemKv::new();
    let (mut a, mut b) = (kv.begin(), kv.begin());
    a.add(b"rows", 5);
    b.add(b"rows", -2);
    assert_eq!(b.get_unchecked(&kv, b"rows"), Some((-2_i64).to_le_bytes().to_vec()));
    kv.commit(a).expect("blind");
    kv.commit(b).expect("blind");
    assert_eq!(kv.get(b"rows"), Some(3_i64.to_le_bytes().to_vec()));
}

#[test]
fn a_batch_comes_to_the_order_of_its_calls() {
    let mut kv = MemKv::new();
    let mut batch = WriteBatch::new();
    batch.put(b"a", b"1");
    batch.clear(KeyRange::prefix(b"a"));
    batch.put(b"ab", b"2");
    batch.add(b"ac", 1);
    batch.add(b"ac", 1);
    kv.apply(&batch);
    assert_eq!((kv.get(b"a"), kv.get(b"ab")), (None, Some(b"2".to_vec())));
    assert_eq!(kv.get(b"ac"), Some(2_i64.to_le_bytes().to_vec()));
    assert_eq!(kv.bytes(), 3 + 10);
}

#[test]
fn prefixes_of_ones_have_no_end() {
    assert_eq!(KeyRange::prefix(b"a\xff").end, Some(b"b".to_vec()));
    assert_eq!(KeyRange::prefix(b"\xff\xff").end, None);
    assert!(KeyRange::prefix(b"").contains(b"\xff\xff\xff"));
    assert!(KeyRange::new(b"b", b"a").is_empty());
}
