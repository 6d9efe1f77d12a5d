//! isr-store
