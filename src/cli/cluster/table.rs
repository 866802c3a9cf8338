//! Tables as kubectl prints them: headings in capitals, columns three spaces apart, no lines between.

use std::fmt;

use jobflow_core::text;

const GAP: usize = 3;

/// What stands where there is nothing to say.
pub const NONE: &str = "<none>";

/// A table; its text is what [`fmt::Display`] writes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    headings: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table without rows. Without headings it prints none.
    pub fn new(headings: &[&'static str]) -> Self {
        Self {
            headings: headings.to_vec(),
            rows: Vec::new(),
        }
    }

    /// Adds a row. Cells are made harmless for a terminal: messages come from containers.
    pub fn push(&mut self, cells: &[String]) {
        self.rows.push(cells.iter().map(|cell| text::sanitized(cell)).collect());
    }

    /// The same table without its headings.
    pub fn without_headings(mut self) -> Self {
        self.headings.clear();
        self
    }

    fn widths(&self) -> Vec<usize> {
        let mut widths: Vec<usize> = self.headings.iter().map(|heading| heading.chars().count()).collect();
        for row in &self.rows {
            widths.resize(widths.len().max(row.len()), 0);
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        widths
    }
}

impl fmt::Display for Table {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.widths();
        if !self.headings.is_empty() {
            write_row(out, &widths, self.headings.iter().copied())?;
        }
        for row in &self.rows {
            write_row(out, &widths, row.iter().map(String::as_str))?;
        }
        Ok(())
    }
}

/// The blanks before a cell are written with it, so that no line ends with blanks.
fn write_row<'a>(out: &mut fmt::Formatter<'_>, widths: &[usize], cells: impl Iterator<Item = &'a str>) -> fmt::Result {
    let mut owed = 0;
    for (cell, width) in cells.zip(widths) {
        if !cell.is_empty() {
            write!(out, "{:owed$}{cell}", "")?;
            owed = 0;
        }
        owed += width - cell.chars().count() + GAP;
    }
    writeln!(out)
}

#[cfg(test)]
mod tests {
    use super::Table;

    fn table() -> Table {
        let mut table = Table::new(&["NAME", "STATUS", "MESSAGE"]);
        table.push(&["a".into(), "Running".into(), String::new()]);
        table.push(&["long-name".into(), String::new(), "x\u{1b}[2J".into()]);
        table
    }

    #[test]
    fn columns_are_aligned_and_no_line_ends_with_blanks() {
        let expected = "\
NAME        STATUS    MESSAGE
a           Running
long-name             x\\u{1b}[2J
";
        assert_eq!(table().to_string(), expected);
    }

    #[test]
    fn without_headings_the_columns_stay_aligned() {
        let expected = "a           Running\nlong-name             x\\u{1b}[2J\n";
        assert_eq!(table().without_headings().to_string(), expected);
    }
}
