//! Patterns that the shell did not expand, because they are quoted or come from a program.

use super::session::Usage;
use std::path::PathBuf;

/// The files that arguments name, in their order; the files of a pattern by name.
pub(crate) fn expand(arguments: &[PathBuf]) -> Result<Vec<PathBuf>, Usage> {
    let mut files = Vec::new();
    for argument in arguments {
        let pattern = argument.to_str().filter(|text| text.contains(['*', '?', '[']));
        match pattern {
            // A file may have such a name.
            Some(pattern) if !argument.exists() => files.extend(matches(pattern)?),
            _ => files.push(argument.clone()),
        }
    }
    Ok(files)
}

fn matches(pattern: &str) -> Result<Vec<PathBuf>, Usage> {
    let found = glob::glob(pattern).map_err(|error| Usage(format!("`{pattern}`: {error}")))?;
    let files: Vec<PathBuf> = found.filter_map(Result::ok).filter(|path| path.is_file()).collect();
    if files.is_empty() {
        return Err(Usage(format!("no file matches `{pattern}`")));
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_expanded_and_names_are_not() {
        let dir = tempfile::tempdir().expect("a directory");
        for name in ["b.png", "a.png", "[1].png", "c.jpg"] {
            std::fs::write(dir.path().join(name), b"").expect("it is written");
        }
        let names = |argument: &str| {
            let files = expand(&[dir.path().join(argument)]).expect("it is expanded");
            let name = |path: PathBuf| path.file_name().expect("a name").display().to_string();
            files.into_iter().map(name).collect::<Vec<_>>()
        };
        assert_eq!(names("?.png"), ["a.png", "b.png"]);
        assert_eq!(names("[1].png"), ["[1].png"]);
        assert_eq!(names("missing.png"), ["missing.png"]);
        assert!(expand(&[dir.path().join("*.gif")]).is_err());
    }
}
