//! factorio-log
