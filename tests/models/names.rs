//! Name and id maps that are packed now and then, against lists of everything that ever happened.

use proptest::prelude::*;
use std::collections::BTreeMap;
use tabletop_core::schema::{Found, IdMap, IdState, NameKey, NameMap, ObjectId, Pair, SchemaVersion};

const NAMES: usize = 300;

/// Names shorter than a word, as they are in life, ending alike, and `long` of eight so long that with
/// half of them those of one record are too many bytes to lie together.
fn name(at: usize, long: usize) -> String {
    match at % 8 {
        eighth if eighth < long => format!("{}_{at}", "long".repeat(70)),
        6 => format!("{at:03}_of_a_usual_length"),
        7 => format!("{at}"),
        _ => format!("orders_{at:04}"),
    }
}

fn key(at: usize, name: &str) -> NameKey<'_> {
    let parent = if at.is_multiple_of(5) { i64::MAX } else { 1_000 + at as i64 % 3 };
    NameKey { tenant: ObjectId(1 + at as i64 % 2), parent: ObjectId(parent), name }
}

#[derive(Clone, Debug)]
enum Act {
    /// The next version: a name means something else, or nothing.
    Push(usize, Option<i64>),
    Pack,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let id = prop_oneof![3 => (1..50_i64).prop_map(Some), 1 => Just(None)];
    let act = prop_oneof![150 => (0..NAMES, id).prop_map(|(at, id)| Act::Push(at, id)), 1 => Just(Act::Pack)];
    prop::collection::vec(act, 0..1_500)
}

/// What the newest `limit` of all events of a name say.
fn expected(events: &[Pair], limit: usize, at: SchemaVersion) -> Found {
    let kept = &events[events.len().saturating_sub(limit)..];
    match kept.iter().rev().find(|pair| pair.version <= at) {
        Some(Pair { id: Some(id), .. }) => Found::Id(*id),
        Some(_) => Found::Nothing,
        None if kept.len() == events.len() => Found::Nothing,
        None => Found::AskHistory,
    }
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn a_packed_map_answers_as_its_events_do(acts in acts(), limit in 1..6_u8, long in 0..9_usize) {
        let mut names = NameMap::new(limit, SchemaVersion::ZERO);
        let mut ids = IdMap::new(limit, SchemaVersion::ZERO);
        let mut events: BTreeMap<usize, Vec<Pair>> = BTreeMap::new();
        let mut version = SchemaVersion::ZERO;
        for act in acts {
            match act {
                Act::Push(at, id) => {
                    version.0 += 3;
                    let pair = Pair { version, id: id.map(ObjectId) };
                    names.push(key(at, &name(at, long)), pair);
                    ids.push(ObjectId(at as i64), version, id.is_some());
                    events.entry(at).or_default().push(pair);
                }
                Act::Pack => {
                    names.pack();
                    ids.pack();
                    prop_assert_eq!((names.used().dead_blocks, ids.used().dead_blocks), (0, 0));
                    // Less than what a rebuild is due for.
                    prop_assert!(names.used().dead_bytes * 8 < names.used().bytes().max(1));
                }
            }
        }
        prop_assert_eq!((names.len(), ids.len()), (events.len(), events.len()));
        prop_assert_eq!(names.used().live_blocks as usize, events.len());
        for at in 0..NAMES {
            let events = events.get(&at).map_or(&[][..], |events| events);
            let versions = events.iter().flat_map(|pair| [-1, 0, 1].map(|off| SchemaVersion(pair.version.0 + off)));
            for asked in versions.chain([SchemaVersion::MAX]) {
                let expected = expected(events, limit.into(), asked);
                prop_assert_eq!(names.lookup(key(at, &name(at, long)), asked), expected, "{} at {}", at, asked.0);
                let state = events.iter().rev().find(|pair| pair.version <= asked);
                let kept = events.len().saturating_sub(limit.into());
                let known = events[kept..].first().is_none_or(|oldest| oldest.version <= asked);
                let expected = match state {
                    Some(pair) if known && pair.id.is_some() => IdState::Version(pair.version),
                    Some(_) if known => IdState::NotExist,
                    Some(pair) if pair.version == events[0].version && asked == pair.version => {
                        IdState::Version(pair.version)
                    }
                    Some(_) => IdState::Miss,
                    None => IdState::NotExist,
                };
                prop_assert_eq!(ids.lookup(ObjectId(at as i64), asked), expected, "{} at {}", at, asked.0);
            }
        }
        let list = names.entries().map(|(_, entry)| entry.name.len()).sum::<usize>();
        prop_assert_eq!(list, events.keys().map(|&at| name(at, long).len()).sum::<usize>());
    }
}
