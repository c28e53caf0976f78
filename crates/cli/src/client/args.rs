//! The commands that speak to a server.

use clap::{Args as ClapArgs, Subcommand};
use std::path::PathBuf;

/// Commands that speak to a server, by a profile.
#[derive(Debug, Subcommand)]
pub(crate) enum ClientCommand {
    /// Upload images, GIFs, videos and subtitles, describe them, and Tweet them.
    ///
    /// Prints a line for each file: its media id and how it is described. Large files are sent in
    /// segments, several at a time; what a lost connection or a kill interrupts, the same command
    /// resumes. In a terminal it asks for the description of each image that has none, and uploads the
    /// image as soon as that is answered. The server deletes what no Tweet shows, after 24 hours unless
    /// its operator chose another time.
    #[command(after_long_help = UPLOAD_EXAMPLES)]
    Upload(Upload),
    /// Describe media, print its descriptions, or delete one.
    ///
    /// Without a text it prints the descriptions that the media has.
    #[command(after_long_help = DESCRIBE_EXAMPLES)]
    Describe(Describe),
    /// Search the descriptions of your media, newest first.
    #[command(after_long_help = SEARCH_EXAMPLES)]
    Search(Search),
    /// Print how many of your media are described, by app and by month.
    Coverage(Coverage),
    /// List what others suggest as descriptions of your media, accept or decline it; suggest yourself.
    Suggestions(Suggestions),
    /// Print all descriptions of your media, as CSV or JSON Lines.
    ///
    /// Columns: media_id,lang,alt_text,extended,decorative,origin,updated_at,url. A spreadsheet rounds
    /// media_id unless that column is imported as text, and must save as CSV UTF-8, with commas. A text
    /// that it would compute, such as one that begins with `=`, has an apostrophe before it, which an
    /// import removes.
    #[command(after_long_help = EXPORT_EXAMPLES)]
    Export(Export),
    /// Set descriptions from a file that `birdhouse export` wrote, or one of the same columns.
    ///
    /// Descriptions that are equal already are left alone, so an import that was interrupted is resumed
    /// by running it again. What has no column stays as it is; an empty cell removes what was there. Each
    /// line that fails is reported with its number; origin, updated_at and url are not imported.
    #[command(after_long_help = EXPORT_EXAMPLES)]
    Import(Import),
    /// Add, list and remove profiles: servers, and credentials for them.
    ///
    /// Profiles are in $XDG_CONFIG_HOME/birdhouse/profiles.toml (~/.config), which only its owner may
    /// read. BIRDHOUSE_URL, BIRDHOUSE_CONSUMER_KEY, BIRDHOUSE_CONSUMER_SECRET, BIRDHOUSE_ACCESS_TOKEN,
    /// BIRDHOUSE_ACCESS_TOKEN_SECRET and BIRDHOUSE_BEARER_TOKEN override what it says, and suffice
    /// without it.
    #[command(subcommand)]
    Profile(Profile),
}

const UPLOAD_EXAMPLES: &str = "\
Examples:
  One image, with its description, in a Tweet:
    birdhouse upload cat.jpg --alt 'A gray cat, asleep on a red sofa' --tweet 'Finally.'

  All images of a directory, described in a file with the columns file,alt_text:
    birdhouse upload 'photos/*.jpg' --alt-from photos.csv

  A video, with machine-readable output:
    birdhouse upload talk.mp4 --json | jq -r .media_id

Exit codes: 0 everything was done, 1 something failed, 2 the arguments or the profile are wrong.";

const DESCRIBE_EXAMPLES: &str = "\
Examples:
  Set the description, as any client does:
    birdhouse describe 1799000000000000000 'A gray cat, asleep on a red sofa'

  In another language, with more for who wants more:
    birdhouse describe 1799000000000000000 --lang de 'Eine graue Katze' --extended @katze.txt

  What was changed, when and by whom:
    birdhouse describe 1799000000000000000 --history

  The newest change was wrong:
    birdhouse describe 1799000000000000000 --undo

Exit codes: 0 done, 1 failed, 2 the arguments or the profile are wrong.";

const SEARCH_EXAMPLES: &str = "\
Examples:
  birdhouse search gray cat
  birdhouse search --filter undescribed
  birdhouse search sofa --lang de --filter app:newsroom --json

Exit codes: 0 something was found, 1 nothing was, or it failed, 2 the arguments or the profile are wrong.";

