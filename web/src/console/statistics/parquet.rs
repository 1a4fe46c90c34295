//! The figures as Apache Parquet, for programs that read tables: a group of rows for each part that is read, so that no
//! more than one is held.

use std::io::Write;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, PoisonError};

use parquet::basic::{Compression, ZstdLevel};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use crate::console::port::{Line, OpenLine};

/// Its media type, as registered.
pub(super) const MEDIA_TYPE: &str = "application/vnd.apache.parquet";

/// The columns of [`Line`]: text, then counts.
const ALL: &str = "message numeros {
    REQUIRED BYTE_ARRAY mes (STRING); REQUIRED BYTE_ARRAY regiao (STRING); REQUIRED BYTE_ARRAY servico (STRING);
    REQUIRED BYTE_ARRAY posto (STRING);
    REQUIRED INT64 atendimentos; REQUIRED INT64 fechados; REQUIRED INT64 espera_ate_5_min;
    REQUIRED INT64 espera_ate_10_min; REQUIRED INT64 espera_ate_15_min; REQUIRED INT64 espera_ate_30_min;
    REQUIRED INT64 espera_ate_60_min; REQUIRED INT64 espera_de_mais_de_60_min; REQUIRED INT64 pedidos;
    REQUIRED INT64 retirados; REQUIRED INT64 devolvidos; REQUIRED INT64 recusados; REQUIRED INT64 concluidos;
    REQUIRED INT64 reclamacoes; REQUIRED INT64 respondidas_no_prazo; REQUIRED INT64 respondidas_fora_do_prazo;
    REQUIRED INT64 guias_para_fazer_sozinho;
}";

/// The columns of [`OpenLine`]; a region or service that is empty is all of them, a count that is not there is hidden.
const OPEN: &str = "message abertos {
    REQUIRED BYTE_ARRAY mes (STRING); REQUIRED BYTE_ARRAY regiao (STRING); REQUIRED BYTE_ARRAY servico (STRING);
    OPTIONAL INT64 pedidos;
}";

/// A line of such a table.
pub(super) trait Row {
    /// Its columns, as Parquet writes them.
    const SCHEMA: &'static str;
    /// The columns that are text.
    fn texts(&self) -> Vec<&str>;
    /// The columns that count; `None` is hidden.
    fn counts(&self) -> Vec<Option<u64>>;
}

impl Row for Line {
    const SCHEMA: &'static str = ALL;
    fn texts(&self) -> Vec<&str> {
        vec![&self.month, &self.region, &self.service, &self.spot]
    }
    fn counts(&self) -> Vec<Option<u64>> {
        self.tally.counts().map(Some).collect()
    }
}

impl Row for OpenLine {
    const SCHEMA: &'static str = OPEN;
    fn texts(&self) -> Vec<&str> {
        vec![&self.month, &self.region, &self.service]
    }
    fn counts(&self) -> Vec<Option<u64>> {
        vec![self.requests]
    }
}

/// What is written and not yet sent.
#[derive(Debug, Clone, Default)]
struct Pending(Arc<Mutex<Vec<u8>>>);

impl Pending {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Pending {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut pending = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pending.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A file as it is written, part by part.
pub(super) struct Table<R> {
    pending: Pending,
    state: State,
    rows: PhantomData<fn(R)>,
}

/// How far it is.
enum State {
    /// Nothing is written.
    New,
    Open(Box<SerializedFileWriter<Pending>>),
    Ended,
}

impl<R: Row> Table<R> {
    /// An empty one.
    pub(super) fn new() -> Self {
        Self {
            pending: Pending::default(),
            state: State::New,
            rows: PhantomData,
        }
    }

    fn begin(&self) -> Result<SerializedFileWriter<Pending>> {
        let schema = Arc::new(parse_message_type(R::SCHEMA)?);
        let compression = Compression::ZSTD(ZstdLevel::default());
        let how = WriterProperties::builder().set_compression(compression);
        SerializedFileWriter::new(self.pending.clone(), schema, Arc::new(how.build()))
    }

