//! Subtitles of films: variants whose name is their language.

use super::Store;
use super::blobs::let_go_variant;
use crate::db::{Error, sql};
use birdhouse_domain::MediaId;

/// Subtitles to link to a film.
#[derive(Clone, Debug)]
pub struct Linked {
    /// The uploaded subtitles.
    pub subtitles: MediaId,
    /// Language code in lower case.
    pub language_code: String,
    /// What a player calls them.
    pub display_name: String,
}

impl Store {
    /// Links subtitles, in place of earlier ones of the same language. `false` if the film or
    /// some subtitles went meanwhile.
    pub async fn link_subtitles(&self, film: MediaId, all: &[Linked]) -> Result<bool, Error> {
        let mut statements = Vec::new();
        for one in all {
            let language = one.language_code.as_str();
            statements.extend(let_go_variant(film, language, "text/vtt"));
            statements.push(
                sql(
                    "UPDATE blobs SET refs = refs + 1 \
                     WHERE name = (SELECT blob FROM media WHERE id = $1)",
                    [one.subtitles.0.into()],
                )
                .expect(1),
            );
            statements.push(
                sql(
                    "INSERT INTO variants (media_id, name, mime, blob, width, height, label) \
                     SELECT f.id, $1, 'text/vtt', s.blob, 0, 0, $2 FROM media AS f, media AS s \
                     WHERE f.id = $3 AND s.id = $4",
                    [
                        language.into(),
                        one.display_name.as_str().into(),
                        film.0.into(),
                        one.subtitles.0.into(),
                    ],
                )
                .expect(1),
            );
        }
        self.done(statements).await
    }

    /// Takes subtitles from a film. `false` if one of the languages has none.
    pub async fn unlink_subtitles(
        &self,
        film: MediaId,
        languages: &[String],
    ) -> Result<bool, Error> {
        let mut statements = Vec::new();
        for language in languages {
            let mut one = let_go_variant(film, language, "text/vtt");
            // The first of these counts one name less, if there is one.
            let first = one.remove(0);
            statements.push(first.expect(1));
            statements.extend(one);
        }
        self.done(statements).await
    }
}