const EXPORT_EXAMPLES: &str = "\
Examples:
  Move descriptions through a spreadsheet, which must take media_id for text:
    birdhouse export > descriptions.csv
    birdhouse import descriptions.csv --dry-run
    birdhouse import descriptions.csv

  What is not described, with its URL, to be described there:
    birdhouse export --filter undescribed > undescribed.csv

Exit codes: 0 done, 1 some or all failed, 2 the arguments or the profile are wrong.";

/// Which server, as whom.
#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct Server {
    /// Profile to use; `birdhouse profile add` stores one [default: default]
    #[arg(long, env = "BIRDHOUSE_PROFILE", value_name = "NAME", global = true)]
    pub(crate) profile: Option<String>,
}

/// `birdhouse upload`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Upload {
    /// Which server.
    #[command(flatten)]
    pub(crate) server: Server,
    /// Files, or patterns such as 'photos/*.jpg'
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Description of the file
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["alt_from", "decorative"])]
    pub(crate) alt: Option<String>,
    /// File of descriptions: CSV with the columns file,alt_text,lang,extended,decorative, JSON Lines
    /// with these members, or, for one file, its description as text
    #[arg(long, value_name = "FILE", conflicts_with = "decorative")]
    pub(crate) alt_from: Option<PathBuf>,
    /// Language of --alt and --extended, such as de or pt-BR [default: the default description]
    #[arg(long, value_name = "TAG", conflicts_with = "alt_from")]
    pub(crate) lang: Option<String>,
    /// Longer description, for who wants more than --alt; @FILE reads it from a file
    #[arg(long, value_name = "TEXT", conflicts_with = "alt_from")]
    pub(crate) extended: Option<String>,
    /// The images show nothing that needs a description
    #[arg(long)]
    pub(crate) decorative: bool,
    /// Tweet all files with this text, in the order given: up to 4 images, or 1 GIF, or 1 video
    #[arg(long, value_name = "TEXT")]
    pub(crate) tweet: Option<String>,
    /// Category, such as amplify_video or dm_image [default: the one for a Tweet]
    #[arg(long, value_name = "NAME")]
    pub(crate) category: Option<String>,
    /// Requests at a time
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=32))]
    pub(crate) parallel: u8,
    /// Print a JSON object for each file, and never ask
    #[arg(long)]
    pub(crate) json: bool,
}

/// `birdhouse describe`.
#[derive(Debug, ClapArgs)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(crate) struct Describe {
    /// Which server.
    #[command(flatten)]
    pub(crate) server: Server,
    /// Id of the media
    #[arg(value_name = "MEDIA_ID")]
    pub(crate) media: String,
    /// The description; @FILE reads it from a file, - from standard input
    #[arg(value_name = "TEXT", conflicts_with_all = ["decorative", "history", "delete"])]
    pub(crate) text: Option<String>,
    /// Language of the description, such as de or pt-BR [default: the default description]
    #[arg(long, value_name = "TAG")]
    pub(crate) lang: Option<String>,
    /// Longer description; @FILE reads it from a file
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["history", "delete"])]
    pub(crate) extended: Option<String>,
    /// The media shows nothing that needs a description
    #[arg(long, conflicts_with_all = ["history", "delete"])]
    pub(crate) decorative: bool,
    /// Print every revision too
    #[arg(long, conflicts_with = "delete")]
    pub(crate) history: bool,
    /// Delete the description in the language
    #[arg(long)]
    pub(crate) delete: bool,
    /// Return to the description before the newest change, in the language
    #[arg(long, conflicts_with_all = ["text", "extended", "decorative", "history", "delete"])]
    pub(crate) undo: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `birdhouse search`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Search {
    /// Which server.
    #[command(flatten)]
    pub(crate) server: Server,
    /// Words, all of which the description has
    #[arg(value_name = "WORD", required_unless_present = "filters")]
    pub(crate) query: Vec<String>,
    /// Only descriptions in this language
    #[arg(long, value_name = "TAG")]
    pub(crate) lang: Option<String>,
    /// Only undescribed, flagged, decorative, origin:author, origin:embedded, origin:suggested,
    /// origin:generated or app:NAME; can be repeated
    #[arg(long = "filter", value_name = "FILTER")]
    pub(crate) filters: Vec<String>,
    /// The most results
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(crate) limit: usize,
    /// Print a JSON object for each result
    #[arg(long)]
    pub(crate) json: bool,
}

