//! The machine's battery, as the system shows it under [`SUPPLIES`]: a folder for each supply, a small file for each value.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Where Linux shows what feeds the machine.
pub const SUPPLIES: &str = "/sys/class/power_supply";

/// Most supplies that are looked at.
const MAX_SUPPLIES: usize = 16;
/// Longest value, in bytes.
const MAX_VALUE_BYTES: u64 = 64;

/// The machine's battery; of several, all together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Battery {
    /// How full, 0 to 100.
    pub percent: u8,
    /// The machine is on mains.
    pub on_mains: bool,
}

/// Reads what is under a folder like [`SUPPLIES`]; `None`: the machine has no battery, or the system does not show one.
/// Batteries of mice and headsets are none of the machine's.
#[must_use]
pub fn battery(supplies: &Path) -> Option<Battery> {
    let (mut levels, mut discharging, mut mains) = (Vec::new(), false, false);
    for supply in std::fs::read_dir(supplies)
        .ok()?
        .flatten()
        .take(MAX_SUPPLIES)
    {
        let folder = supply.path();
        let value = |name: &str| value(&folder.join(name));
        match value("type").as_deref() {
            Some("Battery") if value("scope").as_deref() != Some("Device") => {
                let level = value("capacity").and_then(|v| v.parse::<u8>().ok());
                levels.extend(level.filter(|level| *level <= 100));
                discharging |= value("status").as_deref() == Some("Discharging");
            }
            Some("Mains" | "USB") => mains |= value("online").as_deref() == Some("1"),
            _ => {}
        }
    }
    let sum: usize = levels.iter().map(|level| usize::from(*level)).sum();
    let percent = sum.checked_div(levels.len())?;
    Some(Battery {
        percent: u8::try_from(percent).unwrap_or(100),
        on_mains: mains || !discharging,
    })
}

fn value(file: &Path) -> Option<String> {
    let mut text = String::new();
    let open = File::open(file).ok()?;
    open.take(MAX_VALUE_BYTES).read_to_string(&mut text).ok()?;
    Some(text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::*;

    /// A folder of supplies, gone with the test.
    struct Shown(PathBuf);

    impl Shown {
        fn new(name: &str, supplies: &[(&str, &[(&str, &str)])]) -> Self {
            let folder =
                std::env::temp_dir().join(format!("vereda-power-{}-{name}", std::process::id()));
            for (supply, values) in supplies {
                fs::create_dir_all(folder.join(supply)).unwrap();
                for (file, text) in *values {
                    fs::write(folder.join(supply).join(file), format!("{text}\n")).unwrap();
                }
            }
            Self(folder)
        }
    }

    impl Drop for Shown {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_battery_is_read_and_an_absent_one_is_absent() {
        let on_battery: &[(&str, &str)] = &[
            ("type", "Battery"),
            ("capacity", "62"),
            ("status", "Discharging"),
        ];
        let unplugged: &[(&str, &str)] = &[("type", "Mains"), ("online", "0")];
        let mouse: &[(&str, &str)] = &[("type", "Battery"), ("scope", "Device"), ("capacity", "3")];
        let full: &[(&str, &str)] = &[
            ("type", "Battery"),
            ("capacity", "100"),
            ("status", "Not charging"),
        ];
        let hostile: &[(&str, &str)] = &[
            ("type", "Battery"),
            ("capacity", "900"),
            ("status", "\u{1b}[2J"),
        ];
        let known = |percent, on_mains| Some(Battery { percent, on_mains });
        for (name, supplies, expected) in [
            (
                "van",
                vec![("BAT0", on_battery), ("AC", unplugged), ("hid", mouse)],
                known(62, false),
            ),
            ("full", vec![("BAT0", full)], known(100, true)),
            (
                "two",
                vec![("BAT0", on_battery), ("BAT1", full)],
                known(81, false),
            ),
            ("desk", vec![("AC", unplugged), ("hid", mouse)], None),
            ("hostile", vec![("BAT0", hostile)], None),
        ] {
            let shown = Shown::new(name, &supplies);
            assert_eq!(battery(&shown.0), expected, "{name}");
        }
        assert_eq!(battery(Path::new("/nowhere/at/all")), None);
    }
}
