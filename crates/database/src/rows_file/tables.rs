//! The tables of a rows file, and values that both engines can read and write.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::types::Json;
use sqlx::{Postgres, Row, Sqlite};
use uuid::Uuid;

use super::RowsError;
use crate::sql::Db;

/// The table that is not copied: the nodes that use the original.
const LEFT_OUT: &str = "node";

/// The type of a column, in every engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Uuid,
    Text,
    Integer,
    Boolean,
    Time,
    Json,
    Bytes,
}

#[derive(Clone, Debug)]
pub(super) struct Table {
    pub name: String,
    pub columns: Vec<(String, Kind)>,
    /// The column that the engine numbers itself.
    pub numbered: Option<String>,
}

/// A value of a row.
pub(super) enum Cell {
    Uuid(Option<Uuid>),
    Text(Option<String>),
    Integer(Option<i64>),
    Boolean(Option<bool>),
    Time(Option<DateTime<Utc>>),
    Json(Option<Json<Value>>),
    Bytes(Option<Vec<u8>>),
}

#[derive(sqlx::FromRow)]
struct Column {
    name: String,
    kind: String,
    is_key: bool,
}

impl Table {
    /// The columns, separated by commas.
    pub fn list(&self) -> String {
        self.columns.iter().map(|(name, _)| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
    }
}

/// The tables of an SQLite database with this program's schema. Each table comes after the tables to which it refers.
pub(super) async fn tables(file: &Db) -> Result<Vec<Table>, RowsError> {
    let found: Vec<(String, String)> = file
        .query(
            "select name, sql from sqlite_master
              where type = 'table' and name not like 'sqlite!_%' escape '!' and name not like '!_sqlx%' escape '!'
              order by name",
        )
        .all()
        .await?;
    let mut tables = Vec::new();
    for (name, sql) in found.into_iter().filter(|(name, _)| name != LEFT_OUT) {
        let columns: Vec<Column> = file
            .query("select name, lower(type) as kind, pk > 0 as is_key from pragma_table_info($1) order by cid")
            .bind(name.clone())
            .all()
            .await?;
        let key = columns.iter().find(|column| column.is_key).map(|column| column.name.clone());
        let columns = columns
            .into_iter()
            .map(|column| Ok((column.name, kind(&name, &column.kind)?)))
            .collect::<Result<_, RowsError>>()?;
        let parents: Vec<(String,)> =
            file.query("select distinct \"table\" from pragma_foreign_key_list($1)").bind(name.clone()).all().await?;
        let parents: Vec<String> =
            parents.into_iter().map(|(parent,)| parent).filter(|parent| *parent != name).collect();
        let numbered = if sql.contains("autoincrement") { key } else { None };
        tables.push((Table { name, columns, numbered }, parents));
    }
    in_order(tables)
}

fn in_order(mut waiting: Vec<(Table, Vec<String>)>) -> Result<Vec<Table>, RowsError> {
    let mut ordered: Vec<Table> = Vec::new();
    while !waiting.is_empty() {
        let placed = |name: &String| ordered.iter().any(|table| table.name == *name);
        let (ready, later): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|(_, parents)| parents.iter().all(placed));
        if ready.is_empty() {
            return Err(RowsError::Format("tables refer to each other in a circle".into()));
        }
        ordered.extend(ready.into_iter().map(|(table, _)| table));
        waiting = later;
    }
    Ok(ordered)
}

fn kind(table: &str, declared: &str) -> Result<Kind, RowsError> {
    Ok(match declared {
        "uuid" => Kind::Uuid,
        "text" => Kind::Text,
        "bigint" | "integer" => Kind::Integer,
        "boolean" => Kind::Boolean,
        "timestamptz" => Kind::Time,
        "jsonb" => Kind::Json,
        "bytea" => Kind::Bytes,
        _ => return Err(RowsError::Format(format!("table {table} has a column of the unknown type {declared}"))),
    })
}

/// Reads a row of either engine.
macro_rules! cells {
    ($table:expr, $row:expr, $first:expr) => {
        $table
            .columns
            .iter()
            .enumerate()
            .map(|(index, (_, kind))| {
                let index = index + $first;
                Ok(match kind {
                    Kind::Uuid => Cell::Uuid($row.try_get(index)?),
                    Kind::Text => Cell::Text($row.try_get(index)?),
                    Kind::Integer => Cell::Integer($row.try_get(index)?),
                    Kind::Boolean => Cell::Boolean($row.try_get(index)?),
                    Kind::Time => Cell::Time($row.try_get(index)?),
                    Kind::Json => Cell::Json($row.try_get(index)?),
                    Kind::Bytes => Cell::Bytes($row.try_get(index)?),
                })
            })
            .collect()
    };
}

/// Binds a value for either engine.
macro_rules! bound {
    ($query:expr, $cell:expr) => {
        match $cell {
            Cell::Uuid(value) => $query.bind(value),
            Cell::Text(value) => $query.bind(value),
            Cell::Integer(value) => $query.bind(value),
            Cell::Boolean(value) => $query.bind(value),
            Cell::Time(value) => $query.bind(value),
            Cell::Json(value) => $query.bind(value),
            Cell::Bytes(value) => $query.bind(value),
        }
    };
}

pub(super) fn read_postgres(table: &Table, row: &PgRow) -> sqlx::Result<Vec<Cell>> {
    cells!(table, row, 0)
}

/// The first column is the number of the row.
pub(super) fn read_sqlite(table: &Table, row: &SqliteRow) -> sqlx::Result<Vec<Cell>> {
    cells!(table, row, 1)
}

pub(super) fn bind_postgres(
    query: sqlx::query::Query<'static, Postgres, PgArguments>,
    cell: Cell,
) -> sqlx::query::Query<'static, Postgres, PgArguments> {
    bound!(query, cell)
}

pub(super) fn bind_sqlite(
    query: sqlx::query::Query<'static, Sqlite, SqliteArguments>,
    cell: Cell,
) -> sqlx::query::Query<'static, Sqlite, SqliteArguments> {
    bound!(query, cell)
}

/// Rows by table.
pub type Counts = BTreeMap<String, u64>;
