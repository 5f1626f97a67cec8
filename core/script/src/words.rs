//! The words of the language: what a script can see, and what it can answer.

use crate::limits;
use rhai::packages::{ArithmeticPackage, BasicIteratorPackage, LogicPackage, Package};
use rhai::{Array, Dynamic, Engine, EvalAltResult, INT, ImmutableString, Map, NativeCallContext, Scope};
use std::rc::Rc;
use tabletop_core::base::VersionRange;
use tabletop_core::compaction::Config;
use tabletop_core::compaction::script::{Answer, Question, ScriptRowset};

/// All live rowsets, by version. A handle: a loop over them copies nothing.
#[derive(Clone)]
struct Rowsets(Rc<[ScriptRowset]>);

/// One of them.
#[derive(Clone, Copy)]
struct Rowset(ScriptRowset);

/// The knobs.
#[derive(Clone)]
struct Knobs(Rc<Config>);

/// What `pick` and `leave` make.
#[derive(Clone)]
pub(crate) struct Decision(pub(crate) Answer);

impl IntoIterator for Rowsets {
    type Item = Rowset;
    type IntoIter = Walk;

    fn into_iter(self) -> Walk {
        Walk { of: self.0, at: 0 }
    }
}

/// A loop over rowsets.
struct Walk {
    of: Rc<[ScriptRowset]>,
    at: usize,
}

impl Iterator for Walk {
    type Item = Rowset;

    fn next(&mut self) -> Option<Rowset> {
        self.at += 1;
        self.of.get(self.at - 1).copied().map(Rowset)
    }
}

type Raised<T> = Result<T, Box<EvalAltResult>>;

/// A number of the engine as one of the language's.
fn int(number: u64) -> INT {
    INT::try_from(number).unwrap_or(INT::MAX)
}

/// The constants that a script begins with.
pub(crate) fn scope(question: &Question) -> Scope<'static> {
    let mut scope = Scope::new();
    scope.push_constant("rowsets", Rowsets(question.rowsets.as_slice().into()));
    scope.push_constant("knobs", Knobs(Rc::new(question.config.clone())));
    scope.push_constant("point", question.facts.point);
    scope.push_constant("promotion", int(question.facts.promotion_bytes));
    scope.push_constant("score", int(question.score()));
    scope.push_constant("visible", question.facts.visible);
    scope.push_constant("now", int(question.now.micros() / 1_000));
    scope.push_constant("base_round", question.base_round);
    scope
}

/// Registers every word.
pub(crate) fn register(engine: &mut Engine) {
    ArithmeticPackage::new().register_into_engine(engine);
    LogicPackage::new().register_into_engine(engine);
    BasicIteratorPackage::new().register_into_engine(engine);
    texts(engine);
    lists(engine);
    rowsets(engine);
    knobs(engine);
    engine.register_type_with_name::<Decision>("Decision");
    engine.register_fn("pick", |first: INT, last: INT| decision(Some((first, last)), None, ""));
    engine.register_fn("pick", |first: INT, last: INT, why: &str| decision(Some((first, last)), None, why));
    engine.register_fn("pick", |first: INT, last: INT, why: &str, point: INT| {
        decision(Some((first, last)), Some(point), why)
    });
    engine.register_fn("leave", || decision(None, None, ""));
    engine.register_fn("leave", |why: &str| decision(None, None, why));
    engine.register_fn("leave", |why: &str, point: INT| decision(None, Some(point), why));
}

fn decision(merge: Option<(INT, INT)>, point: Option<INT>, why: &str) -> Decision {
    let merge = merge.map(|(start, end)| VersionRange { start, end });
    Decision(Answer { merge, point, why: why.to_owned() })
}

