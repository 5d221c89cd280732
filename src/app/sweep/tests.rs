//! Shards, kills and merges on the disk.
