//! The sheets of a form, bounded before and while they are unpacked.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::path::Path;

use anyhow::{Context, bail, ensure};
use calamine::{DataRef, Reader, Xlsx};

/// Largest file that is read, in bytes.
pub(super) const MAX_FILE_BYTES: u64 = 4 << 20;
/// Most that a file unpacks to, in bytes.
pub(super) const MAX_UNPACKED_BYTES: u64 = 64 << 20;
/// Rows and columns of a sheet at most, and characters of a cell.
const MAX_ROWS: usize = 5_000;
const MAX_COLUMNS: usize = 200;
const MAX_CELL_CHARS: usize = 4_000;

/// A row by the names of its columns.
pub(super) type Row = BTreeMap<String, String>;

pub(super) fn bounded(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).with_context(|| path.display().to_string())?;
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    ensure!(
        bytes.len() as u64 <= MAX_FILE_BYTES,
        "{}: more than {} MB",
        path.display(),
        MAX_FILE_BYTES >> 20
    );
    Ok(bytes)
}

pub(super) fn csv(bytes: &[u8]) -> anyhow::Result<Vec<Row>> {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .has_headers(false)
        .from_reader(bytes);
    let mut cells = Vec::new();
    for record in reader.records() {
        let record = record.context("the CSV cannot be read")?;
        cells.push(record.iter().map(str::to_owned).collect());
        ensure!(cells.len() <= MAX_ROWS, "more than {MAX_ROWS} rows");
    }
    rows(cells)
}

pub(super) fn book(bytes: &[u8]) -> anyhow::Result<(Vec<Row>, Vec<Row>)> {
    unpacks_small(bytes)?;
    let mut book = Xlsx::new(Cursor::new(bytes)).context("this is no XLSX file")?;
    let names = book.sheet_names();
    let mut sheet = |wanted: &str| -> anyhow::Result<Vec<Row>> {
        let Some(name) = names.iter().find(|n| n.eq_ignore_ascii_case(wanted)) else {
            return Ok(vec![]);
        };
        // Cell by cell: a sheet with one cell far away would be as large as it says.
        let mut cells: Vec<Vec<String>> = Vec::new();
        let mut reader = book.worksheet_cells_reader(name)?;
        while let Some(cell) = reader.next_cell()? {
            let (row, column) = cell.get_position();
            let (row, column) = (usize::try_from(row)?, usize::try_from(column)?);
            let text = said(cell.get_value());
            if text.is_empty() {
                continue;
            }
            ensure!(
                row < MAX_ROWS && column < MAX_COLUMNS,
                "the sheet {name} has more than {MAX_ROWS} rows or {MAX_COLUMNS} columns"
            );
            if cells.len() <= row {
                cells.resize(row + 1, vec![]);
            }
            if cells[row].len() <= column {
                cells[row].resize(column + 1, String::new());
            }
            cells[row][column] = text;
        }
        rows(cells)
    };
    Ok((sheet("survey")?, sheet("choices")?))
}

fn said(value: &DataRef<'_>) -> String {
    match value {
        DataRef::String(text) => text.trim().to_owned(),
        DataRef::SharedString(text) => text.trim().to_owned(),
        DataRef::Int(n) => n.to_string(),
        DataRef::Float(n) => n.to_string(),
        DataRef::Bool(yes) => yes.to_string(),
        _ => String::new(),
    }
}

/// Whether the file unpacks to no more than it may, whatever it says of itself.
fn unpacks_small(bytes: &[u8]) -> anyhow::Result<()> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).context("this is no XLSX file")?;
    let mut room = MAX_UNPACKED_BYTES;
    for nth in 0..archive.len() {
        let entry = archive.by_index(nth)?;
        let read = std::io::copy(&mut entry.take(room + 1), &mut std::io::sink())?;
        match room.checked_sub(read) {
            Some(left) => room = left,
            None => bail!(
                "the file unpacks to more than {} MB",
                MAX_UNPACKED_BYTES >> 20
            ),
        }
    }
    Ok(())
}

fn rows(cells: Vec<Vec<String>>) -> anyhow::Result<Vec<Row>> {
    let mut cells = cells.into_iter();
    let names: Vec<String> = cells
        .next()
        .unwrap_or_default()
        .iter()
        .map(|name| name.trim().to_lowercase())
        .collect();
    ensure!(
        names.len() <= MAX_COLUMNS,
        "more than {MAX_COLUMNS} columns"
    );
    let row = |values: Vec<String>| -> anyhow::Result<Row> {
        let mut row = Row::new();
        for (name, value) in names.iter().zip(values) {
            ensure!(
                value.chars().count() <= MAX_CELL_CHARS,
                "a cell has more than {MAX_CELL_CHARS} characters"
            );
            if !value.trim().is_empty() {
                row.insert(name.clone(), value.trim().to_owned());
            }
        }
        Ok(row)
    };
    cells.map(row).collect()
}