fn rowsets(engine: &mut Engine) {
    engine
        .register_type_with_name::<Rowsets>("Rowsets")
        .register_iterator::<Rowsets>()
        .register_get("len", |all: &mut Rowsets| int(all.0.len() as u64))
        .register_fn("len", |all: &mut Rowsets| int(all.0.len() as u64))
        .register_indexer_get(|all: &mut Rowsets, at: INT| -> Raised<Rowset> {
            let found = usize::try_from(at).ok().and_then(|at| all.0.get(at));
            found.copied().map(Rowset).ok_or_else(|| {
                let count = all.0.len();
                format!("rowsets[{at}] is not there: {count} rowsets, from 0 to {}", count.max(1) - 1).into()
            })
        });
    engine
        .register_type_with_name::<Rowset>("Rowset")
        .register_get("id", |it: &mut Rowset| int(it.0.id.0))
        .register_get("first", |it: &mut Rowset| it.0.range.start)
        .register_get("last", |it: &mut Rowset| it.0.range.end)
        .register_get("bytes", |it: &mut Rowset| int(it.0.bytes))
        .register_get("rows", |it: &mut Rowset| int(it.0.rows))
        .register_get("segments", |it: &mut Rowset| INT::from(it.0.segments))
        .register_get("overlapping", |it: &mut Rowset| it.0.overlapping)
        .register_get("score", |it: &mut Rowset| int(it.0.score()))
        .register_get("level", |it: &mut Rowset| INT::from(it.0.level))
        .register_get("created", |it: &mut Rowset| int(it.0.created_at.micros() / 1_000))
        .register_get("delete", |it: &mut Rowset| it.0.delete_predicate)
        .register_get("visible", |it: &mut Rowset| it.0.visible);
}

fn knobs(engine: &mut Engine) {
    engine
        .register_type_with_name::<Knobs>("Knobs")
        .register_get("min_score", |it: &mut Knobs| int(it.0.min_score))
        .register_get("max_score", |it: &mut Knobs| int(it.0.max_score))
        .register_get("min_bytes", |it: &mut Knobs| int(it.0.min_bytes))
        .register_get("promotion_bytes", |it: &mut Knobs| int(it.0.promotion_bytes))
        .register_get("promotion_min_bytes", |it: &mut Knobs| int(it.0.promotion_min_bytes))
        .register_get("goal_bytes", |it: &mut Knobs| int(it.0.time_series.goal_bytes()))
        .register_get("file_count", |it: &mut Knobs| int(it.0.time_series.file_count))
        .register_get("time_ms", |it: &mut Knobs| int(it.0.time_series.time_s.saturating_mul(1_000)))
        .register_get("base_min_rowsets", |it: &mut Knobs| int(it.0.base.min_rowsets))
        .register_get("base_max_score", |it: &mut Knobs| int(it.0.base.max_score));
}

/// Texts: what interpolation needs, and joining.
fn texts(engine: &mut Engine) {
    engine
        .register_fn("to_string", |it: INT| it.to_string())
        .register_fn("to_string", |it: bool| it.to_string())
        .register_fn("to_string", |it: char| it.to_string())
        .register_fn("to_string", |it: ImmutableString| it)
        .register_fn("to_string", |it: &mut Rowset| it.0.range.to_string())
        .register_fn("+", |a: &str, b: INT| [a, &b.to_string()].concat())
        .register_fn("+", |a: INT, b: &str| [&a.to_string(), b].concat())
        .register_get("len", |it: &mut ImmutableString| int(it.len() as u64));
}

/// Lists: enough to collect with. Sorting is left out: a comparison that contradicts itself ends a
/// program that cannot unwind.
fn lists(engine: &mut Engine) {
    engine
        .register_get("len", |list: &mut Array| int(list.len() as u64))
        .register_fn("len", |list: &mut Array| int(list.len() as u64))
        .register_fn("pop", |list: &mut Array| list.pop().unwrap_or(Dynamic::UNIT))
        .register_fn("push", |context: NativeCallContext, list: &mut Array, item: Dynamic| -> Raised<()> {
            if list.len() >= limits::LIST_ELEMENTS || weight(&item) + sum(list) > limits::LIST_ELEMENTS {
                let (what, place) = ("Size of array".to_owned(), context.call_position());
                return Err(EvalAltResult::ErrorDataTooLarge(what, place).into());
            }
            list.push(item);
            Ok(())
        });
}

fn sum(list: &Array) -> usize {
    list.iter().map(weight).sum()
}

/// Elements of a value, those inside included.
fn weight(value: &Dynamic) -> usize {
    if let Ok(list) = value.as_array_ref() {
        return 1 + sum(&list);
    }
    if let Ok(object) = value.as_map_ref() {
        let object: &Map = &object;
        return 1 + object.values().map(weight).sum::<usize>();
    }
    1
}
