//! Values, rows, statements and errors, shared by both engines.

/// A value in a row or a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// SQL NULL.
    Null,
    /// BIGINT; flags are 0 and 1.
    Int(i64),
    /// TEXT. A NUL, which PostgreSQL cannot store, becomes U+FFFD; callers refuse it where it matters.
    Text(String),
    /// BYTEA.
    Bytes(Vec<u8>),
}

macro_rules! convert {
    ($type:ty, $value:ident => $converted:expr) => {
        impl From<$type> for Value {
            fn from($value: $type) -> Self {
                $converted
            }
        }
    };
}

convert!(i64, v => Self::Int(v));
convert!(i32, v => Self::Int(v.into()));
convert!(u32, v => Self::Int(v.into()));
convert!(bool, v => Self::Int(v.into()));
convert!(&str, v => Self::Text(v.replace('\0', "\u{fffd}")));
convert!(String, v => Self::Text(if v.contains('\0') { v.replace('\0', "\u{fffd}") } else { v }));
convert!(&[u8], v => Self::Bytes(v.to_vec()));
convert!(Vec<u8>, v => Self::Bytes(v));

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// A failure of the database.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be reached or is too busy; a retry may help.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// It refused a statement, or a row is not what the code expects.
    #[error("the database refused: {0}")]
    Broken(String),
}

/// A row of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row(pub(super) Vec<Value>);

impl Row {
    fn at(&self, column: usize) -> Result<&Value, Error> {
        self.0.get(column).ok_or_else(|| Error::Broken(format!("there is no column {column}")))
    }

    /// An integer.
    pub(crate) fn int(&self, column: usize) -> Result<i64, Error> {
        self.opt_int(column)?.ok_or_else(|| null(column))
    }

    /// An integer or NULL.
    pub(crate) fn opt_int(&self, column: usize) -> Result<Option<i64>, Error> {
        match self.at(column)? {
            Value::Int(number) => Ok(Some(*number)),
            Value::Null => Ok(None),
            Value::Text(_) | Value::Bytes(_) => Err(other(column)),
        }
    }

    /// A flag.
    pub(crate) fn flag(&self, column: usize) -> Result<bool, Error> {
        Ok(self.int(column)? != 0)
    }

    /// A text.
    pub(crate) fn text(&self, column: usize) -> Result<&str, Error> {
        self.opt_text(column)?.ok_or_else(|| null(column))
    }

    /// A text or NULL.
    pub(crate) fn opt_text(&self, column: usize) -> Result<Option<&str>, Error> {
        match self.at(column)? {
            Value::Text(text) => Ok(Some(text)),
            Value::Null => Ok(None),
            Value::Int(_) | Value::Bytes(_) => Err(other(column)),
        }
    }

    /// Bytes.
    pub(crate) fn bytes(&self, column: usize) -> Result<&[u8], Error> {
        self.opt_bytes(column)?.ok_or_else(|| null(column))
    }

    /// Bytes or NULL.
    pub(crate) fn opt_bytes(&self, column: usize) -> Result<Option<&[u8]>, Error> {
        match self.at(column)? {
            Value::Bytes(bytes) => Ok(Some(bytes)),
            Value::Null => Ok(None),
            Value::Int(_) | Value::Text(_) => Err(other(column)),
        }
    }
}

fn null(column: usize) -> Error {
    Error::Broken(format!("column {column} is NULL"))
}

fn other(column: usize) -> Error {
    Error::Broken(format!("column {column} has another type"))
}

/// A statement of a write.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    pub(super) text: &'static str,
    pub(super) parameters: Vec<Value>,
    expected: Option<u64>,
}

/// A statement; `$1` is the first parameter.
pub(crate) fn sql<const N: usize>(text: &'static str, parameters: [Value; N]) -> Statement {
    Statement { text, parameters: parameters.into(), expected: None }
}

impl Statement {
    /// Guards the write: unless exactly `rows` rows are changed or returned, none of it is applied.
    #[must_use]
    pub(crate) fn expect(mut self, rows: u64) -> Self {
        self.expected = Some(rows);
        self
    }

    /// Whether the guard accepts this number of rows.
    pub(super) fn is_met(&self, rows: u64) -> bool {
        self.expected.is_none_or(|expected| expected == rows)
    }
}

/// The outcome of a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum WriteOutcome {
    /// It is applied and durable; the rows that each statement returned.
    Applied(Vec<Vec<Row>>),
    /// A guard refused it, and nothing is changed.
    Refused {
        /// The index of the guarded statement.
        statement: usize,
    },
}

/// All migrations of the schema.
#[derive(Debug)]
pub(crate) struct Migrations {
    /// Oldest first.
    pub(crate) steps: &'static [Migration],
    /// Parts of steps that differ.
    pub(crate) engine_parts: &'static [EnginePart],
}

/// A migration of the schema.
#[derive(Debug)]
pub(crate) struct Migration {
    /// Its number, from 1.
    pub(crate) number: i64,
    pub(crate) name: &'static str,
    /// For both engines.
    pub(crate) sql: &'static str,
}

/// What follows the text of a step on each engine.
#[derive(Debug)]
pub(crate) struct EnginePart {
    /// The number of the step.
    pub(crate) number: i64,
    pub(crate) sqlite: &'static str,
    pub(crate) postgres: &'static str,
}

/// An engine by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EngineKind {
    Sqlite,
    Postgres,
}
