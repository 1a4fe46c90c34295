//! The figures as files, made while they are sent: whoever stops reading stops it, and no more than one part is held.

use std::fmt::Write as _;

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::Stream;
use futures_util::stream::try_unfold;

use super::parquet::{MEDIA_TYPE, Row, Table};
use crate::console::ConsoleState;
use crate::console::port::{Console, Cursor, Line, OpenLine, WAITS, Wanted};
use crate::desk::port::DeskError;
use crate::desk::{Fault, problem};

/// What is read for a file: some lines, and where the next ones are.
pub(super) type Read<L> =
    fn(&dyn Console, &Wanted, Option<Cursor>) -> Result<(Vec<L>, Option<Cursor>), DeskError>;

/// How lines become the bytes of a file.
pub(super) trait Format<L>: Send + 'static {
    /// How such files are told apart by programs, and by their names.
    const IS: (&'static str, &'static str);

    /// The bytes of some lines; what stands before the first and after the last is among them.
    fn part(&mut self, lines: &[L], is_last: bool) -> Result<Vec<u8>, DeskError>;
}

/// A file that is made while it is sent: the first part before anything is said, so that what is wrong can be.
pub(super) async fn file<L: Send + 'static, F: Format<L>>(
    (state, wanted): (ConsoleState, Wanted),
    read: Read<L>,
    name: &str,
    mut format: F,
) -> Response {
    let (media_type, ending) = F::IS;
    let first = next(&state, &wanted, read, None).await;
    let first = first.and_then(|(lines, on)| Ok((format.part(&lines, on.is_none())?, on)));
    let (first, on) = match first {
        Ok(first) => first,
        Err(error) => return Fault::from(error).into_response(),
    };
    let headers = [
        (CONTENT_TYPE, media_type.to_owned()),
        (
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}.{ending}\""),
        ),
    ];
    let next = move |after| {
        let (state, wanted) = (state.clone(), wanted.clone());
        async move { next(&state, &wanted, read, after).await }
    };
    let parts = parts((first, on), format, next);
    (headers, Body::from_stream(parts)).into_response()
}

/// One part at a time, read when it is asked for.
fn parts<L, F: Format<L>, N>(
    (first, on): (Vec<u8>, Option<Cursor>),
    format: F,
    next: impl Fn(Option<Cursor>) -> N + Clone + Send + 'static,
) -> impl Stream<Item = Result<Bytes, std::io::Error>>
where
    L: Send + 'static,
    N: Future<Output = Result<(Vec<L>, Option<Cursor>), DeskError>> + Send,
{
    try_unfold((Some(first), on, format), move |(first, on, mut format)| {
        let next = next.clone();
        async move {
            if let Some(first) = first {
                return Ok(Some((Bytes::from(first), (None, on, format))));
            }
            if on.is_none() {
                return Ok(None);
            }
            let part = next(on).await;
            let part = part.and_then(|(lines, on)| Ok((format.part(&lines, on.is_none())?, on)));
            // Cut off, so that nobody takes a part for the whole.
            let (bytes, on) = part.map_err(|error| std::io::Error::other(problem(&error)))?;
            Ok(Some((Bytes::from(bytes), (None, on, format))))
        }
    })
}

async fn next<L: Send + 'static>(
    state: &ConsoleState,
    wanted: &Wanted,
    read: Read<L>,
    after: Option<Cursor>,
) -> Result<(Vec<L>, Option<Cursor>), DeskError> {
    let wanted = wanted.clone();
    state
        .call(move |console| read(console, &wanted, after))
        .await
}

impl<R: Row + 'static> Format<R> for Table<R> {
    const IS: (&'static str, &'static str) = (MEDIA_TYPE, "parquet");

    fn part(&mut self, lines: &[R], is_last: bool) -> Result<Vec<u8>, DeskError> {
        self.put(lines, is_last).map_err(|error| {
            tracing::error!(%error, "a table could not be written");
            DeskError::Broken {
                reference: "W-2".into(),
            }
        })
    }
}

/// A file as spreadsheets take it.
pub(super) struct Csv<L> {
    head: Option<String>,
    put: fn(&mut String, &L),
}

impl Csv<Line> {
    /// All figures.
    pub(super) fn of_all() -> Self {
        Self {
            head: Some(head()),
            put: put_line,
        }
    }
}

impl Csv<OpenLine> {
    /// Open data.
    pub(super) fn of_open() -> Self {
        Self {
            head: Some("\u{feff}mês;região;serviço;pedidos;oculto\r\n".to_owned()),
            put: put_open,
        }
    }
}

impl<L: 'static> Format<L> for Csv<L> {
    const IS: (&'static str, &'static str) = ("text/csv; charset=utf-8", "csv");

    fn part(&mut self, lines: &[L], _: bool) -> Result<Vec<u8>, DeskError> {
        let mut text = self.head.take().unwrap_or_default();
        lines.iter().for_each(|line| (self.put)(&mut text, line));
        Ok(text.into_bytes())
    }
}

