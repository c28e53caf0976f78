//! Search in the caller's own descriptions.

use super::own_media::{self, ListedMedia, Page, app_id};
use crate::app::App;
use crate::error::Result;
pub use birdhouse_catalog::search::FoundDescription;
use birdhouse_catalog::search::Search;
use birdhouse_domain::description_filter::DescriptionFilter;
use birdhouse_domain::media::Media;
use birdhouse_domain::search_terms::Facet;
use birdhouse_domain::{Fault, Language, SearchQuery, UserCaller};
use std::collections::HashMap;

/// How often the index is asked for one page. Of what it finds, a page loses what has expired, and what
/// lacks a phrase.
const ROUNDS: u32 = 8;

/// What a caller looks for.
#[derive(Clone, Debug)]
pub struct SearchRequest<'a> {
    /// The words.
    pub query: &'a SearchQuery,
    /// The language, or one that it begins with.
    pub lang: Option<&'a Language>,
    /// What must apply.
    pub filters: &'a [DescriptionFilter],
    /// Descriptions with smaller ids.
    pub before: i64,
    /// At most so many.
    pub limit: i64,
}

/// What was found.
#[derive(Clone, Debug)]
pub enum SearchResult {
    /// A description, and its media.
    Described(FoundDescription, Media),
    /// A media without one.
    Undescribed(ListedMedia),
}

/// Searches the caller's descriptions. [`Fault::QueryInvalid`] for neither words nor filters.
pub async fn search(
    app: &App,
    caller: &UserCaller,
    request: &SearchRequest<'_>,
) -> Result<Page<SearchResult>> {
    if request.filters.contains(&DescriptionFilter::Undescribed) {
        return undescribed(app, caller, request).await;
    }
    let Some(facets) = facets(app, request).await? else { return Ok(Page::empty()) };
    let terms = request.query.terms(caller.user, &facets);
    if terms.is_empty() {
        let (name, value) = ("q", String::new());
        let why = "is empty: send words, `lang` or `filter`".to_owned();
        return Err(Fault::QueryInvalid { name, value, why }.into());
    }
    let mut page = Page { items: Vec::new(), next: Some(request.before) };
    for _ in 0..ROUNDS {
        let Some(before) = page.next else { break };
        let missing = request.limit - i64::try_from(page.items.len()).unwrap_or(request.limit);
        if missing <= 0 {
            break;
        }
        let search = Search { owner: caller.user, terms: &terms, before, limit: missing };
        let ids = app.catalog.search(&search).await?;
        let is_full = i64::try_from(ids.len()).is_ok_and(|count| count >= missing);
        page.next = ids.last().copied().filter(|_| is_full);
        page.items.extend(found(app, caller, request.query, &ids).await?);
    }
    Ok(page)
}

/// `None` if nothing can apply, because there is no such app.
async fn facets(app: &App, request: &SearchRequest<'_>) -> Result<Option<Vec<Facet>>> {
    let lang = request.lang.map(|lang| Facet::Language(lang.as_str().to_owned()));
    let mut facets = Vec::from_iter(lang);
    for filter in request.filters {
        facets.push(match filter {
            DescriptionFilter::Undescribed => continue,
            DescriptionFilter::Flagged => Facet::Flagged,
            DescriptionFilter::Decorative => Facet::Decorative,
            DescriptionFilter::Origin(origin) => Facet::Origin(*origin),
            DescriptionFilter::App(name) => match app_id(app, name).await? {
                Some(id) => Facet::App(id),
                None => return Ok(None),
            },
        });
    }
    Ok(Some(facets))
}

/// Of what the index found, what is there and has every phrase.
async fn found(
    app: &App,
    caller: &UserCaller,
    query: &SearchQuery,
    ids: &[i64],
) -> Result<Vec<SearchResult>> {
    let mut descriptions = app.catalog.found_descriptions(caller.user, ids).await?;
    descriptions.retain(|one| {
        query.has_phrases([&one.alt_text, one.extended.as_deref().unwrap_or_default()])
    });
    let media: Vec<_> = descriptions.iter().map(|one| one.media).collect();
    let media = app.catalog.media_of_ids(&media).await?.into_iter();
    let now = app.now();
    let media: HashMap<_, _> =
        media.filter(|media| !media.is_expired(now)).map(|media| (media.id, media)).collect();
    let result = |description: FoundDescription| {
        let media = media.get(&description.media)?.clone();
        Some(SearchResult::Described(description, media))
    };
    Ok(descriptions.into_iter().filter_map(result).collect())
}

/// The caller's images and GIFs without description. Words and languages find descriptions only:
/// [`Fault::QueryInvalid`] with them.
async fn undescribed(
    app: &App,
    caller: &UserCaller,
    request: &SearchRequest<'_>,
) -> Result<Page<SearchResult>> {
    if !request.query.is_empty() || request.lang.is_some() {
        let (name, value) = ("filter", "undescribed".to_owned());
        let why = "goes with neither `q` nor `lang`: what is found by them is described".to_owned();
        return Err(Fault::QueryInvalid { name, value, why }.into());
    }
    let page =
        own_media::list(app, caller, request.filters, (request.before, request.limit)).await?;
    let items = page.items.into_iter().map(SearchResult::Undescribed).collect();
    Ok(Page { items, next: page.next })
}
