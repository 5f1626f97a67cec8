//! A run of any lab of boards (load, cluster, schema, inode): the same engine as the page's.

use super::playing::{self, playing};
use super::{Thrown, error, from_js, hex, natural, or_default, rejected, to_js};
use crate::board::protocol::{Field, Fits, LabInfo};
use crate::engine::OpenRun;
use crate::engine::boards::{BoardLine, makers};
use crate::protocol::RunId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tabletop_core::base::SimTime;
use tabletop_core::lab::board::Value;
use tabletop_core::lab::timeline::{BranchId, Differs};
use tabletop_core::record::RunFile;
use tabletop_core::view::board::{BoardWindow, ItemId};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// Events looked back at where nothing is said.
const EVENTS: u32 = 64;

/// A run of the load, cluster, schema or inode lab: commands, virtual time, branches. Equal inputs give
/// equal digests on every host.
#[wasm_bindgen]
pub struct LabRun {
    open: OpenRun<dyn BoardLine>,
    /// What the lab has, in English.
    info: LabInfo,
    differs: Option<Differs>,
}

impl core::fmt::Debug for LabRun {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("LabRun")
            .field("lab", &self.open.lab)
            .field("step", &self.step())
            .finish_non_exhaustive()
    }
}

#[derive(Serialize)]
struct LabName {
    key: &'static str,
    scenarios: &'static [&'static str],
}

#[derive(Serialize)]
struct Input<'a> {
    key: &'a str,
    name: &'a str,
    fits: Limits<'a>,
    default: Plain<'a>,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Limits<'a> {
    Number { min: i64, max: i64, step: i64, unit: String },
    Choice { of: &'a [String] },
    Switch,
    Text { bytes: u32 },
}

#[derive(Serialize)]
struct Verb<'a> {
    key: &'a str,
    name: &'a str,
    arguments: Vec<Input<'a>>,
}

#[derive(Serialize)]
struct Metric<'a> {
    key: &'a str,
    name: &'a str,
    unit: String,
}

/// What can be done, turned and measured.
#[derive(Serialize)]
struct Lab<'a> {
    key: &'a str,
    verbs: Vec<Verb<'a>>,
    knobs: Vec<Input<'a>>,
    metrics: Vec<Metric<'a>>,
}

#[derive(Serialize)]
struct Event {
    step: u64,
    time: SimTime,
    by_user: bool,
    text: String,
}

/// A value as JavaScript has it.
#[derive(Deserialize, Serialize)]
#[serde(untagged)]
enum Plain<'a> {
    Switch(bool),
    Number(i64),
    Text(std::borrow::Cow<'a, str>),
}

impl<'a> Plain<'a> {
    fn of(value: &'a Value) -> Self {
        match value {
            Value::Number(number) => Self::Number(*number),
            Value::Switch(on) => Self::Switch(*on),
            Value::Choice(text) | Value::Text(text) => Self::Text(text.as_str().into()),
        }
    }

    fn into_value(self, fits: &Fits) -> Result<Value, &'static str> {
        Ok(match (self, fits) {
            (Self::Number(number), Fits::Number { .. }) => Value::Number(number),
            (Self::Switch(on), Fits::Switch) => Value::Switch(on),
            (Self::Text(key), Fits::Choice(_)) => Value::Choice(key.into_owned()),
            (Self::Text(text), Fits::Text(_)) => Value::Text(text.into_owned()),
            (_, Fits::Number { .. }) => return Err("a whole number"),
            (_, Fits::Switch) => return Err("true or false"),
            (_, Fits::Choice(_)) => return Err("one of its keys"),
            (_, Fits::Text(_)) => return Err("a text"),
        })
    }
}

/// A word of the lab; nothing where it has none.
fn word<'a>(info: &'a LabInfo, prefix: &str, key: &str) -> &'a str {
    let full = [prefix, key].concat();
    let found = info.words.binary_search_by(|(word, _)| word.as_str().cmp(&full));
    found.map_or("", |at| &info.words[at].1)
}

fn input<'a>(info: &'a LabInfo, field: &'a Field) -> Input<'a> {
    let fits = match &field.fits {
        Fits::Number { min, max, step, unit } => {
            Limits::Number { min: *min, max: *max, step: *step, unit: format!("{unit:?}") }
        }
        Fits::Choice(of) => Limits::Choice { of },
        Fits::Switch => Limits::Switch,
        Fits::Text(bytes) => Limits::Text { bytes: *bytes },
    };
    Input {
        key: &field.key,
        name: word(info, "input-", &field.key),
        fits,
        default: Plain::of(&field.default),
    }
}

fn value_of(what: &str, value: Plain<'_>, fits: &Fits) -> Thrown<Value> {
    value.into_value(fits).map_err(|wanted| error(0, format_args!("`{what}` takes {wanted}")))
}

