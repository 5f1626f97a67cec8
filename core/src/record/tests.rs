//! Codecs go round, and any bytes are answered with an error.

use super::codec::crc32;
use super::*;
use crate::base::Rng;
use alloc::format;
use alloc::string::String;
use alloc::vec;
use proptest::prelude::*;

fn entries(count: u64, command: usize) -> Vec<Entry> {
    let mut rng = Rng::new(count ^ 7);
    let (mut after, mut at) = (0, 0);
    (0..count)
        .map(|index| {
            after += rng.below(300);
            at += rng.below(2_000_000);
            let command = (0..command).map(|_| rng.next_u64() as u8).collect();
            let entry = Entry { after, at: SimTime(at), command, digest: Digest(rng.next_u64()) };
            after += 1;
            assert!(entry.after >= index);
            entry
        })
        .collect()
}

fn record(id: u32, parent: Option<(u32, u64)>, entries: &[Entry]) -> BranchRecord {
    let fork = parent.map_or(0, |(_, step)| step);
    BranchRecord {
        id,
        name: format!("branch {id}"),
        parent,
        fork_time: SimTime(fork),
        head_step: entries.last().map_or(fork, |last| last.after + 9),
        head_time: entries.last().map_or(SimTime(fork), |last| last.at),
        head_digest: Some(Digest(11)),
        entries: entries.len() as u64,
    }
}

/// `main` with `count` entries, and a branch that left it at step 100.
fn run(count: u64, original: Option<&[u8]>) -> RunFile {
    let main = entries(count, 12);
    let side: Vec<Entry> = entries(40, 3).into_iter().filter(|entry| entry.after >= 100).collect();
    let header = RunHeader {
        lab: 1,
        name: String::from("the incident"),
        scenario: String::from("incident"),
        seed: 42,
        config: vec![1, 2, 3],
        branches: vec![record(0, None, &main), record(1, Some((0, 100)), &side)],
        markers: vec![MarkerRecord { branch: 1, step: 120, time: SimTime(5), name: String::from("here") }],
        cursor: Cursor { branch: 1, step: 130, time: SimTime(6) },
        created_unix_ms: 1_700_000_000_000,
        saved_unix_ms: 1_700_000_000_001,
        original: original.map(ImportId::of),
        beside: None,
    };
    let branches =
        vec![BranchEntries { branch: 0, entries: main }, BranchEntries { branch: 1, entries: side }];
    RunFile { header, branches, original: original.map(<[u8]>::to_vec) }
}

fn log() -> BranchLog {
    BranchLog::new(Digest(3), 1, 0)
}

fn read(segments: &[Vec<u8>]) -> Reading {
    read_branch(log(), segments.iter().map(Vec::as_slice))
}

#[test]
fn the_crc_is_the_one_everybody_computes() {
    assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    for entry in entries(64, 97) {
        assert_eq!(crc32(&entry.command), crc32fast::hash(&entry.command));
    }
}

#[test]
fn boundaries_do_not_depend_on_how_it_was_saved() {
    let all = entries(1_300, 5);
    let at_once = log().append(&all).unwrap();
    assert_eq!(at_once.segments.len(), 3);
    let (mut log, mut stored) = (log(), vec![Vec::new(); 3]);
    for piece in all.chunks(7) {
        let appended = log.append(piece).unwrap();
        for (number, bytes) in appended.segments {
            stored[number as usize] = bytes;
        }
        log = appended.log;
        assert_eq!(log.bytes(), stored.iter().map(|bytes| bytes.len() as u64).sum::<u64>());
    }
    assert_eq!(log, at_once.log);
    assert!(at_once.segments.iter().map(|(_, bytes)| bytes).eq(&stored));
    let reading = read(&stored);
    assert_eq!(reading, Reading { log, entries: all, fault: None });
}

#[test]
fn long_commands_fill_a_segment() {
    let all = entries(10, SEGMENT_BYTES_FULL / 2);
    let segments: Vec<Vec<u8>> = log().append(&all).unwrap().segments.into_iter().map(|it| it.1).collect();
    assert_eq!(segments.len(), 5);
    assert_eq!(read(&segments).entries, all);
}

