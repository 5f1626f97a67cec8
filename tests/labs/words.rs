//! Every lab with a board: what it shows has words in both languages, every word is used, and
//! every input is tested.

#![expect(clippy::unwrap_used, reason = "a test")]

use crate::cluster::some_cluster_command;
use crate::inode::some_inode_command;
use crate::load::some_load_command;
use crate::schema::some_schema_command;
use std::collections::BTreeSet;
use tabletop_core::base::{Rng, SimTime};
use tabletop_core::lab::board::{BoardLab, Input, Kind, Value};
use tabletop_core::lab::cluster::ClusterLab;
use tabletop_core::lab::inode::InodeLab;
use tabletop_core::lab::load::LoadLab;
use tabletop_core::lab::schema::SchemaLab;
use tabletop_core::view::board::{BoardWindow, Cell, ItemId, Told};
use tabletop_tests::board_run;

/// Steps of a run that is looked at a few times only.
const LARGE: u64 = 100_000;

/// Keys that a lab's constants ask for.
fn constants<L: BoardLab>() -> BTreeSet<String> {
    let mut keys = BTreeSet::from(["lab".to_owned(), "lab-text".to_owned()]);
    let mut input = |input: &Input| {
        keys.insert(format!("input-{}", input.key));
        keys.insert(format!("input-{}-text", input.key));
        if let Kind::Choice { of, .. } = input.kind {
            keys.extend(of.iter().map(|choice| format!("choice-{choice}")));
        }
    };
    for knob in L::KNOBS {
        input(&knob.input);
    }
    for argument in L::VERBS.iter().flat_map(|verb| verb.arguments) {
        input(argument);
    }
    keys.extend(L::KNOBS.iter().map(|knob| format!("group-{}", knob.group)));
    keys.extend(L::VERBS.iter().map(|verb| format!("verb-{}", verb.key)));
    keys.extend(
        L::SCENARIOS.iter().flat_map(|key| [format!("scenario-{key}"), format!("scenario-{key}-text")]),
    );
    keys.extend(L::METRICS.iter().map(|key| format!("metric-{key}")));
    keys.extend(L::DENSITY.iter().map(|key| format!("density-{key}")));
    keys
}

fn cell(value: &Cell, out: &mut BTreeSet<(String, usize)>) {
    if let Cell::Word(key, values) = value {
        out.insert((key.to_string(), values.len()));
        for value in values {
            cell(value, out);
        }
    }
}

fn told(told: &Told, out: &mut BTreeSet<(String, usize)>) {
    out.insert((told.key.to_string(), told.values.len()));
    for value in &told.values {
        cell(value, out);
    }
}

/// Keys on a board, with the number of values that fill their holes.
fn shown<L: BoardLab>(lab: &L, out: &mut BTreeSet<(String, usize)>) {
    let board = lab.view(&BoardWindow::ALL);
    let mut items = vec![];
    for lane in &board.lanes {
        out.insert((lane.key.to_string(), lane.values.len()));
        items.push(lane.item);
    }
    for span in &board.spans {
        out.insert((span.kind.to_string(), 0));
        items.push(span.id);
    }
    for mark in &board.marks {
        out.insert((mark.kind.to_string(), 0));
        items.push(mark.id);
    }
    for arrow in &board.arrows {
        out.insert((arrow.kind.to_string(), 0));
    }
    for curve in &board.curves {
        out.insert((curve.key.to_string(), 0));
    }
    for table in &board.tables {
        out.insert((table.key.to_string(), 0));
        for column in &table.columns {
            out.insert((column.key.to_string(), 0));
        }
        for row in &table.rows {
            for value in &row.cells {
                cell(value, out);
            }
            assert_eq!(row.cells.len(), table.columns.len(), "{}", table.key);
            items.push(row.id);
        }
    }
    for fact in &board.facts {
        out.insert((fact.key.to_string(), 0));
        cell(&fact.value, out);
    }
    for item in items.into_iter().filter(|item| *item != ItemId::NONE) {
        let explained = lab.explain(item);
        assert!(!explained.is_empty(), "{item:?} is shown and not explained");
        for line in &explained {
            told(line, out);
        }
    }
}

fn holes(text: &str) -> BTreeSet<usize> {
    text.match_indices('{')
        .map(|(at, _)| text[at + 1..].split('}').next().unwrap().parse().unwrap())
        .collect()
}

