//! A signature drawn by hand: strokes of points, bounded, never an image.
//!
//! In records: strokes apart by `;`, points by a space, `x,y` in [`WIDTH`] × [`HEIGHT`].

use std::fmt::{self, Write as _};

/// Width of the field that is signed in, in its own units.
pub const WIDTH: u16 = 1000;
/// Its height.
pub const HEIGHT: u16 = 300;
/// Most strokes.
pub const MAX_STROKES: usize = 60;
/// Most points of all strokes together.
pub const MAX_POINTS: usize = 1_500;
/// Longest text that can be one.
pub const MAX_BYTES: usize = MAX_POINTS * 9;
/// A signature is no dot and no slip of the finger: how wide it is at least.
const LEAST_WIDTH: u16 = 60;
/// And how many points it has.
const LEAST_POINTS: usize = 5;

/// Why it is no signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoSignature {
    /// Too little to be one.
    #[error("too little was drawn to be a signature")]
    TooLittle,
    /// More than a hand draws.
    #[error("more was drawn than a signature has")]
    TooMuch,
    /// Not strokes of points within the field.
    #[error("not a drawn signature")]
    Malformed,
}

/// A signature drawn by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strokes(Vec<Vec<(u16, u16)>>);

impl Strokes {
    /// Reads what a page or a record holds; bounded before it is looked at.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(text: &str) -> Result<Self, NoSignature> {
        if text.len() > MAX_BYTES {
            return Err(NoSignature::TooMuch);
        }
        if text.is_empty() {
            return Err(NoSignature::TooLittle);
        }
        let strokes: Option<Vec<Vec<_>>> = text
            .split(';')
            .map(|stroke| stroke.split(' ').map(point).collect())
            .collect();
        let strokes = strokes.ok_or(NoSignature::Malformed)?;
        let points = || strokes.iter().flatten();
        if strokes.len() > MAX_STROKES || points().count() > MAX_POINTS {
            return Err(NoSignature::TooMuch);
        }
        let xs = || points().map(|(x, _)| *x);
        let wide = xs().max().unwrap_or(0) - xs().min().unwrap_or(0);
        if points().count() < LEAST_POINTS || wide < LEAST_WIDTH {
            return Err(NoSignature::TooLittle);
        }
        Ok(Self(strokes))
    }

    /// The data of a path in SVG, in a view of [`WIDTH`] × [`HEIGHT`].
    #[must_use]
    pub fn path(&self) -> String {
        let mut path = String::new();
        for stroke in &self.0 {
            for (n, (x, y)) in stroke.iter().enumerate() {
                let verb = if n == 0 { 'M' } else { 'L' };
                let _ = write!(path, "{verb}{x} {y}");
            }
            // A dot is a line without length: round ends draw it.
            if let [(x, y)] = stroke[..] {
                let _ = write!(path, "L{x} {y}");
            }
        }
        path
    }
}

impl fmt::Display for Strokes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, stroke) in self.0.iter().enumerate() {
            if n > 0 {
                f.write_char(';')?;
            }
            for (n, (x, y)) in stroke.iter().enumerate() {
                if n > 0 {
                    f.write_char(' ')?;
                }
                write!(f, "{x},{y}")?;
            }
        }
        Ok(())
    }
}

fn point(text: &str) -> Option<(u16, u16)> {
    let (x, y) = text.split_once(',')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(x) || !digits(y) {
        return None;
    }
    let (x, y) = (x.parse().ok()?, y.parse().ok()?);
    (x <= WIDTH && y <= HEIGHT).then_some((x, y))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DRAWN: &str = "100,200 140,80 180,210;200,150;220,160 260,140 300,170";

    #[test]
    fn it_reads_back_as_it_was_drawn() {
        let strokes = Strokes::parse(DRAWN).unwrap();
        assert_eq!(strokes.to_string(), DRAWN);
        assert_eq!(
            strokes.path(),
            "M100 200L140 80L180 210M200 150L200 150M220 160L260 140L300 170"
        );
    }

    #[test]
    fn a_dot_a_slip_and_nothing_are_none() {
        for text in ["", "10,10", "10,10 20,20 30,30 40,40 50,50", "0,0 900,0"] {
            assert_eq!(Strokes::parse(text), Err(NoSignature::TooLittle), "{text}");
        }
    }

    #[test]
    fn what_is_too_much_or_no_strokes_is_refused_before_it_is_kept() {
        let points = |n: usize| vec!["1,1"; n].join(" ");
        assert_eq!(
            Strokes::parse(&points(MAX_POINTS + 1)),
            Err(NoSignature::TooMuch)
        );
        assert_eq!(
            Strokes::parse(&"9".repeat(MAX_BYTES + 1)),
            Err(NoSignature::TooMuch)
        );
        let strokes = vec!["1,1"; MAX_STROKES + 1].join(";");
        assert_eq!(Strokes::parse(&strokes), Err(NoSignature::TooMuch));
        for text in [
            "1,1 2",
            "1,1;;2,2",
            "1,1  2,2",
            "-1,1 2,2",
            "+1,1 2,2",
            "1001,1 2,2",
            "1,301",
            "1,1,1",
            "65536,1",
            "<path d=''/>",
            "1,1 2,2 3,3 4,4 900,9\" onload=\"x",
        ] {
            assert_eq!(Strokes::parse(text), Err(NoSignature::Malformed), "{text}");
        }
    }
}