fn keys<'a>(fields: impl Iterator<Item = &'a Field>) -> String {
    let keys: Vec<&str> = fields.map(|field| field.key.as_str()).collect();
    if keys.is_empty() { "none".to_owned() } else { keys.join(", ") }
}

impl LabRun {
    fn of(open: OpenRun<dyn BoardLine>, differs: Option<Differs>) -> Self {
        let info = open.timeline.info(false);
        Self { open, info, differs }
    }

    fn line(&self) -> &dyn BoardLine {
        &*self.open.timeline
    }
}

playing!(LabRun);

#[wasm_bindgen]
impl LabRun {
    /// The labs there are, each with the keys of its scenarios.
    ///
    /// # Errors
    /// Out of memory.
    #[wasm_bindgen(unchecked_return_type = "{ key: LabKey; scenarios: string[] }[]")]
    pub fn labs() -> Thrown<JsValue> {
        let names = makers().into_iter();
        let names = names.map(|maker| LabName { key: maker.key(), scenarios: maker.scenarios() });
        to_js(&names.collect::<Vec<_>>())
    }

    /// A run of a scenario, its first stretch played: `LabRun.ofScenario("load", "seed-figure")`.
    ///
    /// # Errors
    /// There is no such lab, or it has no such scenario; the text names those that there are.
    #[wasm_bindgen(js_name = ofScenario)]
    pub fn of_scenario(
        #[wasm_bindgen(unchecked_param_type = "LabKey")] lab: &str,
        scenario: &str,
    ) -> Thrown<Self> {
        let makers = makers();
        let Some(maker) = makers.iter().find(|maker| maker.key() == lab) else {
            let known: Vec<_> = makers.iter().map(|maker| maker.key()).collect();
            return Err(error(0, format_args!("no lab `{lab}`; there are {}", known.join(", "))));
        };
        let line = maker.begin(scenario).ok_or_else(|| {
            let known = maker.scenarios().join(", ");
            error(0, format_args!("the lab {lab} has no scenario `{scenario}`; there are {known}"))
        })?;
        Ok(Self::of(OpenRun::around(RunId(1), maker.lab(), scenario.to_owned(), line, 0), None))
    }

    /// A `.tabletop` file of one of these labs, replayed; `differs` tells whether another core recorded it.
    ///
    /// # Errors
    /// It is no run file of this Tabletop, or of another lab.
    pub fn open(bytes: &[u8]) -> Thrown<Self> {
        let refused = |cause| error(0, cause);
        let file = RunFile::decode(bytes).map_err(refused)?;
        let Some(maker) = makers().into_iter().find(|maker| maker.lab() == file.header.lab) else {
            return Err(error(0, "a run of another lab; runs of the tablet lab are opened by `Run.open`"));
        };
        let (line, verdict) = maker.replay(&file).map_err(refused)?;
        let open = OpenRun::stored(RunId(1), file.header, file.original, line);
        Ok(Self::of(open, verdict.err()))
    }

    /// What can be done (verbs with their arguments), turned (knobs) and measured (metrics), with names in
    /// English, or in Chinese for `"zh"`.
    ///
    /// # Errors
    /// Out of memory.
    #[wasm_bindgen(unchecked_return_type = "LabDescription")]
    pub fn describe(&self, language: Option<String>) -> Thrown<JsValue> {
        let info = self.line().info(language.as_deref() == Some("zh"));
        let name = |prefix: &str, key: &str| word(&info, prefix, key);
        let input = |field| input(&info, field);
        let verbs = info.verbs.iter().map(|verb| Verb {
            key: &verb.key,
            name: name("verb-", &verb.key),
            arguments: verb.arguments.iter().map(&input).collect(),
        });
        let metric = |(key, unit): &'_ (String, _)| (key.clone(), format!("{unit:?}"));
        let metrics: Vec<_> = info.metrics.iter().map(metric).collect();
        to_js(&Lab {
            key: &info.key,
            verbs: verbs.collect(),
            knobs: info.knobs.iter().map(|knob| input(&knob.field)).collect(),
            metrics: metrics
                .iter()
                .map(|(key, unit)| Metric { key, name: name("metric-", key), unit: unit.clone() })
                .collect(),
        })
    }

    /// Number of branches; `main` is branch 0.
    #[wasm_bindgen(getter, js_name = branchCount)]
    pub fn branch_count(&self) -> u32 {
        self.line().branches_told().len() as u32
    }