/// Holds a lab to its words. `sources` is its folder below `core/src/lab`.
fn check<L: BoardLab>(sources: &str, some_command: impl Fn(&mut Rng, &L) -> L::Command)
where
    L::Event: Clone,
{
    let mut seen = BTreeSet::new();
    let mut refusals = BTreeSet::new();
    for (seed, key) in (0..).zip(L::SCENARIOS) {
        let mut run = board_run::<L>(key);
        let mut rng = Rng::new(seed);
        // A large run shows more in a look than others do in all of theirs.
        let looks = if run.head().step > LARGE { 3 } else { 25 };
        for _ in 0..looks {
            let events = run.take_recent();
            for event in &events {
                told(&L::told(event), &mut seen);
            }
            shown(run.lab(), &mut seen);
            if let Err(refused) = run.act(some_command(&mut rng, run.lab())) {
                refusals.insert(format!("refused-{}", refused.key));
            }
            run.advance(SimTime::from_millis(rng.below(4_000)), 2_000);
        }
    }
    assert!(L::WORDS.is_sorted_by_key(|word| word.key), "words are sorted, so that they are found");
    let constants = constants::<L>();
    for key in constants.iter().chain(&refusals) {
        assert!(L::word(key).is_some(), "no word for {key}");
    }
    for (key, values) in &seen {
        let word = L::word(key).unwrap_or_else(|| panic!("no word for {key}"));
        let last = holes(word.en).last().map_or(0, |last| last + 1);
        assert!(last <= *values, "{key} has holes for {last} values and gets {values}");
    }
    let mut code = String::new();
    for entry in
        std::fs::read_dir(format!("{}/../core/src/lab/{sources}", env!("CARGO_MANIFEST_DIR"))).unwrap()
    {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("words.rs") {
            code += &std::fs::read_to_string(path).unwrap();
        }
    }
    for word in L::WORDS {
        assert_eq!(holes(word.en), holes(word.zh), "{}: other holes in the other language", word.key);
        assert!(!word.en.is_empty() && !word.zh.is_empty(), "{}", word.key);
        let bare = ["refused-", "invariant-"].iter().find_map(|prefix| word.key.strip_prefix(prefix));
        let literal = format!("\"{}\"", bare.unwrap_or(word.key));
        let used = constants.contains(word.key)
            || seen.iter().any(|(key, _)| key == word.key)
            || word.key == "refused-input"
            || code.contains(&literal);
        assert!(used, "{} is said nowhere", word.key);
    }
}

/// Values just outside an input's range.
fn outside(input: &Input) -> Vec<Value> {
    match input.kind {
        Kind::Number { min, max, .. } => {
            vec![Value::Number(min - 1), Value::Number(max + 1), Value::Switch(true)]
        }
        Kind::Choice { .. } => vec![Value::Choice("no such choice".into()), Value::Number(0)],
        Kind::Switch { .. } => vec![Value::Number(1)],
        Kind::Text { max, .. } => vec![Value::Text("x".repeat(max as usize + 1)), Value::Number(1)],
    }
}

fn check_inputs<L: BoardLab>() {
    let run = board_run::<L>(L::SCENARIOS[L::SCENARIOS.len() - 1]);
    let lab = run.lab();
    assert_eq!((L::METRICS.len(), L::KINDS), (L::METRIC_UNITS.len(), L::DENSITY.len()));
    for knob in L::KNOBS {
        let key = knob.input.key;
        let value = lab.knob(key).unwrap_or_else(|| panic!("knob {key} cannot be read"));
        assert_eq!(value, knob.input.default_value(), "{key} in an empty run");
        assert!(lab.turn(key, &value).is_ok(), "{key}");
        for value in outside(&knob.input) {
            assert!(lab.turn(key, &value).is_err(), "{key} takes {value:?}");
        }
        if let Kind::Number { min, max, .. } = knob.input.kind {
            for end in [min, max] {
                let mut run = run.clone();
                run.act(lab.turn(key, &Value::Number(end)).unwrap()).unwrap();
                assert_eq!(run.lab().knob(key), Some(Value::Number(end)), "{key}");
            }
        }
    }
    for verb in L::VERBS {
        let defaults: Vec<Value> = verb.arguments.iter().map(Input::default_value).collect();
        assert!(lab.command(verb.key, &defaults).is_ok(), "{}", verb.key);
        assert!(lab.command(verb.key, &[]).is_err() || defaults.is_empty(), "{}", verb.key);
        for (at, input) in verb.arguments.iter().enumerate() {
            for value in outside(input) {
                let mut values = defaults.clone();
                values[at] = value;
                let error = lab.command(verb.key, &values).unwrap_err();
                assert!(error.to_string().contains(input.key), "{error}");
            }
        }
    }
    assert!(lab.command("no-such-verb", &[]).is_err() && lab.knob("no-such-knob").is_none());
}

#[test]
fn the_load_lab_says_what_it_shows() {
    check::<LoadLab>("load", some_load_command);
}

#[test]
fn the_load_lab_tests_its_inputs() {
    check_inputs::<LoadLab>();
}

#[test]
fn the_cluster_lab_says_what_it_shows() {
    check::<ClusterLab>("cluster", some_cluster_command);
}

#[test]
fn the_cluster_lab_tests_its_inputs() {
    check_inputs::<ClusterLab>();
}

#[test]
fn the_schema_lab_says_what_it_shows() {
    check::<SchemaLab>("schema", some_schema_command);
}

#[test]
fn the_schema_lab_tests_its_inputs() {
    check_inputs::<SchemaLab>();
}

#[test]
fn the_inode_lab_says_what_it_shows() {
    check::<InodeLab>("inode", some_inode_command);
}

#[test]
fn the_inode_lab_tests_its_inputs() {
    check_inputs::<InodeLab>();
}
