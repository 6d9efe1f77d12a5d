//! The operator's connection, as far as games are concerned.
//!
//! Owns nothing: the tables are those of the modules beside this one.

use super::{AlertRow, Maintenance, Scope, alerts, maintenance};
use crate::admin::{Admin, AdminError};

impl Admin {
    /// Plans work: alerts of its scope keep silent. An earlier plan of the same scope ends with it.
    ///
    /// # Errors
    /// [`AdminError::Sqlite`]; nothing is planned then.
    pub fn begin_maintenance(&mut self, planned: &Maintenance) -> Result<(), AdminError> {
        self.change(|conn| maintenance::begin(conn, planned))
    }

    /// Ends planned work: that of one server, or all of it. Tells how many plans were going on.
    ///
    /// # Errors
    /// [`AdminError::Sqlite`]; nothing is ended then.
    pub fn end_maintenance(&mut self, scope: &Scope, now_ms: i64) -> Result<usize, AdminError> {
        self.change(|conn| maintenance::end(conn, scope, now_ms))
    }

    /// The planned work, past or not.
    ///
    /// # Errors
    /// [`AdminError::Sqlite`].
    pub fn maintenance(&self) -> Result<Vec<Maintenance>, AdminError> {
        self.look(maintenance::all)
    }

    /// What the rules of alerts remember.
    ///
    /// # Errors
    /// [`AdminError::Sqlite`].
    pub fn alerts(&self) -> Result<Vec<AlertRow>, AdminError> {
        self.look(alerts::all)
    }
}
