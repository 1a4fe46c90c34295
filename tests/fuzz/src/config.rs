//! A configuration, and a list of the staff.

use std::path::PathBuf;
use std::sync::LazyLock;

use vereda::config::Config;
use vereda::staff::Staff;

/// Both are files.
static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = std::env::temp_dir().join(format!("vereda-fuzz-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
});

/// The first byte says which.
pub fn case(input: &[u8]) {
    let Some((which, text)) = input.split_first() else {
        return;
    };
    let file = FOLDER.join(format!("{which}.toml"));
    std::fs::write(&file, text).unwrap();
    match which {
        0 => {
            // What is wrong is told in a few lines, whatever the file holds.
            if let Err(error) = Config::load(&file) {
                assert!(error.to_string().len() < 4_096 + 2 * text.len(), "{error}");
            }
        }
        _ => drop(Staff::load(&file)),
    }
    std::fs::remove_file(&file).unwrap();
}

/// The samples, and the demonstration's.
pub fn seeds() -> Vec<Vec<u8>> {
    let plain = |text: &str| {
        let lines = text
            .lines()
            .filter(|l| !l.trim_start().starts_with('#') && !l.trim().is_empty());
        lines.collect::<Vec<_>>().join("\n")
    };
    let of = |which: u8, text: &str| [&[which], plain(text).as_bytes()].concat();
    vec![
        of(0, include_str!("../../../images/spot.toml")),
        of(0, include_str!("../../../images/hub.toml")),
        of(0, include_str!("../../../images/abroad.toml")),
        of(0, include_str!("../../../images/demo/movel-07.toml")),
        of(1, include_str!("../../../images/demo/staff.toml")),
    ]
}
