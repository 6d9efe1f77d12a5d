//! The machine alone, on a clock that is a number.

mod budgets;
mod faults;
mod life;
mod scene;
