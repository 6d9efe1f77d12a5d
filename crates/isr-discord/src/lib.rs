//! isr-discord
