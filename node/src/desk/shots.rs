//! What a photograph says of itself: when it was taken, and where. It is read from the photograph wherever it is shown, so
//! nothing of it is kept beside; what says nothing, or cannot be, is shown as that and loses nothing.

use std::io::Cursor;

use exif::{DateTime, Exif, In, Rational, Reader, Tag, Value};
use rusqlite::Connection;
use vereda_sync::day::Date;
use vereda_sync::id::BlobId;
use vereda_sync::record::tour::Position;
use vereda_web::desk::port::{Attachment, Shot};
use vereda_web::map::{Ground, ground};

use crate::clock;
use crate::store::{Result, blob};

/// So much of a photograph is looked at, in bytes: a JPEG has it within its first 64 KiB or so.
const LOOKED_AT_BYTES: usize = 128 << 10;
/// Before this year no camera said where it was.
const FIRST_YEAR: u16 = 1990;
/// An accuracy beyond this says nothing, in metres.
const WORST_ACCURACY_M: u64 = 100_000;

/// Looks at a photograph that is here.
pub(super) fn look(db: &Connection, attachment: &mut Attachment) -> Result<()> {
    let Some(id) = BlobId::from_hex(&attachment.blob) else {
        return Ok(());
    };
    if !attachment.here || !attachment.media_type.starts_with("image/") {
        return Ok(());
    }
    let first = blob::read(db, &id.0, 0)?;
    let day = clock::day(attachment.taken.unix_ms);
    let mut shot = shot(&first, Date::parse(&day));
    shot.seen_elsewhere = attachment
        .seen
        .is_some_and(|seen| ground(seen.position) == Ground::Elsewhere);
    shot.apart_km = attachment.seen.zip(shot.position).and_then(|(seen, said)| {
        let apart = metres_apart(seen.position, said) / 1000.0;
        // Both may be off by a street or two.
        (apart >= 2.0).then_some(apart.round() as u32)
    });
    attachment.shot = Some(shot);
    Ok(())
}

/// What the first bytes of a photograph say, that was taken in on that day.
fn shot(first: &[u8], taken_in: Option<Date>) -> Shot {
    let first = first.get(..LOOKED_AT_BYTES).unwrap_or(first);
    let read = Reader::new().read_from_container(&mut Cursor::new(first));
    let Ok(exif) = read else {
        return Shot::default();
    };
    let at = moment(&exif);
    let day = at.as_ref().and_then(|at| {
        let year = i32::from(at.year);
        Date::of(year, u16::from(at.month), u16::from(at.day))
    });
    // A camera whose clock was never set says that it was another century; one that is ahead, that it is tomorrow.
    let is_odd = |day: Date| taken_in.is_some_and(|now| day > now.days_on(1));
    let taken = at.zip(day).filter(|(at, day)| {
        at.year >= FIRST_YEAR && at.hour < 24 && at.minute < 60 && !is_odd(*day)
    });
    let position = position(&exif);
    Shot {
        age_days: taken
            .as_ref()
            .zip(taken_in)
            .map(|((_, day), now)| days_between(*day, now)),
        has_odd_date: day.is_some() && taken.is_none(),
        taken: taken.map(|(at, day)| (day.to_string(), format!("{:02}:{:02}", at.hour, at.minute))),
        is_elsewhere: position.is_some_and(|at| ground(at) == Ground::Elsewhere),
        accuracy_m: position.and_then(|_| accuracy_m(&exif)),
        position,
        ..Shot::default()
    }
}

/// About so many metres lie between them.
fn metres_apart(a: Position, b: Position) -> f64 {
    let of = |part: i32| f64::from(part) / 10_000.0;
    let (north, east) = (of(a.lat) - of(b.lat), of(a.lon) - of(b.lon));
    let east = east * of(a.lat).to_radians().cos();
    north.hypot(east) * 111_195.0
}

/// So many days from one to the other; at most a long time.
fn days_between(from: Date, until: Date) -> u32 {
    let day_ms = 24 * 60 * 60 * 1000;
    let days = (clock::began_ms(until) - clock::began_ms(from) + day_ms / 2) / day_ms;
    u32::try_from(days).unwrap_or(0)
}

fn moment(exif: &Exif) -> Option<DateTime> {
    let said = |tag| match &exif.get_field(tag, In::PRIMARY)?.value {
        Value::Ascii(lines) => DateTime::from_ascii(lines.first()?).ok(),
        _ => None,
    };
    said(Tag::DateTimeOriginal).or_else(|| said(Tag::DateTimeDigitized))
}

fn position(exif: &Exif) -> Option<Position> {
    let lat = degrees(exif, Tag::GPSLatitude, (Tag::GPSLatitudeRef, b'S'), 90)?;
    let lon = degrees(exif, Tag::GPSLongitude, (Tag::GPSLongitudeRef, b'W'), 180)?;
    // What a telephone writes that did not know where it was.
    (lat != 0 || lon != 0).then_some(Position { lat, lon })
}

/// Ten-thousandths of a degree.
fn degrees(exif: &Exif, tag: Tag, (side, negative): (Tag, u8), most: i64) -> Option<i32> {
    let parts = rationals(exif, tag)?;
    let mut sum = 0_i64;
    for (part, per_degree) in parts.iter().zip([1_i64, 60, 3600]) {
        let Rational { num, denom } = part;
        // Of seconds nothing was said: 0/0.
        if *denom == 0 {
            continue;
        }
        sum += i64::from(*num) * 10_000 / i64::from(*denom) / per_degree;
    }
    let is_negative = match &exif.get_field(side, In::PRIMARY)?.value {
        Value::Ascii(lines) => lines.first()?.first()?.eq_ignore_ascii_case(&negative),
        _ => return None,
    };
    let sum = i32::try_from(sum)
        .ok()
        .filter(|sum| i64::from(*sum) <= most * 10_000)?;
    Some(if is_negative { -sum } else { sum })
}

