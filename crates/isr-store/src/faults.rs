//! Faults for tests: what a disk, a kill or an old library would do, at places that a test can name.
//!
//! Owns the plan that tests arm. Must not be armed by the program itself: [`Faults::default`] holds no plan, and every
//! question to it is then one branch.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::ffi;

/// Where a fault can strike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailPoint {
    /// Before a transaction begins.
    BeforeBegin,
    /// After half of a batch's deliveries are inserted.
    MidInsert,
    /// When everything is in the transaction, before COMMIT.
    BeforeCommit,
    /// After COMMIT, before anything else.
    AfterCommit,
    /// Before the callers learn of the commit.
    BeforeAck,
    /// In the middle of a migration.
    MidMigration,
    /// Before the write-ahead log is folded back.
    BeforeCheckpoint,
    /// After what can be saved of a damaged store is in the new file, before either file is moved.
    BeforeReplace,
    /// After the damaged store is moved aside, before the new one takes its place.
    MidReplace,
}

/// What happens there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultAction {
    /// The process is gone, as by SIGKILL.
    Abort,
    /// SQLite's answer is this result code.
    Fail(i32),
}

#[derive(Debug, Default)]
struct Plan {
    armed: Vec<(FailPoint, u32, FaultAction)>,
    max_pages: Option<u32>,
    sqlite_version: Option<i32>,
    file_system: Option<String>,
}

/// The faults of one store. Clones share the plan, so that a test can change it while the store runs.
#[derive(Debug, Clone, Default)]
pub struct Faults(Option<Arc<Mutex<Plan>>>);

impl Faults {
    /// A plan that can be armed.
    #[must_use]
    pub fn armable() -> Self {
        Self(Some(Arc::default()))
    }

    /// Lets `action` happen once, after `skip` passes.
    pub fn arm(&self, point: FailPoint, skip: u32, action: FaultAction) {
        self.change(|plan| plan.armed.push((point, skip, action)));
    }

    /// Bounds the database to so many pages, as a full disk would; `None` lifts the bound.
    pub fn limit_pages(&self, pages: Option<u32>) {
        self.change(|plan| plan.max_pages = pages);
    }

    /// Pretends that this SQLite is linked.
    pub fn pretend_sqlite(&self, version: i32) {
        self.change(|plan| plan.sqlite_version = Some(version));
    }

    /// Pretends that the state folder lies on this kind of file system.
    pub fn pretend_file_system(&self, kind: &str) {
        self.change(|plan| plan.file_system = Some(kind.to_owned()));
    }

    fn change(&self, edit: impl FnOnce(&mut Plan)) {
        if let Some(plan) = &self.0 {
            edit(&mut plan.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }

    fn look<T>(&self, read: impl FnOnce(&Plan) -> Option<T>) -> Option<T> {
        self.0
            .as_ref()
            .and_then(|plan| read(&plan.lock().unwrap_or_else(PoisonError::into_inner)))
    }

    /// The bound on pages, when a test ever set one.
    pub(crate) fn max_pages(&self) -> Option<u32> {
        self.0.as_ref()?;
        Some(self.look(|plan| plan.max_pages).unwrap_or(u32::MAX - 1))
    }

    pub(crate) fn sqlite_version(&self) -> i32 {
        self.look(|plan| plan.sqlite_version)
            .unwrap_or_else(rusqlite::version_number)
    }

    pub(crate) fn file_system(&self) -> Option<String> {
        self.look(|plan| plan.file_system.clone())
    }

    /// Passes a fail point.
    pub(crate) fn pass(&self, point: FailPoint) -> rusqlite::Result<()> {
        if self.0.is_none() {
            return Ok(());
        }
        let mut struck = None;
        self.change(|plan| struck = plan.strike(point));
        match struck {
            None => Ok(()),
            Some(FaultAction::Abort) => std::process::abort(),
            Some(FaultAction::Fail(code)) => Err(rusqlite::Error::SqliteFailure(
                ffi::Error::new(code),
                Some("injected".to_owned()),
            )),
        }
    }
}

impl Plan {
    fn strike(&mut self, point: FailPoint) -> Option<FaultAction> {
        let index = self.armed.iter().position(|(at, ..)| *at == point)?;
        let (_, skip, action) = self.armed.get_mut(index)?;
        if *skip > 0 {
            *skip -= 1;
            return None;
        }
        let action = *action;
        self.armed.remove(index);
        Some(action)
    }
}
