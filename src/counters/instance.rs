//! Names of instances.

/// A name as the instance of an adapter has it: brackets for parentheses, `_` for `#`, `/` and `\`,
/// which would otherwise end the instance or the path.
#[must_use]
pub fn sanitised(name: &str) -> String {
    let change = |c: char| match c {
        '(' => '[',
        ')' => ']',
        '#' | '/' | '\\' => '_',
        c if c.is_control() => '_',
        c => c,
    };
    name.chars().map(change).collect()
}

/// The path of a virtual disk's file as its instance has it: `-` for `\` and `:`.
#[must_use]
pub fn file_instance(volume: &str, file: &str) -> String {
    let path = format!("C:\\ClusterStorage\\{volume}\\{file}");
    sanitised(&path.replace(['\\', ':', '/'], "-"))
}

/// A GUID that stands for the one a volume gets when it is made: a function of its name alone.
#[must_use]
pub fn guid(name: &str) -> String {
    // FNV-1a over the name in small letters, with two starts.
    let hash = |start: u64| {
        name.to_lowercase().bytes().fold(start, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3).rotate_left(5)
        })
    };
    let (a, b) = (hash(0xCBF2_9CE4_8422_2325), hash(0x9E37_79B9_7F4A_7C15));
    format!(
        "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
        a >> 32,
        (a >> 16) & 0xFFFF,
        a & 0xFFF,
        b >> 52,
        b & 0xFFFF_FFFF_FFFF
    )
}
