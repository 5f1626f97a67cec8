//! The editor of a policy of one's own: what is typed, and what the engine said about it.

use super::msg::{Dialog, Effect};
use super::{Model, update};
use crate::text::own;
use tabletop_core::compaction::Policy;
use tabletop_core::compaction::script::Fault;
use tabletop_core::lab::Rejection;
use tabletop_core::lab::tablet::{Knobs, TabletCommand};

/// Examples to start from: the files that the interpreter's own tests run.
const EXAMPLES: [&str; 2] = [
    include_str!("../../../core/script/examples/every_ten.rhai"),
    include_str!("../../../core/script/examples/size_based.rhai"),
];

/// What is typed, and why it was refused.
#[derive(Debug, Default)]
pub struct Editor {
    /// The text in the field.
    pub text: String,
    /// Why the engine refused this text.
    pub refused: Option<Fault>,
}

/// What happens in the editor.
#[derive(Clone, Debug)]
pub enum Edited {
    /// The policy "your own" was chosen: it is taken, and the editor opened where there is none yet.
    Chosen,
    /// The editor is opened.
    Open,
    /// The field holds this.
    Typed(String),
    /// An example is put into the field.
    Example(usize),
    /// The text becomes the policy.
    Apply,
}

impl Model {
    /// Whether the text in the editor is the policy at the cursor.
    pub fn is_applied(&self) -> bool {
        let frame = self.frame.as_deref();
        frame.is_some_and(|frame| frame.knobs.policy == Policy::Own && frame.script == self.editor.text)
    }

    /// What is wrong with the text in the editor: why it was refused, else why its last round failed.
    pub fn fault(&self) -> Option<&Fault> {
        let failed = || self.frame.as_deref().filter(|_| self.is_applied())?.view.why.fault.as_ref();
        self.editor.refused.as_ref().or_else(failed)
    }
}

pub(super) fn edit(model: &mut Model, what: Edited, out: &mut Vec<Effect>) {
    match what {
        Edited::Chosen => {
            let frame = model.frame.as_deref().filter(|frame| !frame.script.is_empty());
            match frame.map(|frame| frame.knobs.clone()) {
                Some(knobs) => {
                    let knobs = Knobs { policy: Policy::Own, ..knobs };
                    update::act(model, TabletCommand::SetKnobs(knobs), out);
                }
                None => open(model, out),
            }
        }
        Edited::Open => open(model, out),
        Edited::Typed(text) => model.editor = Editor { text, refused: None },
        Edited::Example(at) => {
            let text = EXAMPLES.get(at).copied().unwrap_or_default().to_owned();
            model.editor = Editor { text, refused: None };
        }
        Edited::Apply => {
            model.editor.refused = None;
            update::act(model, TabletCommand::SetScript(model.editor.text.clone()), out);
        }
    }
}

fn open(model: &mut Model, out: &mut Vec<Effect>) {
    let script = model.frame.as_deref().map_or("", |frame| &frame.script);
    let text = if script.is_empty() { EXAMPLES[0] } else { script };
    model.editor = Editor { text: text.to_owned(), refused: None };
    update::open(model, Some(Dialog::Script), out);
}

/// A refused command, where it was a script of the open editor. Whether that is where it is told.
pub(super) fn refused(model: &mut Model, rejection: &Rejection) -> bool {
    let is_ours = rejection.key == "script" && model.dialog == Some(Dialog::Script);
    if is_ours {
        model.editor.refused = Some(own::refused(rejection));
    }
    is_ours
}
