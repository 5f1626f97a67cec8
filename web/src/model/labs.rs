//! The labs that work: number in stored runs, key, name.

use super::msg::{Effect, ToastKind};
use super::update::{pause, send};
use super::wire::Purpose;
use super::{Model, answer};
use crate::protocol::{Request, RunId};
use crate::text::Lang;
use tabletop_core::lab::stored::{LAB_CLUSTER, LAB_INODE, LAB_LOAD, LAB_SCHEMA, LAB_TABLET};

/// A lab of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LabTab {
    /// Number in stored runs.
    pub lab: u8,
    /// Key in addresses and element names.
    pub key: &'static str,
    /// English.
    pub en: &'static str,
    /// Chinese.
    pub zh: &'static str,
}

/// In the order of the bar. A lab is here when it can be played.
pub const LABS: &[LabTab] = &[
    LabTab { lab: LAB_TABLET, key: "tablet", en: "Tablet", zh: "Tablet" },
    LabTab { lab: LAB_LOAD, key: "load", en: "Load", zh: "导入" },
    LabTab { lab: LAB_CLUSTER, key: "cluster", en: "Cluster", zh: "集群" },
    LabTab { lab: LAB_SCHEMA, key: "schema", en: "Schema", zh: "Schema" },
    LabTab { lab: LAB_INODE, key: "inode", en: "Inode", zh: "Inode" },
];

/// Whether the first engine serves a lab, rather than that of the boards.
pub const fn is_tablet(lab: u8) -> bool {
    lab == LAB_TABLET
}

impl LabTab {
    /// The lab of a number; the first one where there is none.
    pub fn of(lab: u8) -> &'static Self {
        LABS.iter().find(|tab| tab.lab == lab).unwrap_or(&LABS[0])
    }

    /// The lab of a key.
    pub fn of_key(key: &str) -> Option<&'static Self> {
        LABS.iter().find(|tab| tab.key == key)
    }

    /// Its name.
    pub const fn name(self, lang: Lang) -> &'static str {
        match lang {
            Lang::En => self.en,
            Lang::Zh => self.zh,
        }
    }
}

/// Goes to another lab, at the run that was saved there last.
pub(super) fn switch(model: &mut Model, lab: u8, out: &mut Vec<Effect>) {
    if lab != model.lab && model.next_lab.is_none() {
        elsewhere(model, lab, None, out);
    }
}

/// The run that was asked for is of another lab: its worker takes over the store.
pub(super) fn elsewhere(model: &mut Model, lab: u8, run: Option<RunId>, out: &mut Vec<Effect>) {
    if !LABS.iter().any(|tab| tab.lab == lab) {
        let text = model.text().no_such_lab.to_owned();
        return answer::toast(model, ToastKind::Failed(text), out);
    }
    pause(model);
    model.menu = None;
    model.next_lab = Some((lab, run));
    if model.dead.is_some() {
        left(model, out);
    } else {
        send(model, Purpose::Leave, Request::Leave, out);
    }
}

/// The store is free: the other lab's worker starts.
pub(super) fn left(model: &mut Model, out: &mut Vec<Effect>) {
    let Some((lab, run)) = model.next_lab.take() else { return };
    model.lab = lab;
    model.forget();
    out.push(Effect::Engine(lab));
    out.push(Effect::Keep("lab", LabTab::of(lab).key));
    send(model, Purpose::Other, run.map_or(Request::Enter(lab), Request::Open), out);
}