fn accuracy_m(exif: &Exif) -> Option<u32> {
    let first = rationals(exif, Tag::GPSHPositioningError)?.first()?;
    let metres = u64::from(first.num).div_ceil(u64::from(first.denom).max(1));
    (first.denom > 0 && metres <= WORST_ACCURACY_M).then(|| u32::try_from(metres).ok())?
}

fn rationals(exif: &Exif, tag: Tag) -> Option<&[Rational]> {
    match &exif.get_field(tag, In::PRIMARY)?.value {
        Value::Rational(all) => Some(all),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use exif::experimental::Writer;
    use exif::{Field, In, Rational, Tag, Value};
    use proptest::prelude::*;
    use vereda_sync::day::Date;

    use super::{Position, Shot, metres_apart, shot};

    /// Degrees, minutes and seconds.
    type Angle = [(u32, u32); 3];

    fn ascii(tag: Tag, text: &str) -> Field {
        let value = Value::Ascii(vec![text.as_bytes().to_vec()]);
        Field {
            tag,
            ifd_num: In::PRIMARY,
            value,
        }
    }

    fn angle(tag: Tag, parts: Angle) -> Field {
        let value = Value::Rational(parts.map(|(num, denom)| Rational { num, denom }).to_vec());
        Field {
            tag,
            ifd_num: In::PRIMARY,
            value,
        }
    }

    /// The beginning of a JPEG that says this of itself.
    fn jpeg(fields: &[Field]) -> Vec<u8> {
        let mut writer = Writer::new();
        fields.iter().for_each(|field| writer.push_field(field));
        let mut tiff = Cursor::new(Vec::new());
        writer.write(&mut tiff, false).unwrap();
        let body = [b"Exif\0\0".to_vec(), tiff.into_inner()].concat();
        let length = u16::try_from(body.len() + 2).unwrap().to_be_bytes();
        [&[0xff, 0xd8, 0xff, 0xe1][..], &length, &body, &[0xff, 0xd9]].concat()
    }

    fn at(date: &str, lat: Angle, lon: Angle) -> Shot {
        let fields = [
            ascii(Tag::DateTimeOriginal, date),
            ascii(Tag::GPSLatitudeRef, "N"),
            angle(Tag::GPSLatitude, lat),
            ascii(Tag::GPSLongitudeRef, "W"),
            angle(Tag::GPSLongitude, lon),
            angle(Tag::GPSHPositioningError, [(47, 10), (0, 1), (0, 1)]),
        ];
        shot(&jpeg(&fields), Date::parse("2026-11-23"))
    }

    const ALFERCE: (Angle, Angle) = (
        [(37, 1), (20, 1), (132, 100)],
        [(8, 1), (29, 1), (2004, 100)],
    );

    #[test]
    fn a_photograph_says_when_and_where_it_was_taken() {
        let seen = at("2026:11:20 14:03:09", ALFERCE.0, ALFERCE.1);
        assert_eq!(seen.taken, Some(("2026-11-20".into(), "14:03".into())));
        assert_eq!((seen.age_days, seen.accuracy_m), (Some(3), Some(5)));
        assert_eq!(seen.position.unwrap().text(), "37,3336; -8,4888");
        assert!(!seen.is_elsewhere && !seen.has_odd_date);
    }

    #[test]
    fn what_photograph_and_browser_say_apart_is_measured() {
        let at = |text| Position::parse(text).unwrap();
        let metres = metres_apart(at("37,3336; -8,4888"), at("37,3336; -8,3888"));
        assert!((8_700.0..8_900.0).contains(&metres), "{metres}");
        assert!(metres_apart(at("37,1; -8,1"), at("37,1; -8,1")) < 1.0);
    }

    #[test]
    fn what_cannot_be_is_said_and_loses_nothing() {
        let at_sea = at(
            "2026:11:20 14:03:09",
            [(38, 1), (30, 1), (0, 1)],
            [(11, 1), (0, 1), (0, 0)],
        );
        assert!(at_sea.is_elsewhere && at_sea.taken.is_some());
        for date in [
            "0000:00:00 00:00:00",
            "1970:01:01 00:00:00",
            "2036:01:01 10:00:00",
            "ontem",
        ] {
            let odd = at(date, ALFERCE.0, ALFERCE.1);
            assert_eq!((odd.taken, odd.age_days), (None, None), "{date}");
            assert!(odd.position.is_some());
        }
        let nowhere = at("2026:11:20 14:03:09", [(0, 1); 3], [(0, 1); 3]);
        assert_eq!(nowhere.position, None);
        let absurd = at("2026:11:20 14:03:09", [(4_000_000_000, 1); 3], ALFERCE.1);
        assert_eq!(absurd.position, None);
        assert_eq!(shot(b"\xff\xd8\xff\xd9", None), Shot::default());
    }

    proptest! {
        #[test]
        fn anything_may_come(
            change in proptest::collection::vec((0_usize..400, any::<u8>()), 0..40), cut in 0_usize..500,
        ) {
            let mut bytes = jpeg(&[
                ascii(Tag::DateTimeOriginal, "2026:11:20 14:03:09"),
                ascii(Tag::GPSLatitudeRef, "N"),
                angle(Tag::GPSLatitude, ALFERCE.0),
            ]);
            for (at, with) in change {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = with;
                }
            }
            bytes.truncate(cut);
            let _ = shot(&bytes, Date::parse("2026-11-23"));
        }
    }
}
