//! A run that is played: the same engine as the page's.

use super::playing::{self, playing};
use super::tablet::Tablet;
use super::{Thrown, error, from_js, hex, imported, natural, or_default, rejected, to_js};
use crate::engine::TabletRun;
use crate::protocol::RunId;
use std::collections::BTreeMap;
use tabletop_core::base::SimTime;
use tabletop_core::draw;
use tabletop_core::lab::Lab;
use tabletop_core::lab::tablet::{TabletCommand, TabletLab, scenarios};
use tabletop_core::lab::timeline::{BranchId, Differs};
use tabletop_core::record::RunFile;
use tabletop_core::view::tablet::TabletWindow;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// A run of the tablet lab: commands, virtual time, branches. Equal inputs give equal digests on
/// every host.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Run {
    open: TabletRun,
    differs: Option<Differs>,
}

playing!(Run);

#[wasm_bindgen]
impl Run {
    /// Keys of the scenarios that [`Run::of_scenario`] knows.
    pub fn scenarios() -> Vec<String> {
        scenarios::KEYS.iter().map(|&key| key.to_owned()).collect()
    }

    /// A run of a scenario, its first stretch played: `Run.ofScenario("incident")`.
    ///
    /// # Errors
    /// No scenario has this key.
    #[wasm_bindgen(js_name = ofScenario)]
    pub fn of_scenario(key: &str) -> Thrown<Self> {
        let scenario = scenarios::scenario(key).ok_or_else(|| {
            error(0, format_args!("no scenario `{key}`; there are {}", scenarios::KEYS.join(", ")))
        })?;
        Ok(Self { open: TabletRun::from_scenario(RunId(1), scenario, 0), differs: None })
    }

    /// A run that goes on from what a cluster printed. Nothing happens to it unasked.
    ///
    /// # Errors
    /// Thrown with `line` and `column` where the text says nothing usable.
    #[wasm_bindgen(js_name = fromText)]
    pub fn from_text(text: &str) -> Thrown<Self> {
        let imported = imported(text)?;
        let open = TabletRun::from_import(RunId(1), String::new(), text.as_bytes().to_vec(), imported, 0);
        Ok(Self { open, differs: None })
    }

    /// A `.tabletop` file, replayed; `differs` tells whether another core recorded it.
    ///
    /// # Errors
    /// It is no run file of this Tabletop.
    pub fn open(bytes: &[u8]) -> Thrown<Self> {
        let refused = |cause| error(0, cause);
        let file = RunFile::decode(bytes).map_err(refused)?;
        let (open, verdict) = TabletRun::from_record(RunId(1), file).map_err(refused)?;
        Ok(Self { open, differs: verdict.err() })
    }

    /// Carries out a command at the cursor. In the past this starts a branch first, so that no
    /// future is lost; the answer says whether it did.
    ///
    /// # Errors
    /// The rule that refused, with its `code`, `key` and `numbers`; nothing has changed then.
    pub fn act(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "TabletCommand")] command: JsValue,
    ) -> Thrown<bool> {
        let command: TabletCommand = from_js("command", command)?;
        self.open.timeline.act(command).map_err(rejected)
    }

    /// Takes the events of the last steps played, at most 64, newest last.
    ///
    /// # Errors
    /// Out of memory.
    #[wasm_bindgen(js_name = takeEvents, unchecked_return_type = "unknown[]")]
    pub fn take_events(&mut self) -> Thrown<JsValue> {
        to_js(&self.open.timeline.take_recent())
    }

    /// Tests every invariant at the cursor: null, or the one that does not hold.
    ///
    /// # Errors
    /// Out of memory.
    #[wasm_bindgen(unchecked_return_type = "{ invariant: string; text: string } | null")]
    pub fn check(&self) -> Thrown<JsValue> {
        to_js(&self.open.timeline.lab().check().err())
    }

    /// The metrics at the cursor by name.
    ///
    /// # Errors
    /// Out of memory.
    #[wasm_bindgen(unchecked_return_type = "Record<string, bigint>")]
    pub fn metrics(&self) -> Thrown<JsValue> {
        let mut row = Vec::new();
        self.open.timeline.lab().metrics(&mut row);
        to_js(&TabletLab::METRICS.iter().copied().zip(row).collect::<BTreeMap<_, _>>())
    }

    /// The picture at the cursor as plain data; `window` as the page asks for it, left out: all.
    ///
    /// # Errors
    /// Not a window.
    #[wasm_bindgen(unchecked_return_type = "any")]
    pub fn view(
        &self,
        #[wasm_bindgen(unchecked_optional_param_type = "{ from: number; to: number; join_below: number }")]
        window: JsValue,
    ) -> Thrown<JsValue> {
        let window = or_default::<Option<TabletWindow>>("window", window)?.unwrap_or(TabletWindow::ALL);
        to_js(&self.open.timeline.lab().view(&window))
    }

    /// The same as text, as in the goldens.
    pub fn text(&self) -> String {
        draw::tablet::draw(&self.open.timeline.lab().view(&TabletWindow::ALL))
    }

    /// A copy of the tablet as it is at the cursor, to be changed by itself.
    pub fn tablet(&self) -> Tablet {
        let imported = self.open.imported();
        Tablet::of(self.open.timeline.lab().tablet().clone(), self.open.timeline.now(), imported)
    }
}
