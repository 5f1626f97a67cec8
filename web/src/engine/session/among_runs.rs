//! Requests about runs and who holds them.

use super::{SessionOn, told};
use crate::engine::answers;
use crate::engine::desk::{Desk, NO_RUN};
use crate::engine::moves::clean;
use crate::protocol::{Reply, Request, RunId};
use crate::store::RunStore;
use std::pin::Pin;
use tabletop_core::record::RunFile;

impl<S: RunStore, D: Desk> SessionOn<S, D> {
    /// Requests about runs and who holds them. A future of its own: the first page does without it.
    #[inline(never)]
    pub(super) fn among_runs(
        &mut self,
        request: Request,
    ) -> Pin<Box<dyn Future<Output = Result<Reply, String>> + '_>> {
        Box::pin(async move {
            match request {
                Request::Enter(lab) => self.enter(lab).await,
                Request::Leave => self.leave().await,
                Request::Open(run) => self.open(run).await,
                Request::New { scenario } => self.begin(&scenario).await,
                Request::OpenFile(bytes) => self.open_file(&bytes).await,
                Request::Rename(run, name) => self.rename(run, &name).await,
                Request::Trash(run) => self.trash(run, true).await,
                Request::Restore(run) => self.trash(run, false).await,
                Request::Export(run) => self.export(run).await,
                Request::TakeOver => self.take_over().await,
                _ => self.runs().await,
            }
        })
    }

    async fn runs(&mut self) -> Result<Reply, String> {
        let store = self.store.as_mut().ok_or(NO_RUN)?;
        let runs = store.list().await.map_err(|error| told(&error))?;
        Ok(Reply::Runs { runs, scenarios: self.desk.scenarios(self.lab) })
    }

    async fn rename(&mut self, id: RunId, name: &str) -> Result<Reply, String> {
        let name = clean(name);
        match &mut self.run {
            Some(run) if run.id == id => {
                run.name = name;
                self.changes += 1;
                self.save(false).await;
            }
            _ => {
                let store = self.store.as_mut().ok_or(NO_RUN)?;
                store.rename(id, &name).await.map_err(|error| told(&error))?;
            }
        }
        self.runs().await
    }

    async fn trash(&mut self, id: RunId, into: bool) -> Result<Reply, String> {
        self.save(false).await;
        let store = self.store.as_mut().ok_or(NO_RUN)?;
        let done = if into { store.trash(id).await } else { store.restore(id).await };
        done.map_err(|error| told(&error))?;
        self.runs().await
    }

    async fn export(&mut self, id: RunId) -> Result<Reply, String> {
        let now = (self.clock)();
        let (name, file) = match &self.run {
            Some(run) if run.id == id => (run.name.clone(), run.file(now)),
            _ => {
                let store = self.store.as_mut().ok_or(NO_RUN)?;
                let stored = store.load(id).await.map_err(|error| told(&error))?;
                let name = stored.header.name.clone();
                (
                    name,
                    RunFile { header: stored.header, branches: stored.branches, original: stored.original },
                )
            }
        };
        let bytes = file.encode().map_err(|error| error.to_string())?;
        let name = if name.is_empty() { "run".to_owned() } else { answers::file_name(&name) };
        Ok(Reply::File { name: format!("{name}.tabletop"), bytes })
    }

    async fn take_over(&mut self) -> Result<Reply, String> {
        let store = self.store.as_mut().ok_or(NO_RUN)?;
        store.take_over().await.map_err(|error| told(&error))?;
        // The other tab may have gone on: what it saved is the truth.
        match self.run.as_ref().map(|run| (run.id, run.spot())) {
            Some((id, _)) => match self.open(id).await {
                Ok(reply) => Ok(reply),
                // A run that only this tab ever had.
                Err(_) => self.frame(),
            },
            None => self.start().await,
        }
    }
}