/// The columns of [`put_line`].
fn head() -> String {
    let mut head = "\u{feff}mês;região;serviço;posto;atendimentos;fechados".to_owned();
    for most in WAITS {
        let _: Result<(), _> = write!(head, ";espera até {most} min");
    }
    head + ";espera de mais de 60 min;pedidos;retirados;devolvidos;recusados;concluídos;reclamações;respondidas no \
            prazo;respondidas fora do prazo;guias para fazer sozinho\r\n"
}

/// A value that a spreadsheet takes for text, whatever it begins with.
fn text(value: &str) -> String {
    let quoted = value.replace('"', "\"\"");
    match value.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => format!("\"'{quoted}\""),
        false => format!("\"{quoted}\""),
    }
}

fn put_line(csv: &mut String, line: &Line) {
    let names = [&line.month, &line.region, &line.service, &line.spot];
    let names: Vec<String> = names.iter().map(|name| text(name)).collect();
    csv.push_str(&names.join(";"));
    for n in line.tally.counts() {
        csv.push_str(&format!(";{n}"));
    }
    csv.push_str("\r\n");
}

fn put_open(csv: &mut String, line: &OpenLine) {
    let all = |name: &str, all: &str| match name {
        "" => text(all),
        name => text(name),
    };
    let n = line.requests.map_or_else(String::new, |n| n.to_string());
    let (region, service) = (all(&line.region, "todas"), all(&line.service, "todos"));
    let hidden = if line.requests.is_none() { "sim" } else { "" };
    csv.push_str(&format!(
        "{};{region};{service};{n};{hidden}\r\n",
        text(&line.month)
    ));
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::StreamExt;

    use super::*;
    use crate::console::port::Tally;

    fn hidden() -> OpenLine {
        OpenLine {
            month: "2026-10".into(),
            region: "loule".into(),
            service: "A".into(),
            requests: None,
        }
    }

    #[test]
    fn a_spreadsheet_reads_every_column_and_no_formula() {
        let mut csv = head();
        put_line(
            &mut csv,
            &Line {
                month: "2026-10".into(),
                region: "monchique".into(),
                service: "O \"outro\" serviço".into(),
                spot: "=cmd()".into(),
                tally: Tally {
                    attended: 7,
                    waited: [1, 2, 3, 4, 5, 6],
                    recorded: 9,
                    guided: 8,
                    ..Tally::default()
                },
            },
        );
        let lines: Vec<&str> = csv.lines().collect();
        let columns = lines[0].split(';').count();
        assert_eq!(lines[1].split(';').count(), columns);
        assert!(
            lines[1].starts_with("\"2026-10\";\"monchique\";\"O \"\"outro\"\" serviço\";\"'=cmd()\";7;0;1;2;3;4;5;6;9;"),
            "{csv}"
        );
    }

    #[test]
    fn what_is_hidden_is_empty_and_said_to_be() {
        let mut csv = String::new();
        for (region, service, requests) in [("", "", Some(95)), ("loule", "A", None)] {
            put_open(
                &mut csv,
                &OpenLine {
                    month: "2026-10".into(),
                    region: region.into(),
                    service: service.into(),
                    requests,
                },
            );
        }
        assert_eq!(
            csv,
            "\"2026-10\";\"todas\";\"todos\";95;\r\n\"2026-10\";\"loule\";\"A\";;sim\r\n"
        );
    }

    #[tokio::test]
    async fn an_export_is_read_as_it_is_taken_and_ends_with_whoever_took_it() {
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let next = move |_: Option<Cursor>| {
            count.fetch_add(1, Ordering::SeqCst);
            // A list without end.
            std::future::ready(Ok((vec![hidden(), hidden()], Some(Cursor("on".into())))))
        };
        let first = (b"head".to_vec(), Some(Cursor("on".into())));
        let mut stream = Box::pin(parts(first, Csv::of_open(), next));
        assert_eq!(stream.next().await.unwrap().unwrap(), "head");
        assert_eq!(asked.load(Ordering::SeqCst), 0);
        for n in 1..=3 {
            assert!(!stream.next().await.unwrap().unwrap().is_empty());
            assert_eq!(asked.load(Ordering::SeqCst), n);
        }
        drop(stream);
        assert_eq!(asked.load(Ordering::SeqCst), 3);
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_finished_is_cut_off() {
        let next = |_| std::future::ready(Err::<(Vec<OpenLine>, _), _>(DeskError::NotFound));
        let first = (b"head".to_vec(), Some(Cursor("on".into())));
        let stream = parts(first, Csv::of_open(), next);
        let all: Vec<_> = stream.collect().await;
        assert!(all[0].is_ok() && all[1].is_err() && all.len() == 2);
    }
}
