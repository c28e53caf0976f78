//! The file of profiles, which has secrets: only its owner may read it.

use super::{Member, Members};
use crate::error::{Error, Result};
use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use toml_edit::{DocumentMut, Item, Table, value};

/// The file, read.
#[derive(Debug)]
pub struct ProfileFile {
    path: PathBuf,
    document: DocumentMut,
    profiles: BTreeMap<String, Members>,
}

impl ProfileFile {
    /// Reads a file; one that does not exist has no profiles. Refuses one that others may read.
    pub fn read(path: &Path) -> Result<Self> {
        let text = match fs::metadata(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            Err(error) => return Err(Error::file(path, &error)),
            Ok(metadata) if metadata.permissions().mode() & 0o077 != 0 => {
                let why = format!(
                    "others may read these secrets: `chmod 600 {}`, and replace the secrets if \
                     somebody did",
                    path.display()
                );
                return Err(Error::file(path, &why));
            }
            Ok(_) => fs::read_to_string(path).map_err(|error| Error::file(path, &error))?,
        };
        let document: DocumentMut = text.parse().map_err(|_| no_toml(path, &text))?;
        let profiles =
            document.iter().map(|(name, item)| Ok((name.to_owned(), members(name, item)?)));
        let profiles: std::result::Result<_, String> = profiles.collect();
        let profiles = profiles.map_err(|why| Error::file(path, &why))?;
        Ok(Self { path: path.to_owned(), document, profiles })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The members of a profile.
    pub fn get(&self, name: &str) -> Option<&Members> {
        self.profiles.get(name)
    }

    /// All profiles, by name.
    pub fn profiles(&self) -> &BTreeMap<String, Members> {
        &self.profiles
    }

    /// Adds a profile, or replaces it; everything else in the file stays as it is.
    pub fn set(&mut self, name: &str, members: &Members) -> Result<()> {
        let mut table = Table::new();
        for (member, text) in members {
            table.insert(member.name(), value(text));
        }
        self.document.insert(name, Item::Table(table));
        self.profiles.insert(name.to_owned(), members.clone());
        self.write()
    }

    /// Removes a profile; whether there was one.
    pub fn remove(&mut self, name: &str) -> Result<bool> {
        if self.profiles.remove(name).is_none() {
            return Ok(false);
        }
        self.document.remove(name);
        self.write().map(|()| true)
    }

    /// Replaces the file as a whole: a reader sees the old one or the new one.
    fn write(&self) -> Result<()> {
        let fail = |error: std::io::Error| Error::file(&self.path, &error);
        let parent = self.path.parent().unwrap_or_else(|| Path::new("."));
        fs::DirBuilder::new().recursive(true).mode(0o700).create(parent).map_err(fail)?;
        let new = self.path.with_extension(format!("toml.{}", std::process::id()));
        let write = || {
            let mut file = OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o600)
                .open(&new)?;
            file.write_all(self.document.to_string().as_bytes())?;
            file.sync_all()?;
            fs::rename(&new, &self.path)
        };
        write().map_err(|error| {
            drop(fs::remove_file(&new));
            fail(error)
        })
    }
}

/// Without the parser's excerpt, which may have secrets.
fn no_toml(path: &Path, text: &str) -> Error {
    let error = text.parse::<DocumentMut>().err();
    let at = error.as_ref().and_then(toml_edit::TomlError::span).map_or(0, |span| span.start);
    let line = text.get(..at).unwrap_or_default().matches('\n').count() + 1;
    let what = error.map(|error| error.message().to_owned()).unwrap_or_default();
    Error::file(path, &format!("line {line}: {what}"))
}

fn members(name: &str, item: &Item) -> std::result::Result<Members, String> {
    let table =
        item.as_table().ok_or_else(|| format!("`{name}` is not a profile: write [{name}]"))?;
    let read = |(key, item): (&str, &Item)| {
        let member = Member::parse(key).ok_or_else(|| {
            let known: Vec<&str> = Member::ALL.into_iter().map(Member::name).collect();
            format!("profile {name} has `{key}`, which is none of {}", known.join(", "))
        })?;
        let text = item.as_str().ok_or_else(|| format!("profile {name}: `{key}` is no text"))?;
        Ok((member, text.to_owned()))
    };
    table.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_stored_for_its_owner_only_and_comments_stay() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("birdhouse/profiles.toml");
        let stored: Members = [(Member::Url, "https://a.example".to_owned())].into();
        ProfileFile::read(&path).unwrap().set("work", &stored).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("# mine\n{text}")).unwrap();
        ProfileFile::read(&path).unwrap().set("home", &stored).unwrap();
        assert!(fs::read_to_string(&path).unwrap().starts_with("# mine\n"));
        let mut file = ProfileFile::read(&path).unwrap();
        assert_eq!(file.profiles().keys().collect::<Vec<_>>(), ["home", "work"]);
        assert_eq!(file.get("work"), Some(&stored));
        assert!(file.remove("work").unwrap());
        assert!(!ProfileFile::read(&path).unwrap().profiles().contains_key("work"));
    }

    #[test]
    fn a_file_that_others_may_read_is_refused_with_the_remedy() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("profiles.toml");
        fs::write(&path, "[a]\nurl = 'http://a'\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let refused = ProfileFile::read(&path).unwrap_err().to_string();
        assert!(refused.contains("chmod 600"), "{refused}");
    }

    #[test]
    fn an_error_shows_no_secret() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("profiles.toml");
        let write = |text: &str| {
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            ProfileFile::read(&path).unwrap_err().to_string()
        };
        let broken = write("[a]\nurl = 'x'\naccess_token = s3cret\n");
        assert!(broken.contains("line 3") && !broken.contains("s3cret"), "{broken}");
        assert!(write("[a]\nuri = 'x'\n").contains("`uri`"));
    }
}