/// `birdhouse coverage`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Coverage {
    /// Which server.
    #[command(flatten)]
    pub(crate) server: Server,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `birdhouse suggestions`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Suggestions {
    /// What to do; lists what is open by default.
    #[command(subcommand)]
    pub(crate) decision: Option<Decision>,
    /// Which server.
    #[command(flatten)]
    pub(crate) server: Server,
    /// Print a JSON object for each suggestion
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// What to do with suggestions.
#[derive(Debug, Subcommand)]
pub(crate) enum Decision {
    /// Make a suggestion the description.
    Accept {
        /// Id of the suggestion
        #[arg(value_name = "ID")]
        id: String,
        /// Words of your own instead
        #[arg(long, value_name = "TEXT")]
        text: Option<String>,
        /// A longer description of your own
        #[arg(long, value_name = "TEXT")]
        extended: Option<String>,
    },
    /// Decline a suggestion.
    Decline {
        /// Id of the suggestion
        #[arg(value_name = "ID")]
        id: String,
    },
    /// Suggest a description of an image of somebody else, which a Tweet shows.
    Send {
        /// Id of the media
        #[arg(value_name = "MEDIA_ID")]
        media: String,
        /// The description; @FILE reads it from a file, - from standard input
        #[arg(value_name = "TEXT")]
        text: String,
        /// A longer description; @FILE reads it from a file
        #[arg(long, value_name = "TEXT")]
        extended: Option<String>,
        /// Language of the description, such as de or pt-BR [default: the default description]
        #[arg(long, value_name = "TAG")]
        lang: Option<String>,
    },
    /// List what you suggested and nobody has decided yet.
    Sent,
    /// Accept no further suggestions of a user, and decline those that are open.
    Block {
        /// Screen name of the user
        #[arg(value_name = "USER")]
        user: String,
    },
}

/// `birdhouse export`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Export {
    /// Which server.
    #[command(flatten)]
    pub(crate) server: Server,
    /// How to print them
    #[arg(long, value_name = "FORMAT", default_value = "csv")]
    pub(crate) format: TableFormat,
    /// Only media that are undescribed, flagged, decorative, origin:author, origin:embedded,
    /// origin:suggested, origin:generated or app:NAME; can be repeated
    #[arg(long = "filter", value_name = "FILTER")]
    pub(crate) filters: Vec<String>,
}

/// A format of tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum TableFormat {
    /// With a line of headings
    Csv,
    /// A JSON object on each line
    Jsonl,
}

/// `birdhouse import`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Import {
    /// Which server.
    #[command(flatten)]
    pub(crate) server: Server,
    /// The file
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Report what would change, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Requests at a time
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=32))]
    pub(crate) parallel: u8,
    /// Print a JSON object for each line that failed, and one for the whole
    #[arg(long)]
    pub(crate) json: bool,
}

/// `birdhouse profile`.
#[derive(Debug, Subcommand)]
pub(crate) enum Profile {
    /// Store a profile, after trying it; asks for the secrets, or reads them from standard input.
    ///
    /// Standard input is the output of `birdhouse credentials`, with or without --json, or lines such
    /// as `consumer_key = …`. Secrets are never arguments: other users of the machine see those.
    ///
    /// Example:
    ///
    /// birdhouse credentials --json | birdhouse profile add default --url http://127.0.0.1:8080
    Add(ProfileAdd),
    /// List the profiles, without their secrets.
    List(ProfileList),
    /// Remove a profile.
    Remove(ProfileRemove),
}

/// `birdhouse profile add`.
#[derive(Debug, ClapArgs)]
pub(crate) struct ProfileAdd {
    /// Name of the profile; the one called default is used where none is named
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// URL of the server, without a path
    #[arg(long, value_name = "URL")]
    pub(crate) url: String,
    /// Use a user's OAuth 2.0 token (bearer_token) instead of OAuth 1.0a
    #[arg(long)]
    pub(crate) bearer: bool,
    /// Replace a profile of this name
    #[arg(long)]
    pub(crate) replace: bool,
}

/// `birdhouse profile list`.
#[derive(Debug, ClapArgs)]
pub(crate) struct ProfileList {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `birdhouse profile remove`.
#[derive(Debug, ClapArgs)]
pub(crate) struct ProfileRemove {
    /// Name of the profile
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
}
