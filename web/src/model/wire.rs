//! What was asked and not yet answered, and how often details may be asked for.

use crate::protocol::{Answer, Ask, Request};

/// Why something was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Time passes.
    Advance,
    /// The cursor moves.
    Seek,
    /// A command, given at this step of a branch that then ended at `head`.
    Act {
        /// Where it was given.
        step: u64,
        /// Where the branch ended.
        head: u64,
        /// The branch.
        branch: u32,
    },
    /// Curves, fate, card, events, text for the panels.
    Detail,
    /// What compactions would take.
    Picks,
    /// Text for the clipboard.
    CopyText,
    /// Lets the worker of another lab start.
    Leave,
    /// Pasted text.
    Preview,
    /// Anything else.
    Other,
}

/// Details are asked for at most this often, ms.
pub(super) const DETAIL_MS: f64 = 250.0;

/// Requests under way.
#[derive(Debug, Default)]
pub struct Wire {
    last: u32,
    pending: Vec<(u32, Purpose)>,
    /// When details were last asked for.
    pub details_ms: f64,
    /// A timer for details runs.
    pub details_wait: bool,
    /// Where to seek once the seek under way has ended.
    pub seek_next: Option<crate::protocol::Target>,
    /// Frame clock, as last heard.
    pub now_ms: f64,
    /// When something was last said.
    pub said_ms: f64,
    /// Steps, and since when they are counted.
    pub counted: (u64, f64),
    /// Toasts so far.
    pub toasts: u32,
}

impl Wire {
    /// Numbers a request.
    pub fn ask(&mut self, purpose: Purpose, request: Request) -> Ask {
        self.last += 1;
        self.pending.push((self.last, purpose));
        Ask { number: self.last, request }
    }

    /// What an answer answers; `None` for an unasked one.
    pub fn take(&mut self, answer: &Answer) -> Option<Purpose> {
        let at = self.pending.iter().position(|(number, _)| *number == answer.number)?;
        Some(self.pending.remove(at).1)
    }

    /// The worker is gone, and with it what was asked.
    pub fn forget(&mut self) {
        self.pending.clear();
        self.seek_next = None;
        self.details_ms = f64::MIN;
    }

    /// Whether something of this kind is under way.
    pub fn awaits(&self, purpose: Purpose) -> bool {
        self.pending.iter().any(|(_, pending)| *pending == purpose)
    }
}