    /// Does what a verb of the lab says; arguments left out have their defaults. In the past this starts a
    /// branch first, so that no future is lost; the answer says whether it did.
    ///
    /// # Errors
    /// There is no such verb or argument, a value does not fit, or a rule of the lab refused (with its `code`,
    /// `key` and `numbers`); nothing has changed then.
    pub fn act(
        &mut self,
        verb: &str,
        #[wasm_bindgen(unchecked_optional_param_type = "Record<string, LabValue>")] arguments: JsValue,
    ) -> Thrown<bool> {
        let info = &self.info;
        let Some(known) = info.verbs.iter().find(|known| known.key == verb) else {
            let all: Vec<_> = info.verbs.iter().map(|verb| verb.key.as_str()).collect();
            return Err(error(0, format_args!("no verb `{verb}`; there are {}", all.join(", "))));
        };
        let mut given: BTreeMap<String, Plain<'static>> = or_default("arguments", arguments)?;
        let mut values = Vec::new();
        for field in &known.arguments {
            values.push(match given.remove(&field.key) {
                Some(value) => value_of(&field.key, value, &field.fits)?,
                None => field.default.clone(),
            });
        }
        if let Some(stranger) = given.keys().next() {
            let all = keys(known.arguments.iter());
            return Err(error(0, format_args!("`{verb}` has no argument `{stranger}`; it has {all}")));
        }
        self.open.timeline.act(verb, &values).map_err(rejected)
    }

    /// Turns a knob; as with `act`, in the past this starts a branch first.
    ///
    /// # Errors
    /// There is no such knob, or the value does not fit; nothing has changed then.
    pub fn turn(
        &mut self,
        knob: &str,
        #[wasm_bindgen(unchecked_param_type = "LabValue")] value: JsValue,
    ) -> Thrown<bool> {
        let info = &self.info;
        let Some(known) = info.knobs.iter().find(|known| known.field.key == knob) else {
            let all = keys(info.knobs.iter().map(|knob| &knob.field));
            return Err(error(0, format_args!("no knob `{knob}`; there are {all}")));
        };
        let value = value_of(knob, from_js("value", value)?, &known.field.fits)?;
        self.open.timeline.turn(knob, &value).map_err(rejected)
    }

    /// What the knobs are turned to, by key.
    ///
    /// # Errors
    /// Out of memory.
    #[wasm_bindgen(unchecked_return_type = "Record<string, bigint | string | boolean>")]
    pub fn knobs(&self) -> Thrown<JsValue> {
        let (info, values) = (&self.info, self.line().knobs());
        let pairs = info.knobs.iter().zip(&values);
        to_js(&pairs.map(|(knob, value)| (&knob.field.key, Plain::of(value))).collect::<BTreeMap<_, _>>())
    }

    /// The last events up to the cursor, oldest first, as sentences; `"zh"` for Chinese ones.
    ///
    /// # Errors
    /// Out of memory.
    #[wasm_bindgen(unchecked_return_type = "LabEvent[]")]
    pub fn events(&self, count: Option<u32>, language: Option<String>) -> Thrown<JsValue> {
        let zh = language.as_deref() == Some("zh");
        let line = self.line();
        let events = line.events(count.unwrap_or(EVENTS)).into_iter().map(|event| Event {
            step: event.step,
            time: event.time,
            by_user: event.by_user,
            text: line.say(&event.told, zh),
        });
        to_js(&events.collect::<Vec<_>>())
    }

    /// What an item of the board is, and why; empty where it is gone.
    ///
    /// # Errors
    /// Not a whole number.
    pub fn explain(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Int")] item: JsValue,
        language: Option<String>,
    ) -> Thrown<Vec<String>> {
        let zh = language.as_deref() == Some("zh");
        let told = self.line().explain(ItemId(natural("item", item)?));
        Ok(told.iter().map(|told| self.line().say(told, zh)).collect())
    }

    /// Tests every invariant at the cursor: null, or the one that does not hold.
    ///
    /// # Errors
    /// Out of memory.
    #[wasm_bindgen(unchecked_return_type = "{ invariant: string; text: string } | null")]
    pub fn check(&self) -> Thrown<JsValue> {
        to_js(&self.line().check().err())
    }

    /// The metrics at the cursor by name.
    ///
    /// # Errors
    /// Out of memory.
    #[wasm_bindgen(unchecked_return_type = "Record<string, bigint>")]
    pub fn metrics(&self) -> Thrown<JsValue> {
        let (info, row) = (&self.info, self.line().metrics());
        to_js(&info.metrics.iter().map(|(key, _)| key).zip(row).collect::<BTreeMap<_, _>>())
    }

    /// The board at the cursor as plain data: lanes, spans, arrows, marks, curves, tables, facts, strips.
    ///
    /// # Errors
    /// Out of memory.
    #[wasm_bindgen(unchecked_return_type = "any")]
    pub fn view(&self) -> Thrown<JsValue> {
        to_js(&self.line().board(&BoardWindow::ALL))
    }

    /// The same as text, as in the goldens; `"zh"` for Chinese.
    pub fn text(&self, language: Option<String>) -> String {
        self.line().text(language.as_deref() == Some("zh"))
    }
}
