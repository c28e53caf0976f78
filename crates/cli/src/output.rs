//! What commands print.

use std::fmt::Arguments;
use std::io::{self, ErrorKind, Write};

/// Prints a line; unlike `println!`, fails if nobody reads it.
macro_rules! print_line {
    ($($argument:tt)*) => { $crate::output::print(format_args!($($argument)*)) };
}
pub(crate) use print_line;

/// Prints a line.
pub(crate) fn print(line: Arguments<'_>) -> io::Result<()> {
    writeln!(io::stdout(), "{line}")
}

/// Whether a command failed because its reader, such as `head`, has read enough.
pub(crate) fn is_cut_off(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}
