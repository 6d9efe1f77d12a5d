//! factorio-isr
