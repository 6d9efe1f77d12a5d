//! isr-testkit