    /// Writes rows as a group; `is_last`: and the end of the file. Gives the bytes that are new.
    pub(super) fn put(&mut self, rows: &[R], is_last: bool) -> Result<Vec<u8>> {
        let mut writer = match std::mem::replace(&mut self.state, State::Ended) {
            State::New => Box::new(self.begin()?),
            State::Open(writer) => writer,
            State::Ended => return Err(ParquetError::General("the file has ended".into())),
        };
        if !rows.is_empty() {
            let mut group = writer.next_row_group()?;
            let texts = rows.first().map_or(0, |row| row.texts().len());
            let mut at = 0;
            while let Some(mut column) = group.next_column()? {
                match column.untyped() {
                    ColumnWriter::ByteArrayColumnWriter(column) => {
                        let values: Vec<ByteArray> = rows
                            .iter()
                            .map(|row| ByteArray::from(row.texts()[at]))
                            .collect();
                        column.write_batch(&values, None, None)?;
                    }
                    ColumnWriter::Int64ColumnWriter(column) => {
                        let cells = rows.iter().map(|row| row.counts()[at - texts]);
                        let there: Vec<i16> = cells
                            .clone()
                            .map(|cell| i16::from(cell.is_some()))
                            .collect();
                        let values: Vec<i64> = cells
                            .flatten()
                            .map(|n| i64::try_from(n).unwrap_or(i64::MAX))
                            .collect();
                        column.write_batch(&values, Some(&there), None)?;
                    }
                    _ => return Err(ParquetError::General("no such column".into())),
                }
                column.close()?;
                at += 1;
            }
            group.close()?;
        }
        match is_last {
            true => drop(writer.close()?),
            false => self.state = State::Open(writer),
        }
        Ok(self.pending.take())
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::RowAccessor;

    use super::*;
    use crate::console::port::Tally;

    #[test]
    fn what_is_written_in_parts_is_read_as_one_table() {
        let line = |month: &str, attended| Line {
            month: month.into(),
            region: "monchique".into(),
            service: "Cartão Europeu".into(),
            spot: "=Loja 07".into(),
            tally: Tally {
                attended,
                waited: [1, 2, 3, 4, 5, 6],
                guided: 9,
                ..Tally::default()
            },
        };
        let mut file = Table::<Line>::new();
        let mut bytes = file
            .put(&[line("2026-10", 7), line("2026-11", 8)], false)
            .unwrap();
        bytes.extend(file.put(&[line("2026-12", u64::MAX)], false).unwrap());
        bytes.extend(file.put(&[], true).unwrap());
        assert!(
            file.put(&[line("2027-01", 1)], true).is_err(),
            "it has ended"
        );
        let read = SerializedFileReader::new(Bytes::from(bytes)).unwrap();
        assert_eq!(read.metadata().num_row_groups(), 2);
        let rows: Vec<_> = read
            .get_row_iter(None)
            .unwrap()
            .map(Result::unwrap)
            .collect();
        let months: Vec<&String> = rows.iter().map(|row| row.get_string(0).unwrap()).collect();
        assert_eq!(months, ["2026-10", "2026-11", "2026-12"]);
        assert_eq!(rows[0].get_string(3).unwrap(), "=Loja 07");
        assert_eq!(
            (rows[1].get_long(4).unwrap(), rows[1].get_long(6).unwrap()),
            (8, 1)
        );
        assert_eq!(rows[1].get_long(11).unwrap(), 6);
        assert_eq!(rows[1].get_long(20).unwrap(), 9, "the last column");
        assert_eq!(rows[2].get_long(4).unwrap(), i64::MAX);
    }

    #[test]
    fn what_is_hidden_is_no_number() {
        let line = |requests| OpenLine {
            month: "2026-10".into(),
            region: String::new(),
            service: String::new(),
            requests,
        };
        let mut file = Table::<OpenLine>::new();
        let bytes = file.put(&[line(Some(12)), line(None)], true).unwrap();
        let read = SerializedFileReader::new(Bytes::from(bytes)).unwrap();
        let rows: Vec<_> = read
            .get_row_iter(None)
            .unwrap()
            .map(Result::unwrap)
            .collect();
        assert_eq!(rows[0].get_long(3).unwrap(), 12);
        assert!(rows[1].get_long(3).is_err(), "nothing stands there");
    }

    #[test]
    fn a_file_of_nothing_has_its_columns() {
        let mut file = Table::<OpenLine>::new();
        let bytes = file.put(&[], true).unwrap();
        let read = SerializedFileReader::new(Bytes::from(bytes)).unwrap();
        assert_eq!(read.metadata().file_metadata().num_rows(), 0);
        let columns = read.metadata().file_metadata().schema_descr().num_columns();
        assert_eq!(columns, 4);
    }
}
