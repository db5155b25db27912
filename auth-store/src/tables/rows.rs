//! Many rows as one parameter: a JSON text, in which each row has its values in the order of the columns.

use auth_core::error::StoreError;
use serde_json::Value as Json;

use crate::database::Transaction;
use crate::sql::{Kind, Param, Statement, Writer};

/// The longest text that is sent, in bytes, save for a row that is longer by itself: a quarter of what MariaDB takes at once unless it is
/// told otherwise (<https://mariadb.com/kb/en/server-system-variables/#max_allowed_packet>), the least of all.
const LONGEST: usize = 4 << 20;

/// The columns of a batch, by their names.
pub(super) type Columns = [(&'static str, Kind)];

/// A row of a batch, each value under the name of its column.
pub(super) type Row<'a> = Vec<Param<'a>>;

/// Adds the rows of the batch `:batch`.
pub(super) fn insert_rows(writer: &Writer<'_>, table: &str, columns: &Columns) -> String {
    let names: Vec<_> = columns.iter().map(|(name, _)| *name).collect();
    let rows = writer.dialect.json_rows(":batch", columns);
    let names = names.join(", ");
    format!("INSERT INTO {table} (tenant, {names}) SELECT :tenant, {names} FROM {rows} AS batch WHERE true")
}

/// The parameter `:batch`.
///
/// # Errors
/// When a row has no value for a column.
pub(super) fn batch(columns: &Columns, rows: &[Row<'_>]) -> Result<Param<'static>, StoreError> {
    let rows: Result<Json, _> = rows.iter().map(|row| member(columns, row)).collect();
    Ok(("batch", rows?.to_string().into()))
}

fn member(columns: &Columns, row: &Row<'_>) -> Result<Json, StoreError> {
    let value = |(place, (column, _)): (usize, &(&str, Kind))| {
        let is_it = |(name, _): &&Param<'_>| name == column;
        // Most stand where their column does, and none has to.
        let given = row.get(place).filter(is_it).or_else(|| row.iter().find(is_it));
        let value = given.and_then(|(_, value)| value.json());
        value.ok_or_else(|| StoreError::unavailable(format!("a row is given no `{column}`")))
    };
    columns.iter().enumerate().map(value).collect()
}

/// Sends rows, if there are any; how many were changed.
pub(super) async fn send(
    transaction: &mut Transaction,
    statement: &Statement,
    columns: &Columns,
    rows: &[Row<'_>],
) -> Result<u64, StoreError> {
    let mut changed = 0;
    for text in texts(columns, rows)? {
        changed += transaction.execute(statement, &[("batch", text.into())]).await?;
    }
    Ok(changed)
}

/// The rows in texts that a server takes at once, each as many as there is room for.
fn texts(columns: &Columns, rows: &[Row<'_>]) -> Result<Vec<String>, StoreError> {
    let mut texts: Vec<String> = Vec::new();
    for row in rows {
        let member = member(columns, row)?.to_string();
        match texts.last_mut() {
            Some(text) if text.len() + member.len() < LONGEST => text.extend([",", member.as_str()]),
            _ => texts.push(format!("[{member}")),
        }
    }
    texts.iter_mut().for_each(|text| text.push(']'));
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &Columns = &[("name", Kind::Text), ("number", Kind::Int), ("flag", Kind::Bool)];

    #[test]
    fn values_stand_in_the_order_of_the_columns_in_whichever_they_are_given() {
        let rows = [
            vec![
                ("flag", true.into()),
                ("name", "a".into()),
                ("beside", 1_i64.into()),
                ("number", 7_i64.into()),
            ],
            vec![("number", None::<i64>.into()), ("flag", false.into()), ("name", None::<&str>.into())],
        ];
        let (name, value) = batch(COLUMNS, &rows).unwrap();
        let crate::sql::Value::Text(Some(text)) = value else { panic!("{value:?}") };
        assert_eq!((name, &*text), ("batch", r#"[["a",7,true],[null,null,false]]"#));
    }

    #[test]
    fn rows_travel_together_as_far_as_there_is_room() {
        let row = |length: usize| {
            vec![("name", "x".repeat(length).into()), ("number", 1_i64.into()), ("flag", true.into())]
        };
        let lengths =
            |rows: &[Row<'_>]| texts(COLUMNS, rows).unwrap().iter().map(String::len).collect::<Vec<_>>();
        assert_eq!(texts(COLUMNS, &[row(1), row(2)]).unwrap(), [r#"[["x",1,true],["xx",1,true]]"#]);
        assert!(lengths(&[]).is_empty());
        let half = lengths(&[row(LONGEST / 2), row(LONGEST / 2), row(1)]);
        assert!(half.len() == 2 && half.iter().all(|length| *length <= LONGEST), "{half:?}");
        assert_eq!(lengths(&[row(1), row(2 * LONGEST), row(1)]).len(), 3);
    }

    #[test]
    fn a_row_without_a_value_for_a_column_is_an_error() {
        let refused = batch(COLUMNS, &[vec![("name", "a".into()), ("flag", true.into())]]).unwrap_err();
        assert!(format!("{refused:?}").contains("number"), "{refused:?}");
    }
}
