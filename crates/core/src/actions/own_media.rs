//! Lists of the caller's images and GIFs.

use crate::app::App;
use crate::error::Result;
pub use birdhouse_catalog::own_media::OwnMedia;
use birdhouse_catalog::own_media::{OwnMediaFilter, OwnMediaPage};
use birdhouse_domain::description_filter::DescriptionFilter;
use birdhouse_domain::media::Media;
use birdhouse_domain::{AppId, UserCaller};
use std::collections::HashMap;

/// How many media are read through at a time, at first.
const PART: i64 = 200;
/// The most that are read through for one page.
const PAGE_PARTS: i64 = 10_000;

/// A page of a list, newest first.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// What is listed; the page may be short, and even empty, while there is more.
    pub items: Vec<T>,
    /// Where the next page begins.
    pub next: Option<i64>,
}

impl<T> Page<T> {
    /// Nothing, and no more.
    pub(super) fn empty() -> Self {
        Self { items: Vec::new(), next: None }
    }
}

/// A media with its default description.
#[derive(Clone, Debug)]
pub struct ListedMedia {
    /// The media.
    pub media: Media,
    /// What the list says of it.
    pub listed: OwnMedia,
}

/// The id of an app, by its name or id.
pub(super) async fn app_id(app: &App, name: &str) -> Result<Option<AppId>> {
    if let Some(found) = app.catalog.app_by_name(name).await? {
        return Ok(Some(found.id));
    }
    Ok(name.parse().ok().map(AppId))
}

/// A page of the caller's images and GIFs to which all filters apply, newest first.
pub async fn list(
    app: &App,
    caller: &UserCaller,
    filters: &[DescriptionFilter],
    (before, limit): (i64, i64),
) -> Result<Page<ListedMedia>> {
    let Some(only) = conditions(app, filters).await? else { return Ok(Page::empty()) };
    let now = app.now();
    let mut page = Page { items: Vec::new(), next: Some(before) };
    let (mut part, mut read) = (PART.max(limit), 0);
    while let Some(before) = page.next
        && read < PAGE_PARTS
    {
        let missing = limit - i64::try_from(page.items.len()).unwrap_or(limit);
        let asked = OwnMediaPage { owner: caller.user, now, before, limit: missing, part, only };
        let end = app.catalog.end_of_part(caller.user, before, part).await?;
        page.items.extend(app.catalog.own_media(&asked).await?);
        if i64::try_from(page.items.len()).is_ok_and(|count| count >= limit) {
            page.next = page.items.last().map(|last| last.id.0);
            break;
        }
        page.next = end;
        (part, read) = (part * 2, read + part);
    }
    with_media(app, page).await
}

/// `None` if nothing can apply.
async fn conditions(app: &App, filters: &[DescriptionFilter]) -> Result<Option<OwnMediaFilter>> {
    let mut only = OwnMediaFilter::default();
    for filter in filters {
        match filter {
            DescriptionFilter::Undescribed => only.is_undescribed = true,
            DescriptionFilter::Flagged => only.is_flagged = true,
            DescriptionFilter::Decorative => only.is_decorative = true,
            DescriptionFilter::Origin(origin) if only.origin.is_none_or(|one| one == *origin) => {
                only.origin = Some(*origin);
            }
            DescriptionFilter::Origin(_) => return Ok(None),
            DescriptionFilter::App(name) => match app_id(app, name).await? {
                Some(id) if only.app.is_none_or(|one| one == id) => only.app = Some(id),
                _ => return Ok(None),
            },
        }
    }
    Ok(Some(only))
}

async fn with_media(app: &App, page: Page<OwnMedia>) -> Result<Page<ListedMedia>> {
    let ids: Vec<_> = page.items.iter().map(|one| one.id).collect();
    let media = app.catalog.media_of_ids(&ids).await?.into_iter();
    let mut media: HashMap<_, _> = media.map(|media| (media.id, media)).collect();
    let listed = page.items.into_iter();
    let items =
        listed.filter_map(|listed| Some(ListedMedia { media: media.remove(&listed.id)?, listed }));
    Ok(Page { items: items.collect(), next: page.next })
}
