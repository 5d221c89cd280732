//! Quantities as types.