#[test]
fn a_fault_is_named_and_what_is_before_it_is_kept() {
    let all = entries(1_300, 5);
    let whole: Vec<Vec<u8>> = log().append(&all).unwrap().segments.into_iter().map(|it| it.1).collect();
    let mut flipped = whole.clone();
    flipped[1][100] ^= 4;
    let reading = read(&flipped);
    assert!(matches!(reading.fault, Some(Fault { segment: 1, error: SegmentError::Crc { .. } })));
    assert_eq!(reading.entries, all[..512]);
    // The log stands so that the next save takes the place of what was cut.
    assert_eq!(reading.log.append(&all[512..]).unwrap().segments[0].1, whole[0]);
    let without_middle = vec![whole[0].clone(), whole[2].clone()];
    let place = SegmentError::Place { expected: 512, found: 1_024 };
    assert_eq!(read(&without_middle).fault, Some(Fault { segment: 1, error: place }));
    // Another history of the same length in front: whole, in place, and yet not of this run.
    let other: Vec<Vec<u8>> =
        log().append(&entries(1_300, 6)).unwrap().segments.into_iter().map(|it| it.1).collect();
    let spliced = vec![other[0].clone(), whole[1].clone()];
    assert!(matches!(
        read(&spliced).fault,
        Some(Fault { segment: 1, error: SegmentError::Chain { .. } | SegmentError::Order { .. } })
    ));
    let another_run = read_branch(BranchLog::new(Digest(4), 1, 0), whole.iter().map(Vec::as_slice));
    assert!(matches!(another_run.fault, Some(Fault { segment: 0, error: SegmentError::Chain { .. } })));
}

#[test]
fn a_newer_format_is_refused_by_number() {
    let mut segment = log().append(&entries(3, 5)).unwrap().segments.remove(0).1;
    segment[4] = 2;
    assert_eq!(decode_segment(&segment), Err(SegmentError::NewerFormat { found: 2 }));
    let file = run(3, None);
    let mut header = file.header.encode().unwrap();
    header[5] = 1;
    assert_eq!(RunHeader::decode(&header), Err(RecordError::NewerFormat { found: 257 }));
    let mut bytes = file.encode().unwrap();
    bytes[4..8].copy_from_slice(&9_u32.to_le_bytes());
    assert_eq!(RunFile::decode(&bytes), Err(RecordError::NewerFormat { found: 9 }));
    bytes[4..8].copy_from_slice(&0_u32.to_le_bytes());
    assert_eq!(RunFile::decode(&bytes), Err(RecordError::UnknownFormat { found: 0 }));
}

#[test]
fn a_comparison_is_packed_behind_a_header_that_stays_what_it_was() {
    let mut header = run(3, None).header;
    let alone = header.encode().unwrap();
    header.beside = Some(0);
    let compared = header.encode().unwrap();
    assert_eq!(compared[..alone.len() - 4], alone[..alone.len() - 4]);
    assert_eq!(RunHeader::decode(&compared).unwrap(), header);
    assert_eq!(RunHeader::decode(&alone).unwrap().beside, None);
    header.beside = Some(7);
    assert_eq!(header.encode(), Err(RecordError::Header("the branch compared with is not there")));
    // Branch 1 left at step 100; a cut before that drops it, and the comparison with it.
    header.beside = Some(1);
    assert_eq!(header.cut(0, 1, None).unwrap(), [1]);
    assert_eq!(header.beside, None);
}

#[test]
fn entries_out_of_order_are_refused() {
    let mut all = entries(4, 5);
    all[3].after = all[2].after;
    assert_eq!(log().append(&all).unwrap_err(), SegmentError::Order { entry: 3 });
    let mut all = entries(4, 5);
    all[1].at = SimTime(0);
    all[0].at = SimTime(1);
    assert_eq!(log().append(&all).unwrap_err(), SegmentError::Order { entry: 1 });
    let long = Entry { command: vec![0; COMMAND_BYTES_MAX + 1], ..all[0].clone() };
    assert!(matches!(log().append(&[long]), Err(SegmentError::CommandBytes { .. })));
}

#[test]
fn a_run_goes_round_byte_for_byte() {
    for (count, original) in [(0, None), (1, Some(&b"{}"[..])), (1_300, Some(&[][..]))] {
        let file = run(count, original);
        let bytes = file.encode().unwrap();
        let again = RunFile::decode(&bytes).unwrap();
        assert_eq!(again, file);
        assert_eq!(again.encode().unwrap(), bytes);
    }
}

#[test]
fn a_file_that_contradicts_itself_is_refused() {
    let mut file = run(10, Some(b"text"));
    file.original = Some(b"tex".to_vec());
    assert_eq!(file.encode(), Err(RecordError::Original));
    let mut file = run(10, None);
    file.header.branches[1].parent = Some((7, 3));
    assert!(matches!(file.encode(), Err(RecordError::Header(_))));
    let mut file = run(10, None);
    file.header.branches[0].head_step = 1;
    assert!(matches!(file.encode(), Err(RecordError::Header(_))));
}

