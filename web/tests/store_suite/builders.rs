//! Runs and saves, built in one line.

use tabletop_core::base::{Digest, Rng, SimTime};
use tabletop_core::record::{
    BranchEntries, BranchRecord, Cursor, Entry, ImportId, MarkerRecord, RunFile, RunHeader,
};
use tabletop_web::store::{SaveBatch, StoredRun, Tail};

/// Entries `from..to` of the one history that all tests play.
pub(crate) fn entries(from: u64, to: u64) -> Vec<Entry> {
    (from..to)
        .map(|index| {
            let mut rng = Rng::new(index);
            let command = (0..rng.below(30)).map(|_| rng.next_u64() as u8).collect();
            let (after, at) = (index * 10 + rng.below(9), SimTime(index * 1_000));
            Entry { after, at, command, digest: Digest(rng.next_u64()) }
        })
        .collect()
}

/// A run as the engine holds it in memory.
#[derive(Clone, Debug)]
pub(crate) struct Played {
    pub(crate) file: RunFile,
    saved: Vec<u64>,
}

impl Played {
    /// A run with nothing but `main`.
    pub(crate) fn new(name: &str, original: Option<&[u8]>) -> Self {
        let header = RunHeader {
            lab: 1,
            name: name.into(),
            scenario: "incident".into(),
            seed: 42,
            config: vec![9; 1_000],
            branches: Vec::new(),
            markers: Vec::new(),
            cursor: Cursor::default(),
            created_unix_ms: 5,
            saved_unix_ms: 5,
            original: original.map(ImportId::of),
            beside: None,
        };
        let original = original.map(<[u8]>::to_vec);
        let mut played = Self { file: RunFile { header, branches: Vec::new(), original }, saved: Vec::new() };
        played.branch(None);
        played
    }

    fn branch(&mut self, parent: Option<(u32, u64)>) {
        let id = self.file.branches.len() as u32;
        let step = parent.map_or(0, |(_, step)| step);
        self.file.header.branches.push(BranchRecord {
            id,
            name: format!("branch {id}"),
            parent,
            fork_time: SimTime(step),
            head_step: step,
            head_time: SimTime(step),
            head_digest: Some(Digest(1)),
            entries: 0,
        });
        self.file.branches.push(BranchEntries { branch: id, entries: Vec::new() });
        self.saved.push(0);
    }

    /// Forks off a branch at this entry, with a flag on it.
    pub(crate) fn fork(&mut self, parent: u32, entry: u64) {
        self.branch(Some((parent, entry * 10)));
        let (branch, name) = (self.file.branches.len() as u32 - 1, "here".into());
        let marker = MarkerRecord { branch, step: entry * 10, time: SimTime::ZERO, name };
        self.file.header.markers.push(marker);
    }

    /// Plays a branch on to entry `to` of the history, from where it is.
    pub(crate) fn play(&mut self, branch: u32, to: u64) {
        let record = &mut self.file.header.branches[branch as usize];
        let from = record.parent.map_or(0, |(_, step)| step / 10) + record.entries;
        let new = entries(from, to);
        record.entries += new.len() as u64;
        record.head_step = to * 10;
        record.head_time = SimTime(to * 1_000);
        self.file.branches[branch as usize].entries.extend(new);
        self.file.header.saved_unix_ms += 1;
        self.file.header.cursor = Cursor { branch, step: to * 10, time: SimTime(to * 1_000) };
    }

    /// What is not saved yet.
    pub(crate) fn batch(&self) -> SaveBatch<'_> {
        let tails = self.file.branches.iter().zip(&self.saved).map(|(branch, from)| Tail {
            branch: branch.branch,
            from: *from,
            entries: branch.entries[*from as usize..].to_vec(),
        });
        let tails = tails.filter(|tail| !tail.entries.is_empty()).collect();
        SaveBatch { header: &self.file.header, tails, original: self.file.original.as_deref() }
    }

    /// The store said it is saved.
    pub(crate) fn acknowledge(&mut self) {
        self.saved = self.file.branches.iter().map(|branch| branch.entries.len() as u64).collect();
    }

    /// Goes on from what was read back.
    pub(crate) fn from_stored(stored: StoredRun) -> Self {
        let StoredRun { header, branches, original, .. } = stored;
        let mut played = Self { file: RunFile { header, branches, original }, saved: Vec::new() };
        played.acknowledge();
        played
    }
}

/// Asserts that a run was read back as it was played.
#[track_caller]
pub(crate) fn assert_same(stored: &StoredRun, played: &Played) {
    assert_eq!(stored.cut, None);
    assert_eq!(stored.header, played.file.header);
    assert_eq!(stored.original, played.file.original);
    assert_eq!(stored.branches, played.file.branches);
}
