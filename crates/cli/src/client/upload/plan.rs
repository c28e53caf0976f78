//! What is uploaded, and how it is described: known before the first byte is sent.

use crate::client::args::Upload as Args;
use crate::client::describe::text;
use crate::client::session::Usage;
use crate::client::speak;
use birdhouse_client::description::{self, Description, DescriptionList};
use birdhouse_client::error::{Error, Result};
use birdhouse_client::media_file::{Kind, MediaFile};
use std::path::PathBuf;

/// How many files are named that are described and not uploaded.
const NAMED_FILES: usize = 3;

/// A file, and how it is described.
#[derive(Debug)]
pub(super) struct Item {
    /// The file, as it was given.
    pub(super) path: PathBuf,
    /// Its descriptions, one for each language.
    pub(super) descriptions: Vec<Description>,
    /// What it is; `None` if it cannot be uploaded.
    kind: Option<Kind>,
}

impl Item {
    /// Opens the file. Only files whose turn it is are open: there may be thousands.
    pub(super) async fn open(&self) -> Result<MediaFile> {
        let path = self.path.clone();
        let opened = tokio::task::spawn_blocking(move || MediaFile::open(&path)).await;
        opened.unwrap_or_else(|error| {
            Err(Error::File { path: self.path.clone(), why: error.to_string() })
        })
    }

    /// Whether it is something to describe, and is not.
    pub(super) fn needs_description(&self) -> bool {
        self.descriptions.is_empty() && self.kind.is_some_and(Kind::is_described)
    }
}

/// All files, in the order given.
#[derive(Debug)]
pub(super) struct Plan {
    /// The files.
    pub(super) items: Vec<Item>,
}

impl Plan {
    /// Finds out what the files are, and which descriptions the arguments have for them.
    pub(super) async fn read(args: &Args, files: Vec<PathBuf>) -> anyhow::Result<Self> {
        if files.len() > 1 && (args.alt.is_some() || args.extended.is_some()) {
            let why = "--alt and --extended describe one file: use --alt-from for several";
            return Err(Usage(why.to_owned()).into());
        }
        let lang = args.lang.as_deref().map(description::language).transpose().map_err(Usage)?;
        let (mut list, files) = read_list(args.alt_from.clone(), files).await?;
        let of_arguments = Description {
            lang,
            alt_text: args.alt.as_deref().map(text).transpose()?,
            extended: args.extended.as_deref().map(text).transpose()?,
            decorative: args.decorative,
        };
        let of_arguments = of_arguments.without_blanks();
        if let Some(why) = of_arguments.objection() {
            return Err(Usage(why.to_owned()).into());
        }
        let mut items = Vec::with_capacity(files.len());
        for path in files {
            let mut descriptions = list.take(&path);
            descriptions.extend(Some(of_arguments.clone()).filter(|one| !one.is_empty()));
            let mut item = Item { path, descriptions, kind: None };
            item.kind = item.open().await.ok().map(|file| file.kind);
            items.push(item);
        }
        warn_of_unused(&list);
        Ok(Self { items })
    }

    /// What the files are that can be uploaded.
    pub(super) fn kinds(&self) -> Vec<Kind> {
        self.items.iter().filter_map(|item| item.kind).collect()
    }
}

/// Says which files are described, but not uploaded: most likely misspelt.
fn warn_of_unused(list: &DescriptionList) {
    let unused = list.unused();
    if unused.is_empty() {
        return;
    }
    let first = unused.iter().take(NAMED_FILES).map(|file| file.display().to_string());
    let first = first.collect::<Vec<_>>().join(", ");
    let (subject, more) = match unused.len() {
        1 => (first, String::new()),
        all @ ..=NAMED_FILES => (format!("{all} files"), format!(": {first}")),
        all => (format!("{all} files"), format!(": {first} and {} more", all - NAMED_FILES)),
    };
    let verb = if unused.len() == 1 { "is" } else { "are" };
    speak::say(&format!("warning: {subject} {verb} described, but not uploaded{more}"));
}

/// The descriptions in a file, and the files that they are for.
async fn read_list(
    from: Option<PathBuf>,
    files: Vec<PathBuf>,
) -> anyhow::Result<(DescriptionList, Vec<PathBuf>)> {
    let Some(from) = from else { return Ok((DescriptionList::default(), files)) };
    let read = move || (DescriptionList::read(&from, &files), files);
    let (list, files) = tokio::task::spawn_blocking(read).await?;
    Ok((list.map_err(|error| Usage(error.to_string()))?, files))
}
