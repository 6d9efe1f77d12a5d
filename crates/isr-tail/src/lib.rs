//! isr-tail
