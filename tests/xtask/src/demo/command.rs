//! What can be typed at the demonstration's prompt.

use super::config::Site;

pub(super) const HELP: &str = "\
\x20 cut vehicle|home         the link to the hub breaks            v, h  cut or restore it
  restore vehicle|home     the link is back
  meet | part              the two spots come into one network, or leave it: no hub is needed
  card KEY [vehicle|home]  that card goes into the reader        c     the next card, at the vehicle
  card out [vehicle|home]  the card is taken out                 o     the card out, at the vehicle
  cards                    which cards there are
  kill vehicle|home|hub    pull the plug: kill -9, then start again
  status   tour   help   quit";

/// A command, read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Command {
    Cut(Site),
    Restore(Site),
    Toggle(Site),
    Meet,
    Part,
    Insert(String, Site),
    NextCard(Site),
    TakeOut(Site),
    Cards,
    Kill(Site),
    Status,
    Tour,
    Help,
    Quit,
    Nothing,
}

impl Command {
    /// Reads a line; an error says what would have been understood.
    pub(super) fn parse(line: &str) -> Result<Self, String> {
        let words: Vec<&str> = line.split_whitespace().collect();
        Ok(match words[..] {
            [] => Command::Nothing,
            ["cut", place] => Command::Cut(spot(place)?),
            ["restore", place] => Command::Restore(spot(place)?),
            ["meet"] => Command::Meet,
            ["part"] => Command::Part,
            ["v"] => Command::Toggle(Site::Vehicle),
            ["h"] => Command::Toggle(Site::Home),
            ["card", "out"] | ["o"] => Command::TakeOut(Site::Vehicle),
            ["card", "out", place] | ["o", place] => Command::TakeOut(spot(place)?),
            ["card", key] => Command::Insert(key.into(), Site::Vehicle),
            ["card", key, place] => Command::Insert(key.into(), spot(place)?),
            ["c"] => Command::NextCard(Site::Vehicle),
            ["c", place] => Command::NextCard(spot(place)?),
            ["cards"] => Command::Cards,
            ["kill", "hub"] => Command::Kill(Site::Hub),
            ["kill", place] => Command::Kill(spot(place)?),
            ["status" | "s"] => Command::Status,
            ["tour" | "t"] => Command::Tour,
            ["help" | "?"] => Command::Help,
            ["quit" | "exit" | "q"] => Command::Quit,
            ["cut" | "restore" | "kill"] => return Err(format!("{line} what? vehicle or home")),
            _ => return Err(format!("{:?} is no command; help lists them", line.trim())),
        })
    }
}

fn spot(word: &str) -> Result<Site, String> {
    match word {
        "vehicle" | "v" => Ok(Site::Vehicle),
        "home" | "h" => Ok(Site::Home),
        other => Err(format!("{other:?} is neither vehicle nor home")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read() {
        let cases = [
            ("cut vehicle", Command::Cut(Site::Vehicle)),
            ("  restore   home\n", Command::Restore(Site::Home)),
            ("v", Command::Toggle(Site::Vehicle)),
            ("meet", Command::Meet),
            ("card maria", Command::Insert("maria".into(), Site::Vehicle)),
            (
                "card maria home",
                Command::Insert("maria".into(), Site::Home),
            ),
            ("card out home", Command::TakeOut(Site::Home)),
            ("kill hub", Command::Kill(Site::Hub)),
            ("", Command::Nothing),
        ];
        for (line, command) in cases {
            assert_eq!(Command::parse(line), Ok(command), "{line:?}");
        }
    }

    #[test]
    fn what_is_not_understood_is_said() {
        for line in [
            "cut",
            "cut hub",
            "card",
            "card a b c",
            "frobnicate",
            "kill everything",
        ] {
            assert!(Command::parse(line).is_err(), "{line:?}");
        }
    }
}
