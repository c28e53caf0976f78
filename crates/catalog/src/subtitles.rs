//! Subtitles of videos: variants whose name is their language.

use crate::blobs::{lock_media, release_variant};
use crate::catalog::Catalog;
use crate::db::{Error, sql};
use birdhouse_domain::MediaId;

/// Subtitles to link to a video.
#[derive(Clone, Debug)]
pub struct SubtitleLink {
    /// The uploaded subtitles.
    pub subtitles: MediaId,
    /// Language code in lower case.
    pub language_code: String,
    /// The name that players display.
    pub display_name: String,
}

impl Catalog {
    /// Links subtitles, replacing those of the same language. `false` if the video or some subtitles
    /// were deleted meanwhile.
    pub async fn link_subtitles(
        &self,
        video: MediaId,
        all: &[SubtitleLink],
    ) -> Result<bool, Error> {
        let mut statements = vec![lock_media(video)];
        for one in all {
            let language = one.language_code.as_str();
            statements.extend(release_variant(video, language, "text/vtt"));
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
                     SELECT v.id, $1, 'text/vtt', s.blob, 0, 0, $2 FROM media AS v, media AS s \
                     WHERE v.id = $3 AND s.id = $4",
                    [
                        language.into(),
                        one.display_name.as_str().into(),
                        video.0.into(),
                        one.subtitles.0.into(),
                    ],
                )
                .expect(1),
            );
        }
        self.write(statements).await
    }

    /// Unlinks subtitles from a video. `false` if there are none in one of the languages.
    pub async fn unlink_subtitles(
        &self,
        video: MediaId,
        languages: &[String],
    ) -> Result<bool, Error> {
        let mut statements = vec![lock_media(video)];
        for language in languages {
            let mut release = release_variant(video, language, "text/vtt");
            // The first statement changes the count of one blob if the variant exists.
            let first = release.remove(0);
            statements.push(first.expect(1));
            statements.extend(release);
        }
        self.write(statements).await
    }
}
