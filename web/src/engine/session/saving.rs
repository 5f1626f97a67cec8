//! What is saved, when, and what a reader is told of it.

use super::SessionOn;
use crate::engine::desk::Desk;
use crate::engine::line::Line;
use crate::protocol::{Reply, SaveState};
use crate::store::{Condition, RunStore, SaveBatch, StoreError, Tail};

/// Playing alone, without commands, is saved this often, ms.
const HEAD_EVERY_MS: u64 = 700;

/// What of a run the store has.
#[derive(Clone, Debug, Default)]
pub(in crate::engine) struct Kept {
    /// Entries of each branch.
    pub(super) entries: Vec<u64>,
    /// The change counter at the last save.
    pub(super) changes: u64,
    pub(super) bytes: u64,
    pub(super) at_ms: u64,
    pub(in crate::engine) failed: Option<(String, bool)>,
}

impl<S: RunStore, D: Desk> SessionOn<S, D> {
    pub(in crate::engine) fn unsaved(&self) -> u32 {
        let Some(run) = &self.run else { return 0 };
        let counts = run.timeline.entry_counts().into_iter().enumerate();
        let new = counts
            .map(|(index, count)| count.saturating_sub(self.kept.entries.get(index).copied().unwrap_or(0)));
        u32::try_from(new.sum::<u64>()).unwrap_or(u32::MAX)
    }

    pub(super) fn save_state(&self) -> SaveState {
        match self.condition() {
            None => SaveState::InMemory { why: "the store is not open yet".to_owned() },
            Some(Condition::InMemory { why }) => SaveState::InMemory { why },
            Some(Condition::Closed) => {
                SaveState::InMemory { why: "the browser closed the database".to_owned() }
            }
            Some(Condition::ReadOnly | Condition::Fenced) => SaveState::ReadOnly,
            Some(Condition::Persistent) => match &self.kept.failed {
                Some((why, quota)) => {
                    SaveState::Failed { commands: self.unsaved(), why: why.clone(), quota: *quota }
                }
                None if self.changes > self.kept.changes => SaveState::Saving { commands: self.unsaved() },
                None => SaveState::Saved { bytes: self.kept.bytes },
            },
        }
    }

    /// Says what is saved where that changed without a request: another tab took over, or the
    /// browser closed the database.
    pub fn watch(&mut self) {
        let condition = self.condition();
        if self.seen != condition && self.run.is_some() {
            self.seen = condition;
            (self.push)(Reply::Save(self.save_state()));
        }
    }

    /// Whether something waits to be saved at all.
    pub fn is_dirty(&self) -> bool {
        self.run.is_some()
            && self.changes > self.kept.changes
            && self.kept.failed.is_none()
            && self.condition().is_some_and(|condition| condition.writes())
    }

    /// Saves what is due and says so. Answers how many milliseconds later to call again, where
    /// something is left that can wait.
    pub async fn settle(&mut self) -> Option<u32> {
        if !self.is_dirty() {
            return None;
        }
        let waited = (self.clock)().saturating_sub(self.kept.at_ms);
        if !self.urgent && waited < HEAD_EVERY_MS {
            return Some((HEAD_EVERY_MS - waited) as u32);
        }
        self.save(false).await;
        None
    }

    /// Writes everything new in one transaction. Does nothing where nothing is new.
    pub(super) async fn save(&mut self, asked: bool) {
        if asked {
            self.kept.failed = None;
        }
        let Some(run) = &self.run else { return };
        let writes = self.store.as_ref().is_some_and(|store| store.condition().writes());
        if !writes || (self.changes <= self.kept.changes && !asked) {
            return;
        }
        let Some(store) = self.store.as_mut() else { return };
        let now = (self.clock)();
        let header = run.header(now);
        let mut entries = Vec::with_capacity(header.branches.len());
        let mut tails = Vec::new();
        for (index, branch) in header.branches.iter().enumerate() {
            let from = self.kept.entries.get(index).copied().unwrap_or(0);
            entries.push(branch.entries);
            if branch.entries > from {
                tails.push(Tail { branch: branch.id, from, entries: run.entries(index, from) });
            }
        }
        let batch = SaveBatch { header: &header, tails, original: run.original.as_deref() };
        let changes = self.changes;
        let first = self.kept.entries.is_empty();
        let mut done = store.append(run.id, batch, asked).await;
        if first && done.is_ok() {
            let remembered = store.set_last_opened(run.id).await;
            if let Err(error) = remembered {
                done = Err(error);
            }
        }
        match done {
            Ok(saved) => {
                self.kept = Kept { entries, changes, bytes: saved.bytes, at_ms: now, failed: None };
                self.urgent = false;
            }
            Err(error) => self.failed(&error),
        }
        (self.push)(Reply::Save(self.save_state()));
    }

    pub(super) fn failed(&mut self, error: &StoreError) {
        self.kept.failed = match error {
            // The condition says so already.
            StoreError::ReadOnly | StoreError::Fenced => None,
            _ => Some((told(error), error.is_quota())),
        };
    }
}

/// What the store says is wrong.
pub(super) fn told(error: &StoreError) -> String {
    error.to_string()
}