#[test]
fn a_cut_takes_what_stood_on_it() {
    let file = run(1_300, None);
    let mut header = file.header.clone();
    let last = &file.branches[0].entries[511];
    assert_eq!(header.cut(0, 512, Some(last)).unwrap(), [], "the branch left before the cut");
    let main = &header.branches[0];
    assert_eq!((main.entries, main.head_step, main.head_digest), (512, last.after + 1, Some(last.digest)));
    assert_eq!(header.cursor, file.header.cursor);
    assert_eq!(header.cut(0, 0, None).unwrap(), [1], "now it did not");
    assert_eq!(header.cursor, Cursor::default());
    assert!(header.markers.is_empty());
    assert!(header.encode().is_ok());
}

/// Mends the CRC, so that a mutation reaches the parser behind it.
fn mend(bytes: &mut [u8]) {
    if let Some(body) = bytes.len().checked_sub(4) {
        let crc = crc32(&bytes[..body]);
        bytes[body..].copy_from_slice(&crc.to_le_bytes());
    }
}

/// Flips, cuts, repeats and overwrites; half of the time with a CRC that is right.
fn mutate(rng: &mut Rng, source: &[u8]) -> Vec<u8> {
    let mut bytes = source.to_vec();
    for _ in 0..=rng.below(3) {
        let at = rng.below(bytes.len() as u64 + 1) as usize;
        match rng.below(5) {
            0 => bytes.truncate(at),
            1 => bytes.insert(at, rng.next_u64() as u8),
            2 => drop(bytes.drain(at..bytes.len().min(at + rng.below(20) as usize))),
            3 => {
                let piece = bytes[at..bytes.len().min(at + rng.below(20) as usize)].to_vec();
                bytes.extend(piece);
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = if rng.below(2) == 0 { 0xff } else { rng.next_u64() as u8 };
                }
            }
        }
    }
    if rng.below(2) == 0 {
        mend(&mut bytes);
    }
    bytes
}

/// How often decoders are tried: `RECORD_MUTATIONS=1000000 cargo test --release` for the long run.
fn mutations() -> u64 {
    option_env!("RECORD_MUTATIONS").and_then(|count| count.parse().ok()).unwrap_or(20_000)
}

#[test]
fn mutated_bytes_never_panic_and_never_change_a_run_unseen() {
    let mut rng = Rng::new(2_024);
    let segment = log().append(&entries(20, 5)).unwrap().segments.remove(0).1;
    let file = run(15, Some(b"pasted")).encode().unwrap();
    let header = run(15, None).header.encode().unwrap();
    for _ in 0..mutations() {
        if let Ok(decoded) = decode_segment(&mutate(&mut rng, &segment)) {
            assert!(encode_segment(&decoded).is_ok());
        }
        if let Ok(decoded) = RunHeader::decode(&mutate(&mut rng, &header)) {
            assert!(decoded.encode().is_ok());
        }
        let bytes = mutate(&mut rng, &file);
        if let Ok(decoded) = RunFile::decode(&bytes) {
            assert_eq!(decoded.encode().unwrap(), bytes);
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_answered(mut bytes in prop::collection::vec(any::<u8>(), 0..400), kind in 0..4) {
        let magic: &[u8] = [b"TTsg", b"TThd", b"TTrn", b"none"][kind as usize];
        if let Some(head) = bytes.get_mut(..8) {
            head[..4].copy_from_slice(magic);
            head[4..].copy_from_slice(&FORMAT.to_le_bytes());
        }
        mend(&mut bytes);
        let _ = (decode_segment(&bytes), RunHeader::decode(&bytes), RunFile::decode(&bytes));
    }

    #[test]
    fn any_entries_go_round(
        steps in prop::collection::vec((0..u64::MAX / 2_000, 0..u64::MAX / 2_000, 0..60_usize, any::<u64>()), 1..600)
    ) {
        let (mut after, mut at) = (0, 0);
        let all: Vec<Entry> = steps.into_iter().map(|(step, time, length, digest)| {
            (after, at) = (after + step + 1, at + time);
            Entry { after, at: SimTime(at), command: vec![7; length], digest: Digest(digest) }
        }).collect();
        let segments: Vec<Vec<u8>> = log().append(&all).unwrap().segments.into_iter().map(|it| it.1).collect();
        let reading = read(&segments);
        prop_assert_eq!(reading.fault, None);
        prop_assert_eq!(reading.entries, all);
    }
}
