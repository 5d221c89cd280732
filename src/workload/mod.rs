//! Who asks: descriptions of load.

pub mod diskspd;
